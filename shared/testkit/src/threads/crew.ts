import { once } from "node:events";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { real } from "../real.ts";
import { EXPLORERS_TURN, Field, Mailbox, type Report, THREADS_TURN, type ThreadData } from "./protocol.ts";

/** Ends the loading of a module that computes without end. */
const LOADING_MS = 60_000;

/** A real thread in lock-step: it runs only while it has been given the turn. */
export class Thread {
  readonly name: string;
  readonly mailbox = new Mailbox();
  readonly #worker: Worker;
  readonly #reports = new MessageChannel();
  readonly #places: (string | undefined)[] = [];
  readonly #labels = new Map<number, string>();
  #outcome: { readonly result?: unknown; readonly error?: unknown } = {};
  #death: Error | undefined;

  constructor(data: Omit<ThreadData, "mailbox" | "reports">) {
    this.name = data.name;
    this.mailbox.turn[0] = THREADS_TURN;
    const reports = this.#reports.port2;
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), {
      workerData: { ...data, mailbox: this.mailbox.buffer, reports } satisfies ThreadData,
      transferList: [reports],
    });
    this.#worker.on("error", (error) => {
      this.#death ??= error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", (code) => {
      this.#death ??= new Error(`It has ended the thread, with exit code ${code}`);
    });
  }

  field(name: keyof typeof Field): number {
    return this.mailbox.fields[Field[name]] ?? 0;
  }

  /** Gives it the turn, with the answer to what it has asked for. */
  grant(answer = 0, ticket = 0): void {
    const { fields, turn } = this.mailbox;
    fields[Field.answer] = answer;
    fields[Field.answerTicket] = ticket;
    Atomics.store(turn, 0, THREADS_TURN);
    Atomics.notify(turn, 0);
  }

  /**
   * Waits until it has given the turn back: mostly some microseconds, so asleep. The event loop is let turn only when
   * it takes long: while the thread starts, or when it computes without end.
   *
   * @throws {Error} If the thread has died, or has not come back after so many real milliseconds. That ends a hang.
   */
  async arrive(patienceMs: number): Promise<void> {
    const { turn } = this.mailbox;
    Atomics.wait(turn, 0, THREADS_TURN, 20);
    const deadline = real.performanceNow() + patienceMs;
    // What the wait says is not asked: whoever gives the turn stores first and notifies afterwards, so that a wake-up may
    // be a late one, of a turn long past.
    while (Atomics.load(turn, 0) !== EXPLORERS_TURN) {
      if (this.#death !== undefined) throw this.#death;
      if (real.performanceNow() > deadline) {
        throw new Error(
          `It computes for ever: ${this.name} touches no shared memory any more and does not end`,
        );
      }
      await new Promise((resolve) => real.setTimeout(resolve, 1));
    }
  }

  /** The first turn is the thread's own: it loads its module, which takes as long as the machine is busy. */
  async ready(): Promise<void> {
    await once(this.#worker, "online");
    await this.arrive(LOADING_MS);
  }

  /** How its body ended. */
  takeOutcome(): { readonly result?: unknown; readonly error?: unknown } {
    this.#read();
    const outcome = this.#outcome;
    this.#outcome = {};
    return outcome;
  }

  place(site: number): string | undefined {
    this.#read();
    return this.#places[site];
  }

  label(ticket: number): string {
    this.#read();
    return this.#labels.get(ticket) ?? "moment";
  }

  async end(): Promise<void> {
    this.#reports.port1.close();
    await this.#worker.terminate();
  }

  /** Takes in what it has reported, without waiting for the event loop. */
  #read(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#reports.port1);
      if (received === undefined) return;
      this.#take(received.message as Report);
    }
  }

  #take(report: Report): void {
    if ("site" in report) this.#places[report.site] = report.place;
    else if ("ticket" in report) this.#labels.set(report.ticket, report.label);
    else this.#outcome = report;
  }
}
