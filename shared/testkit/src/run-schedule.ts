import type { Recording } from "@pattern-labs/picture";
import { installClock } from "./clock.ts";
import { type Broken, GuaranteeError } from "./guarantee.ts";
import { real } from "./real.ts";
import { realIo, watchRealIo } from "./real-io.ts";
import type { Schedule } from "./schedule.ts";
import { currentActor, type PendingEvent, type Sim, type Step, World } from "./simulation.ts";

export type Scenario = (sim: Sim) => unknown;

export type FaultKind =
  | "assertion"
  | "stuck"
  | "livelock"
  | "unhandled rejection"
  | "uncaught error"
  | "leftover"
  | "leak"
  | "real I/O";

export interface Fault {
  readonly kind: FaultKind;
  readonly error: unknown;
}

/** How one run went: what was chosen among how many, at each point where there was a choice. */
export interface Run {
  readonly choices: readonly number[];
  readonly options: readonly number[];
  readonly events: number;
  readonly steps: readonly Step[];
  /** What the scenario recorded; only with `tracing`. */
  readonly recording: Recording | undefined;
  readonly fault: Fault | undefined;
}

export interface RunOptions {
  /** Takes over where the schedule ends; gives the index of the choice. Default: the ordinary one, 0. */
  readonly choose?: ((options: number) => number) | undefined;
  /** Records the steps. Slower: it takes a stack for each event. */
  readonly tracing?: boolean;
  /** So many events in one run are called a livelock. */
  readonly maxEvents: number;
  /** Called when the run has come to a halt, while everything still hangs where it is; gives lines for the reader. */
  readonly onStuck?: (() => readonly string[]) | undefined;
  /** At a halt, for how many moments of 4 ms to see whether it is the real world that is waited for. Default 10. */
  readonly patience?: number;
}

/**
 * Runs `scenario` once, letting its events arrive in the order of `schedule`. What goes wrong in it is in the result.
 *
 * @throws {Error} If another simulation is running.
 */
export async function runSchedule(scenario: Scenario, schedule: Schedule, options: RunOptions): Promise<Run> {
  const choices: number[] = [];
  const arities: number[] = [];
  const decide = (among: number) => {
    if (among <= 1) return 0;
    const wanted = schedule.choices[choices.length] ?? options.choose?.(among) ?? 0;
    const choice = Math.min(wanted, among - 1);
    choices.push(choice);
    arities.push(among);
    return choice;
  };
  const world = new World({ decide, tracing: options.tracing ?? false });
  const driver = new Driver(world, { decide, squeeze: schedule.squeeze, ...options });
  const fault = await driver.drive(scenario);
  const { steps } = world;
  // At a halt, and when all is over, what has not ended never will.
  const isCut = fault !== undefined && !["stuck", "leftover", "leak"].includes(fault.kind);
  const recording = world.recording({ isCut });
  return { choices, options: arities, events: driver.events, steps, recording, fault };
}

interface DriverOptions extends RunOptions {
  readonly decide: (options: number) => number;
  readonly squeeze: number;
}

class Driver {
  events = 0;
  readonly #world: World;
  readonly #options: DriverOptions;
  readonly #labels = new Map<string, number>();
  #ended = false;
  #fault: Fault | undefined;
  #lastActor: string | undefined;

  constructor(world: World, options: DriverOptions) {
    this.#world = world;
    this.#options = options;
  }

  async drive(scenario: Scenario): Promise<Fault | undefined> {
    const uninstall = installClock(this.#world);
    const stopListening = this.#listen();
    try {
      this.#world.run(scenario).then(
        () => {
          this.#ended = true;
        },
        (error) => this.#fail("assertion", error),
      );
      await this.#runToTheEnd();
      if (this.#fault === undefined) await this.#judgeTheEnd();
    } finally {
      stopListening();
      uninstall();
    }
    return this.#fault;
  }

  /**
   * Each event arrives in a round of the real event loop, as in Node, where what `process.nextTick` was given comes
   * before the promises; and the next round comes only when all that follows from the event has come to rest.
   */
  #runToTheEnd(): Promise<void> {
    return new Promise((resolve) => {
      const round = () => {
        const goesOn = this.#fault === undefined && (this.#world.wakeResting() || this.#next());
        if (goesOn) real.setImmediate(round);
        else resolve();
      };
      real.setImmediate(round);
    });
  }

  /** Lets the next event arrive; false when there is none. */
  #next(): boolean {
    const possible = this.#possible();
    if (possible.length === 0) return false;
    const event = this.#pick(possible);
    this.#fire(event, possible, false);
    void this.#maybeSqueeze(event);
    this.#checkForLivelock();
    return true;
  }

  /** After the scenario has ended what was begun may still complete, but time stands still. */
  #possible(): PendingEvent[] {
    const possible = this.#world.possible();
    if (this.#isLong()) possible.sort((a, b) => a.id - b.id);
    else this.#ordinaryFirst(possible);
    return this.#ended ? possible.filter(({ kind }) => kind !== "timer" && kind !== "anytime") : possible;
  }

  /**
   * The ordinary order is one activity after the other: whoever was last goes on. So each deviation from it is a
   * switch between activities, and a fault that needs few switches is found early, however long the run.
   * After Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs" (2007).
   */
  #ordinaryFirst(possible: PendingEvent[]): void {
    const goesOn = possible.findIndex(
      ({ kind, actor }) => actor === this.#lastActor && kind !== "timer" && kind !== "anytime",
    );
    if (goesOn > 0) possible.unshift(...possible.splice(goesOn, 1));
  }

  /**
   * An activity that polls until something else has happened would go on for ever if it always came first. So a long
   * run turns fair: first come, first served.
   */
  #isLong(): boolean {
    return this.events >= this.#options.maxEvents / 4;
  }

  #pick(possible: readonly PendingEvent[]): PendingEvent {
    return possible[this.#options.decide(possible.length)] as PendingEvent;
  }

  #fire(event: PendingEvent, among: readonly PendingEvent[], squeezed: boolean): void {
    this.events += 1;
    this.#lastActor = event.actor;
    const label = `${event.actor} ${event.label}`;
    this.#labels.set(label, (this.#labels.get(label) ?? 0) + 1);
    try {
      this.#world.fire(event, { among, squeezed });
    } catch (error) {
      this.#fail("uncaught error", error);
    }
  }

  /** With `squeeze`, the next event may arrive a few microtask turns after this one, before it has been digested. */
  async #maybeSqueeze(event: PendingEvent): Promise<void> {
    if (this.#options.squeeze === 0 || event.kind === "timer") return;
    if (!this.#world.possible().some(canBeSqueezed)) return;
    const turns = this.#options.decide(this.#options.squeeze + 1);
    if (turns === 0) return;
    for (let i = 1; i < turns; i += 1) await null;
    const possible = this.#possible().filter(canBeSqueezed);
    if (possible.length > 0) this.#fire(this.#pick(possible), possible, true);
  }

  #checkForLivelock(): void {
    if (this.events < this.#options.maxEvents) return;
    const [busiest = "", times = 0] = [...this.#labels].sort(([, a], [, b]) => b - a)[0] ?? [];
    this.#fail(
      "livelock",
      new Error(`It goes on for ever: ${this.events} events and no end; ${times} of them were "${busiest}"`),
    );
  }

  async #judgeTheEnd(): Promise<void> {
    if (!this.#ended) {
      const halt = this.#describeHalt();
      if (!this.#options.tracing) await this.#waitForTheRealWorld();
      this.#fault ??= { kind: "stuck", error: halt };
      return;
    }
    const activities = [...this.#world.active].map((name) => `the activity ${name}, which has not ended`);
    const left = [...this.#world.leftTimers().map(describeTimer), ...activities];
    if (left.length === 0) return;
    this.#fail("leftover", new Error(["When all is over there is still pending:", ...left].join("\n  ")));
  }

  /**
   * Some of what waits for the real world says so only when it is over: a dynamic `import()`, for one. A moment of
   * real time tells it from a true halt. It decides on the words of a failure, never on whether there is one.
   */
  async #waitForTheRealWorld(): Promise<void> {
    const { patience = 10 } = this.#options;
    for (let moment = 0; moment < patience && this.#fault === undefined; moment += 1) {
      await new Promise((resolve) => {
        real.setTimeout(resolve, 4);
      });
      const hasGoneOn = this.#ended || this.#world.possible().length > 0;
      if (hasGoneOn) this.#fail("real I/O", realIo("something outside"));
    }
  }

  #describeHalt(): Error {
    const waiters = [...this.#world.waiters];
    const broken = waiters.find((waiter) => waiter.broken !== undefined)?.broken;
    const waiting = waiters.map(({ actor, what }) => `${actor} waits for ${what}`);
    const named = new Set(waiters.map(({ actor }) => actor));
    const silent = [...this.#world.active].filter((name) => !named.has(name)).map((name) => `${name} waits`);
    const lines = [...new Set([...waiting, ...silent])];
    if (lines.length === 0) lines.push("main waits"); // It is no news that main waits for the others.
    const halt = [
      "Everything has come to a halt: nothing more can happen, and",
      ...lines.map((line) => `  ${line}`),
      ...(this.#options.onStuck?.() ?? []),
    ].join("\n");
    return broken === undefined ? new Error(halt) : haltedGuarantee(broken(), halt);
  }

  #fail(kind: FaultKind, error: unknown): void {
    // A check of the test itself may fail where nobody awaits it; it is the check that counts, not where.
    this.#fault ??= { kind: isAssertion(error) ? "assertion" : kind, error };
  }

  /** Hears of rejections and errors that nobody handles, and of real I/O, for as long as the run lasts. */
  #listen(): () => void {
    const restore = [
      takeOver("unhandledRejection", (error) => this.#fail("unhandled rejection", error)),
      takeOver("uncaughtException", (error) => this.#fail("uncaught error", error)),
    ];
    const stopWatching = watchRealIo({
      isOurs: () => currentActor()?.world === this.#world,
      onFound: (error) => this.#fail("real I/O", error),
    });
    return () => {
      stopWatching();
      for (const undo of restore) undo();
    };
  }
}

const isAssertion = (error: unknown) =>
  error instanceof GuaranteeError || (error instanceof Error && error.name === "AssertionError");

function describeTimer({ label, actor, where }: PendingEvent): string {
  const article = label.startsWith("interval") ? "an" : "a";
  return `${article} ${label} of ${actor}${where === undefined ? "" : ` (${where})`}`;
}

const canBeSqueezed = ({ kind }: PendingEvent) => kind !== "timer" && kind !== "idle";

function haltedGuarantee(broken: Broken, halt: string): GuaranteeError {
  return new GuaranteeError({ ...broken, happened: `${broken.happened}\n${halt}` });
}

type FatalEvent = "unhandledRejection" | "uncaughtException";

/** While a run lasts its failures are its own: the listeners of the test runner do not hear of them. */
function takeOver(event: FatalEvent, listener: (error: unknown) => void): () => void {
  const others = process.listeners(event as "uncaughtException");
  process.removeAllListeners(event);
  process.on(event, listener);
  return () => {
    process.off(event, listener);
    for (const other of others) process.on(event, other);
  };
}
