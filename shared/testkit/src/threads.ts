import { GuaranteeError } from "./guarantee.ts";
import { decodeSchedule, deviations, encodeSchedule } from "./schedule.ts";
import { Thread } from "./threads/crew.ts";
import type { Region } from "./threads/log.ts";
import { LockStep, type ThreadFault, type ThreadFaultKind, type ThreadRun } from "./threads/run.ts";
import { searchByDeviations } from "./threads/search.ts";
import { timeline } from "./timeline.ts";

export type { ThreadFaultKind } from "./threads/run.ts";

/** The memory that the threads share, by the names that the scenario gave it. */
export type SharedMemory<Name extends string = string> = Readonly<Record<Name, SharedArrayBuffer>>;

/** What the function that a thread runs is given besides the memory. */
export interface ThreadContext {
  readonly name: string;
  /**
   * Resolves at any point of the run that the explorer chooses, or never: for an abort, a timer, a message. In the
   * ordinary order it comes when nobody else can go on.
   */
  readonly moment: (label: string) => Promise<void>;
}

export interface ThreadScenario<Name extends string = string> {
  /** The module whose functions the threads run. It must be loadable by Node as it is, and keep nothing between runs. */
  readonly module: URL;
  /** The name of each thread, and of the function that it runs: `(memory, context) => result`, async or not. */
  readonly threads: Readonly<Record<string, string>>;
  /** The memory that they share: how many bytes under which name. Zero before each run. */
  readonly memory: Readonly<Record<Name, number>>;
  /** Called before each run, to fill the memory. */
  prepare?(memory: SharedMemory<Name>): void;
  /** Called after each run, with what the threads returned, by name. Throws if something is wrong. */
  check?(memory: SharedMemory<Name>, results: Readonly<Record<string, unknown>>): void;
}

export interface ExploreThreadsOptions {
  /** How many schedules are run at most. Default 300, ten times as many with `SOAK=1`. */
  readonly maxSchedules?: number;
  /** In how many places a schedule may differ from the ordinary order. Default 3. */
  readonly deviations?: number;
  /** So many steps in one run are called a livelock. Default 2,000. */
  readonly maxSteps?: number;
  /** Runs only this schedule, as printed with a failure. Default: the environment variable `LAB_REPLAY`. */
  readonly replay?: string | undefined;
  /** Ends a thread that computes without end. No verdict on anything else depends on it. Default 10,000. */
  readonly patienceMs?: number;
}

/** An order of steps in which threads go wrong. Its fields are plain data, to be read by tools. */
export class ThreadScheduleError extends Error {
  override readonly name = "ThreadScheduleError";
  readonly kind: ThreadFaultKind;
  /** Hand it to `exploreThreads` as `replay` to see just this order again. */
  readonly replay: string;
  /** How many schedules had been run when it was found. */
  readonly schedules: number;
  /** What went wrong, without the timeline. */
  readonly summary: string;
  readonly timeline: string;

  constructor({ kind, error }: ThreadFault, { choices, steps }: ThreadRun, schedules: number) {
    const replay = encodeSchedule({ choices, squeeze: 0 });
    const summary = SPEAK_FOR_THEMSELVES.has(error.name) ? error.message : `${error.name}: ${error.message}`;
    // Steps of threads take no time that anybody could measure, so the column of time is left out.
    const picture = timeline(steps).replaceAll(/^(.{4})(?: {10}| +0 ms)/gm, "$1");
    const order =
      deviations({ choices, squeeze: 0 }) === 0
        ? "It goes wrong in the ordinary order, one thread after the other:"
        : `It goes wrong in this order, number ${schedules} of those tried; ★ is where it departs from the ordinary one:`;
    const again = `Just this one again: exploreThreads(scenario, { replay: "${replay}" })`;
    super([summary, "", order, "", picture, "", again].join("\n"), { cause: error });
    this.kind = kind;
    this.replay = replay;
    this.schedules = schedules;
    this.summary = summary;
    this.timeline = picture;
  }
}

const SPEAK_FOR_THEMSELVES = new Set(["Error", "AssertionError", GuaranteeError.name]);

/**
 * Runs real threads on shared memory in lock-step, in every order of their atomic operations up to a bound: first one
 * after the other, then all orders that differ from that in one place, then in two, and so on.
 *
 * - It finds data races, whether or not they go wrong just now: two accesses to the same bytes, at least one of them a
 *   write and one of them plain, that nothing orders.
 * - It finds halts (all sleep in `Atomics.wait`: a deadlock, a lost wake-up), livelocks, what a thread throws, waiters
 *   that outlive their thread, and what `check` finds: a lost update, two in a critical section.
 * - A step is an atomic operation, a wake-up, the start of a thread. Plain accesses are steps of nobody: without a data
 *   race their order makes no difference.
 * - A thread may be async and await `Atomics.waitAsync` and `moment`, but no real timer and no real I/O.
 *
 * @returns How many schedules were run, and whether these were all within the number of deviations.
 * @throws {ThreadScheduleError} For the first order that goes wrong, with a timeline and a line that runs it again.
 * @throws {RangeError} If there are no threads, or `replay` is not a schedule.
 *
 * @example
 * ```ts
 * await exploreThreads({
 *   module: new URL("./counter.ts", import.meta.url), // export const increment = ({ count }) => …
 *   threads: { Ann: "increment", Bob: "increment" },
 *   memory: { count: 4 },
 *   check: ({ count }) => expect(new Int32Array(count)[0]).toBe(2),
 * });
 * ```
 */
export async function exploreThreads<Name extends string>(
  scenario: ThreadScenario<Name>,
  options: ExploreThreadsOptions = {},
): Promise<{ readonly schedules: number; readonly exhausted: boolean }> {
  const { maxSchedules = 300, deviations = 3, replay = process.env["LAB_REPLAY"] } = options;
  await using crew = new Crew(scenario, options);
  if (replay) {
    await crew.try(decodeSchedule(replay).choices);
    return { schedules: 1, exhausted: false };
  }
  const room = maxSchedules * (process.env["SOAK"] ? 10 : 1);
  const exhausted = await searchByDeviations((choices) => crew.try(choices), {
    maxSchedules: room,
    deviations,
  });
  return { schedules: crew.schedules, exhausted };
}

/** The threads of an exploration. They serve one run after the other, until one goes wrong. */
class Crew implements AsyncDisposable {
  schedules = 0;
  readonly #scenario: ThreadScenario;
  readonly #bounds: { readonly maxSteps: number; readonly patienceMs: number };
  readonly #regions: readonly Region[];
  #threads: readonly Thread[] = [];

  constructor(scenario: ThreadScenario, { maxSteps = 2_000, patienceMs = 10_000 }: ExploreThreadsOptions) {
    if (Object.keys(scenario.threads).length === 0) {
      throw new RangeError("Cannot explore threads: a scenario needs at least one thread, got none");
    }
    this.#scenario = scenario;
    this.#bounds = { maxSteps, patienceMs };
    this.#regions = Object.entries<number>(scenario.memory).map(([name, bytes]) => ({
      name,
      buffer: new SharedArrayBuffer(bytes),
    }));
  }

  /** Runs one schedule; if it goes wrong, its simplest form is thrown. */
  async try(choices: readonly number[]): Promise<ThreadRun> {
    this.schedules += 1;
    const run = await this.#run(choices);
    if (run.fault === undefined) return run;
    const simplest = await this.#simplest(run, run.fault);
    throw new ThreadScheduleError(simplest.fault ?? run.fault, simplest, this.schedules);
  }

  /** Where a level was run in part only, the order that failed may differ from the ordinary one more than it has to. */
  async #simplest(found: ThreadRun, { kind }: ThreadFault): Promise<ThreadRun> {
    if (deviations({ choices: found.choices, squeeze: 0 }) < 2) return found;
    for (const [position, choice] of found.choices.entries()) {
      if (choice === 0) continue;
      const simpler = await this.#run(found.choices.with(position, 0));
      if (simpler.fault?.kind === kind) return await this.#simplest(simpler, simpler.fault);
    }
    return found;
  }

  async #run(choices: readonly number[]): Promise<ThreadRun> {
    const memory = Object.fromEntries(this.#regions.map(({ name, buffer }) => [name, buffer]));
    if (this.#threads.length === 0) await this.#start(memory);
    for (const { buffer } of this.#regions) new Uint8Array(buffer).fill(0);
    this.#scenario.prepare?.(memory);
    const run = await new LockStep(this.#threads, this.#regions, { choices, ...this.#bounds }).run();
    const judged = run.fault === undefined ? this.#check(run, memory) : run;
    if (judged.fault !== undefined) await this.#dismiss(); // Some may be stopped in the middle.
    return judged;
  }

  #check(run: ThreadRun, memory: SharedMemory): ThreadRun {
    try {
      this.#scenario.check?.(memory, run.results);
      return run;
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      return { ...run, fault: { kind: "assertion", error: reason } };
    }
  }

  async #start(memory: SharedMemory): Promise<void> {
    const { module, threads } = this.#scenario;
    this.#threads = Object.entries(threads).map(
      ([name, body]) => new Thread({ module: module.href, body, name, memory }),
    );
    await Promise.all(this.#threads.map((thread) => thread.ready()));
  }

  async #dismiss(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dismiss();
  }
}
