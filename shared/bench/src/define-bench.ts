/** What a bench file exports: workloads, each done by several strategies that are compared. */
export interface Bench {
  readonly title: string;
  readonly workloads: readonly Workload[];
}

/** The same piece of work for all of its strategies. */
export interface Workload {
  readonly title: string;
  /** How many operations one run does: times and rates are given for one of them. */
  readonly operations: number;
  /** The name of the strategy that counts as 1.0. */
  readonly floor: string;
  readonly strategies: readonly Strategy[];
  /** What is aimed at. Shown in table and picture, reached or not; never a test. */
  readonly targets?: readonly Target[] | undefined;
  /**
   * Looks at what a run returned, and says what is wrong with it. A strategy that is wrong is reported, not measured.
   * Every run is looked at, outside of the measured time.
   */
  check?(result: unknown, workload: { readonly operations: number }): string | undefined;
}

/** One way to do the work. */
export interface Strategy {
  readonly name: string;
  /** `false` marks somebody else's work: a peer. Default true. */
  readonly ours?: boolean | undefined;
  /**
   * Marks the strategy that is built on `#lab`. It is run once for each answer that there is, and its rows are named
   * after the answers: "reference", "attempt". Default false.
   */
  readonly answer?: boolean | undefined;
  /** Conditions for package imports under which its process is started, as in `node --conditions`. */
  readonly conditions?: readonly string[] | undefined;
  /**
   * Gets everything ready, unmeasured, in a process of its own, and returns the run that is measured. The run is called
   * several times, one after the other. Import here what only this strategy needs.
   */
  prepare(setting: Setting): Run | Prepared | Promise<Run | Prepared>;
}

export interface Setting {
  readonly operations: number;
  /** For the jobs to call: in the counted round it finds the peak, in measured rounds it does nothing. */
  readonly inFlight: InFlight;
}

/** Counts what is under way. */
export interface InFlight {
  enter(): void;
  leave(): void;
}

export type Run = () => unknown;

/** A run with something to get ready each time, or to put away afterwards: threads, sockets. */
export interface Prepared extends AsyncDisposable {
  readonly run: Run;
  /** Gets ready for one run, and is awaited before each: what it takes is neither measured nor counted. */
  readonly before?: (() => unknown) | undefined;
}

/** `strategy` is to take at most so many times the time that `against` takes. */
export interface Target {
  readonly strategy: string;
  readonly against: string;
  readonly atMost: number;
  /** Why it stays where it is if it is missed, and what was tried: shown only then. */
  readonly note?: string | undefined;
}

/**
 * Checks a bench and hands it back. A bench file exports it as its default.
 *
 * @throws RangeError If a name is missing or stands twice, or a number is out of its range.
 *
 * @example
 * ```ts
 * export default defineBench({
 *   title: "Sum",
 *   workloads: [
 *     {
 *       title: "add up a thousand numbers",
 *       operations: 1_000,
 *       floor: "for",
 *       strategies: [
 *         {
 *           name: "for",
 *           prepare: ({ operations }) => () => {
 *             let sum = 0;
 *             for (let n = 1; n <= operations; n += 1) sum += n;
 *             return sum;
 *           },
 *         },
 *       ],
 *       check: (sum) => (sum === 500_500 ? undefined : `the sum is ${sum}`),
 *     },
 *   ],
 * });
 * ```
 */
export function defineBench(bench: Bench): Bench {
  refuseTwice("workload", bench.title, titlesOf(bench.workloads));
  for (const workload of bench.workloads) checkWorkload(workload);
  return bench;
}

function checkWorkload({ title, operations, floor, strategies, targets = [] }: Workload): void {
  if (!Number.isSafeInteger(operations) || operations < 1) {
    throw new RangeError(
      `Cannot bench "${title}": operations must be a whole number from 1, got ${operations}`,
    );
  }
  const names = strategies.map(({ name }) => name);
  refuseTwice("strategy", title, names);
  for (const name of [floor, ...targets.flatMap((target) => [target.strategy, target.against])]) {
    if (!names.includes(name)) {
      throw new RangeError(`Cannot bench "${title}": it has no strategy "${name}", only ${names.join(", ")}`);
    }
  }
  if (strategies.some((strategy) => strategy.name === floor && strategy.answer === true)) {
    throw new RangeError(
      `Cannot bench "${title}": the floor must be one row, and "${floor}" has one per answer`,
    );
  }
  for (const { atMost } of targets) {
    if (!(atMost > 0)) throw new RangeError(`Cannot bench "${title}": atMost must be above 0, got ${atMost}`);
  }
}

function refuseTwice(kind: string, title: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new RangeError(`Cannot bench "${title}": it has two of the ${kind} "${twice}"`);
  if (names.length === 0) throw new RangeError(`Cannot bench "${title}": it has no ${kind}`);
}

const titlesOf = (workloads: readonly Workload[]): string[] => workloads.map(({ title }) => title);
