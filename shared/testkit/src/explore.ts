import { inspect } from "node:util";
import { type Recording, readRun, toText } from "@pattern-labs/picture";
import { installDelegates } from "./clock.ts";
import { currentTest } from "./current-test.ts";
import { effort } from "./effort.ts";
import { GuaranteeError } from "./guarantee.ts";
import { type AwaitTracker, LeakError, noLeaks, type ParkedAwait, trackAwaits } from "./leaks.ts";
import { framesOfReader, isOfTest } from "./place.ts";
import { type Fault, type FaultKind, type Run, runSchedule, type Scenario } from "./run-schedule.ts";
import { decodeSchedule, deviations, encodeSchedule, type Schedule } from "./schedule.ts";
import { seededRandom } from "./seeded-random.ts";
import { currentActor, type Sim, type Step } from "./simulation.ts";
import { timeline } from "./timeline.ts";

export interface ExploreOptions {
  /** How many schedules are run at most. Default 300, ten times as many with `SOAK=1`. */
  readonly maxSchedules?: number;
  /** In how many places a schedule may differ from the ordinary order. Default 3. */
  readonly deviations?: number;
  /**
   * An event may also arrive up to so many microtask turns after the one before, while that is still being digested.
   * Default 0: each waits until all has come to rest. For tests of conservation (nothing lost, nothing doubled), not
   * of order: how many turns an `await` takes is no promise of anybody's.
   */
  readonly squeeze?: number;
  /** Looks for leaks in the ordinary schedule and in this many others. `false`: in none. Default 4. */
  readonly leaks?: number | false;
  /** So many events in one run are called a livelock. Default 2,000. */
  readonly maxEvents?: number;
  /** Runs only this schedule, as printed with a failure. Default: the environment variable `LAB_REPLAY`. */
  readonly replay?: string | undefined;
}

export interface ExploreReport {
  /** How many schedules were run. */
  readonly schedules: number;
  /** Whether these were all that there are within the number of deviations. */
  readonly exhausted: boolean;
}

/** A schedule in which the code under test goes wrong. Its fields are plain data, to be read by tools. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
  readonly kind: FaultKind;
  /** Hand it to `explore` as `replay` to see just this schedule again. */
  readonly replay: string;
  /** How many schedules had been run when it was found. */
  readonly schedules: number;
  /** What went wrong, without the timeline and the line that repeats it. */
  readonly summary: string;
  readonly timeline: string;
  /** What the jobs of the scenario did, if it recorded them: to be drawn. */
  readonly recording: Recording | undefined;
  readonly happened: string | undefined;
  readonly expected: string | undefined;
  readonly why: string | undefined;

  constructor(fault: Fault, found: Found) {
    const schedule = timeline(found.steps);
    super(describe(fault, found, schedule));
    // The place to look at is where the fault was seen, not where this kit reports it.
    const seenAt = framesOfReader(fault.error instanceof Error ? fault.error.stack : undefined);
    const frames = seenAt.length > 0 ? seenAt : framesOfReader(this.stack);
    this.stack = [`${this.name}: ${this.message}`, ...frames].join("\n");
    this.kind = fault.kind;
    this.replay = encodeSchedule(found.schedule);
    this.schedules = found.schedules;
    this.summary = summaryOf(fault);
    this.timeline = schedule;
    this.recording = found.recording;
    const broken = fault.error instanceof GuaranteeError ? fault.error : undefined;
    this.happened = broken?.happened;
    this.expected = broken?.expected;
    this.why = broken?.why;
  }
}

/**
 * Runs `scenario` under every order of its outside events, up to a bound: first the ordinary one, then all that
 * differ from it in one place, then in two, and so on. So the first failure found is already a minimal one.
 *
 * The bounds are counts, never times: the verdict is the same on a busy machine. What it finds: failed assertions,
 * deadlocks and lost wake-ups ("stuck"), livelocks, rejections and errors that nobody handles, timers and activities
 * left behind, leaks, and real I/O, which it cannot put in order.
 *
 * @throws {ScheduleError} For the first schedule that goes wrong, with a timeline and a line that runs it again.
 */
export async function explore(scenario: Scenario, options: ExploreOptions = {}): Promise<ExploreReport> {
  installDelegates();
  const search = new Search(scenario, options);
  const replay = options.replay ?? process.env["LAB_REPLAY"];
  if (replay) {
    await search.run(decodeSchedule(replay));
    return { schedules: 1, exhausted: false };
  }
  return await search.all();
}

/**
 * Runs `scenario` once, in the ordinary order and in simulated time: jobs of two seconds are tested in a
 * millisecond, and a run that comes to a halt says so at once.
 *
 * @throws {ScheduleError} As `explore` does.
 */
export async function simulate(
  scenario: (sim: Sim) => unknown,
  options: Pick<ExploreOptions, "leaks" | "maxEvents"> = {},
): Promise<void> {
  installDelegates();
  await new Search(scenario, { ...options, squeeze: 0 }).run({ choices: [], squeeze: 0 });
}

class Search {
  readonly #scenario: Scenario;
  readonly #options: Required<Omit<ExploreOptions, "replay">>;
  #schedules = 0;
  #leakChecks = 0;

  constructor(scenario: Scenario, options: ExploreOptions) {
    this.#scenario = scenario;
    const { maxSchedules = 300, deviations = 3, squeeze = 0, leaks = 4, maxEvents = 2_000 } = options;
    this.#options = {
      maxSchedules: Math.ceil(maxSchedules * effort()),
      deviations,
      squeeze,
      leaks,
      maxEvents,
    };
  }

  /** Level by level: a level holds the schedules that differ from the ordinary one in so many places. */
  async all(): Promise<ExploreReport> {
    const { squeeze, deviations } = this.#options;
    let level = [{ choices: [] as readonly number[], squeeze }];
    let exhausted = true;
    for (let depth = 0; depth <= deviations && level.length > 0; depth += 1) {
      const runs: Run[] = [];
      for (const schedule of level) runs.push(await this.#try(schedule));
      if (depth === deviations) break;
      const branches = runs.flatMap((run, i) => branchesOf(run, level[i]?.choices.length ?? 0));
      const room = this.#roomFor(branches, deviations - depth);
      if (room < countOf(branches)) exhausted = false;
      level = pick(branches, room).map((choices) => ({ choices, squeeze }));
    }
    return { schedules: this.#schedules, exhausted };
  }

  /** A level that is too large to be run as a whole leaves half of the room to the levels after it. */
  #roomFor(branches: readonly Branch[], levelsLeft: number): number {
    const left = this.#options.maxSchedules - this.#schedules;
    if (countOf(branches) <= left) return countOf(branches);
    return levelsLeft > 1 ? Math.ceil(left / 2) : left;
  }

  /** Just this one, as it is. */
  async run(schedule: Schedule): Promise<void> {
    this.#schedules += 1;
    const { fault } = await this.#runLookingForLeaks(schedule);
    if (fault !== undefined) await this.#report(schedule, fault);
  }

  /** One of many: if it goes wrong, its simplest form is reported. */
  async #try(schedule: Schedule): Promise<Run> {
    this.#schedules += 1;
    const run = await this.#runLookingForLeaks(schedule);
    if (run.fault !== undefined) await this.#report(await this.#simplest(schedule, run.fault), run.fault);
    return run;
  }

  /** Where a level was run in part only, the schedule that failed may differ from the ordinary one more than it has to. */
  async #simplest(schedule: Schedule, { kind }: Fault): Promise<Schedule> {
    if (kind === "leak" || deviations(schedule) < 2) return schedule;
    for (const [position, choice] of schedule.choices.entries()) {
      if (choice === 0) continue;
      const simpler = { ...schedule, choices: schedule.choices.with(position, 0) };
      const { fault } = await runSchedule(this.#scenario, simpler, { maxEvents: this.#options.maxEvents });
      if (fault?.kind === kind) return await this.#simplest(simpler, fault);
    }
    return schedule;
  }

  async #runLookingForLeaks(schedule: Schedule): Promise<Run> {
    const { leaks, maxEvents } = this.#options;
    const once = () => runSchedule(this.#scenario, schedule, { maxEvents });
    if (leaks === false || this.#leakChecks > leaks * effort()) return await once();
    this.#leakChecks += 1;
    let run: Run | undefined;
    try {
      return await noLeaks(
        async () => {
          run = await once();
          return run;
        },
        { settle: 0 },
      );
    } catch (error) {
      if (!(error instanceof LeakError) || run === undefined) throw error;
      return run.fault === undefined ? { ...run, fault: { kind: "leak", error } } : run;
    }
  }

  async #runWatchingAwaits(schedule: Schedule): Promise<Run> {
    const { maxEvents } = this.#options;
    const onStuck = (): string[] => describeParked(tracker.pending());
    const runIt = () => runSchedule(this.#scenario, schedule, { maxEvents, tracing: true, onStuck });
    using tracker: AwaitTracker<Promise<Run>> = trackAwaits(runIt, { tag: () => currentActor()?.name });
    return await tracker.result;
  }

  /** Runs it once more, now recording each step and, at a halt, where every function is parked. */
  async #report(schedule: Schedule, { kind, error }: Fault): Promise<never> {
    if (isToDo(error)) throw error;
    const again = await this.#runWatchingAwaits(schedule);
    const fault = again.fault?.kind === kind ? again.fault : { kind, error };
    // Leaks are not looked for again, and what was loaded once is not loaded again.
    const steady = again.fault?.kind === kind || kind === "leak" || kind === "real I/O";
    const { steps, recording } = again;
    throw new ScheduleError(fault, { schedule, schedules: this.#schedules, steps, recording, steady });
  }
}

/** The innermost functions that wait, each with its activity: what they wait for is what never comes. */
function describeParked(parked: readonly ParkedAwait[]): string[] {
  const inCode = parked.filter(({ waitsFor, where }) => waitsFor === 0 && !isOfTest(where));
  const counts = new Map<string, number>();
  for (const { tag, where } of inCode) {
    const line = `${tag ?? "main"} in ${where}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const lines = [...counts].map(([line, count]) => `  ${line}${count > 1 ? `, ${count} times` : ""}`);
  return ["Parked for ever:", ...lines.slice(0, 12)];
}

/** A point of a run at which it could have gone `ways` other ways. Long runs have many, so none is written out yet. */
interface Branch {
  readonly run: Run;
  readonly position: number;
  readonly ways: number;
}

/** The points of `run` after its last deviation: going another way there differs in just one place more. */
const branchesOf = (run: Run, from: number): Branch[] =>
  run.options.slice(from).map((options, i) => ({ run, position: from + i, ways: options - 1 }));

const countOf = (branches: readonly Branch[]) => branches.reduce((sum, { ways }) => sum + ways, 0);

/** So many of the ways that lead off at `branches`, spread evenly over all of them; the same ones each time. */
function pick(branches: readonly Branch[], room: number): (readonly number[])[] {
  const total = countOf(branches);
  const random = seededRandom(total);
  const border = (part: number) => Math.floor((part * total) / room);
  const oneOfPart = (part: number) => border(part) + Math.floor(random() * (border(part + 1) - border(part)));
  const wanted = new Set(Array.from({ length: room }, (_, part) => oneOfPart(part)));
  return waysOf(branches)
    .filter((_, i) => wanted.has(i))
    .map(({ run, position, choice }) => [...run.choices.slice(0, position), choice])
    .toArray();
}

function* waysOf(branches: readonly Branch[]) {
  for (const { run, position, ways } of branches) {
    for (let choice = 1; choice <= ways; choice += 1) yield { run, position, choice };
  }
}

/** What is not written yet is no matter of the schedule: the message of the starter says all. */
const isToDo = (error: unknown) => error instanceof Error && error.message.startsWith("TODO");

interface Found {
  readonly schedule: Schedule;
  readonly schedules: number;
  readonly steps: readonly Step[];
  readonly recording: Recording | undefined;
  /** Whether it went wrong in the same way when it was run again to record the steps. */
  readonly steady: boolean;
}

function describe(fault: Fault, found: Found, schedule: string): string {
  const picture = found.recording === undefined ? [] : ["", toText(readRun(found.recording), { width: 110 })];
  const shown = schedule === "" ? [] : ["", `${orderOf(found)}:`, "", schedule];
  const unsteady = found.steady ? [] : ["", UNSTEADY];
  return [
    summaryOf(fault),
    ...picture,
    ...shown,
    ...unsteady,
    "",
    `Just this one again: ${again(found.schedule)}`,
  ].join("\n");
}

const summaryOf = ({ kind, error }: Fault) => `${headline(kind)}${messageOf(error)}`;

function orderOf({ schedule, schedules }: Found): string {
  if (deviations(schedule) === 0) return "It goes wrong in the ordinary order of events";
  const tried = schedules === 1 ? "" : `, the ${ordinal(schedules)} that was tried`;
  return `It goes wrong when the events arrive in this order${tried}; ★ is where it departs from the ordinary one`;
}

function ordinal(count: number): string {
  const ending = { one: "st", two: "nd", few: "rd", other: "th" } as Record<Intl.LDMLPluralRule, string>;
  return `${count}${ending[new Intl.PluralRules("en", { type: "ordinal" }).select(count)]}`;
}

const UNSTEADY =
  "Run again to record it, this order went otherwise: the code depends on something that is not simulated, or it\n" +
  "remembers earlier runs. The timeline is that of the second run.";

const headline = (kind: FaultKind) => (HEADLINES[kind] === undefined ? "" : `${HEADLINES[kind]}\n`);

/** For the kinds whose message does not say by itself what is wrong. */
const HEADLINES: Partial<Record<FaultKind, string>> = {
  "unhandled rejection": "A promise was rejected and nobody handles it. In production this ends the process.",
  "uncaught error": "An error was thrown where nobody can catch it. In production this ends the process.",
  "real I/O": "This cannot be explored.",
};

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `It rejected with ${inspect(error)}`;
  return SPEAK_FOR_THEMSELVES.has(error.name) ? error.message : `${error.name}: ${error.message}`;
}

const SPEAK_FOR_THEMSELVES = new Set(["Error", "AssertionError", "GuaranteeError", "LeakError"]);

function again(schedule: Schedule): string {
  const replay = encodeSchedule(schedule);
  const lab = process.env["LAB_NAME"];
  if (lab === undefined || currentTest.title === undefined) {
    return deviations(schedule) === 0 ? "simulate(scenario)" : `explore(scenario, { replay: "${replay}" })`;
  }
  return `npx lab test ${lab} --title ${JSON.stringify(currentTest.title.split(" ")[0])} --replay ${replay}`;
}
