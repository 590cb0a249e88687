import { EventEmitter, once } from "node:events";
import { Recorder } from "@pattern-labs/picture";
import type { LogLine } from "./service-process.ts";

/** The leases of those who were killed: as long as they last nobody else begins the job. */
const LEFT = "left behind";

/** A kill, and what the service had in hand then. */
export interface Kill {
  readonly completed: number;
  readonly inHand: readonly string[];
}

/** What the demo has seen of its jobs: what it was told for certain, and what the service's log says. */
export class Ledger {
  /** The jobs that were acknowledged, by id, with their number. */
  readonly acknowledged = new Map<string, number>();
  readonly completed = new Set<string>();
  readonly dead = new Set<string>();
  readonly kills: Kill[] = [];
  /** Handlers that were begun: more than there are jobs, for some were begun again. */
  begun = 0;
  /** Requests that got no answer, and were sent again with the same key. */
  resent = 0;
  /** When anything has happened last. */
  changedAt = performance.now();
  readonly recorder: Recorder;
  readonly #inHand = new Map<string, { readonly span: number; readonly name: string }>();
  /** What was in hand when the service was killed, and waits for its lease to run out. */
  readonly #left = new Map<string, number>();
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);

  constructor(concurrency: number) {
    this.recorder = new Recorder({
      title: "jobs and kill -9",
      limits: { jobs: concurrency },
      rows: ["service", "jobs", LEFT],
    });
  }

  get inHand(): number {
    return this.#inHand.size;
  }

  hear({ msg, job, requestId }: LogLine): void {
    if (job === undefined) return;
    if (msg === "job begins") {
      this.begun += 1;
      this.#takeOver(job);
      const name = `j${requestId?.split(":")[1]}`;
      this.#inHand.set(job, { span: this.recorder.begin("jobs", "running", name), name });
    } else if (/^job (completed|failed|dead|pending again)$/.test(msg)) {
      if (msg === "job completed") this.completed.add(job);
      if (msg === "job dead") this.dead.add(job);
      this.#end(job, msg === "job completed" ? "ok" : "failed");
    }
    this.changed();
  }

  acknowledge(id: string, n: number): void {
    this.acknowledged.set(id, n);
    this.changed();
  }

  complete(id: string): void {
    this.completed.add(id);
    this.#takeOver(id); // Its end was stored; only the line that told so was lost.
    this.changed();
  }

  /** The service was killed, and all that it wrote has been read. */
  killed(): void {
    this.recorder.mark("kill -9", "bad");
    this.kills.push({ completed: this.completed.size, inHand: [...this.#inHand.keys()] });
    for (const [job, { name }] of [...this.#inHand]) {
      this.#end(job, "cancelled");
      this.#left.set(job, this.recorder.begin(LEFT, "blocked", name));
    }
    this.changed();
  }

  /** The acknowledged jobs of which nobody has said yet that they are completed: a line of the log may be lost. */
  open(): readonly string[] {
    return [...this.acknowledged.keys()].filter((id) => !this.completed.has(id));
  }

  changed(): void {
    this.changedAt = performance.now();
    this.#changes.emit("change");
  }

  /** Resolves when it holds, which it may only begin to do with a change. @throws The signal's reason. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds()) {
      signal.throwIfAborted();
      try {
        await once(this.#changes, "change", { signal });
      } catch {
        signal.throwIfAborted();
      }
    }
  }

  #takeOver(job: string): void {
    const span = this.#left.get(job);
    this.#left.delete(job);
    if (span !== undefined) this.recorder.end(span);
  }

  #end(job: string, outcome: "ok" | "failed" | "cancelled"): void {
    const doing = this.#inHand.get(job);
    this.#inHand.delete(job);
    if (doing !== undefined) this.recorder.end(doing.span, outcome);
  }
}
