import { type Parked, type Pile, WaitGraph } from "./leaks/awaits.ts";
import { collectGarbage } from "./leaks/collect-garbage.ts";
import { forgetGenerators, generatorSpotter, openGenerators } from "./leaks/generators.ts";
import { Guard, type Spotter } from "./leaks/guard.ts";
import { handleSpotter, isUnderWay, openHandles, releaseHandles } from "./leaks/handles.ts";
import { type Leak, LeakError } from "./leaks/leak.ts";
import { LeftListeners, listenerSpotter } from "./leaks/listeners.ts";
import { pendingPromises, promiseSpotter, releasePromises } from "./leaks/promises.ts";
import { real, turn } from "./real.ts";

export { type Leak, LeakError, type LeakKind } from "./leaks/leak.ts";
export { type AwaitTracker, type ParkedAwait, trackAwaits } from "./leaks/track-awaits.ts";

export interface LeakOptions {
  /**
   * How many real milliseconds it waits, at most, for what is under way outside of this thread: a child process that
   * was told to end, a file being written. It ends a hang and is not what the verdict depends on. 0: it does not wait,
   * and looks at no clock. Default 10,000.
   */
  readonly settle?: number;
  /** Numbers that must be the same after as before: permits taken, connections open, entries in a table. */
  readonly gauges?: Readonly<Record<string, () => number>>;
  /** Event targets and emitters that must lose the listeners they get, besides abort signals and older emitters. */
  readonly watch?: readonly (EventTarget | NodeJS.EventEmitter)[];
  /** Findings whose text matches one of these are dropped. */
  readonly ignore?: readonly RegExp[];
  /** How often the body is run before, unwatched: what is set up once and kept is not a leak. Default 0. */
  readonly warmup?: number;
  /** Whether parked functions, open generators and piled up reactions count. Default true. */
  readonly promises?: boolean;
  /** Whether listeners count that stay on a target which lives on. Default true. */
  readonly listeners?: boolean;
}

/**
 * Runs `body` and then demands that nothing it began is still alive: timers, sockets, servers, processes, threads,
 * ports, watchers, files, listeners, async functions that wait for ever, reactions that pile up on a promise.
 *
 * - Whatever the body makes is put down to it, across awaits and callbacks; others may do what they like meanwhile.
 * - It waits until the body has come to rest: as long as event-loop turns still bring something about. The verdict
 *   does not depend on the machine's load.
 * - A clean body costs two microseconds a promise. Garbage is collected only when something looks left behind.
 * - An idle keep-alive connection and an unref'd timer are no leaks: they keep no process alive.
 *
 * @returns What `body` returns.
 * @throws {LeakError} With where each thing was made. If the body itself throws, its error, and no word on leaks.
 *
 * @example
 * ```ts
 * await noLeaks(async () => {
 *   await using pool = createPool({ workers: 2 });
 *   await pool.submit(job);
 * });
 * ```
 */
export async function noLeaks<T>(body: () => T | Promise<T>, options: LeakOptions = {}): Promise<T> {
  for (let run = 0; run < (options.warmup ?? 0); run += 1) await body();
  const gauges = Object.entries(options.gauges ?? {}).map(([name, read]) => ({ name, read, before: read() }));
  const guard = new Guard({ targets: options.watch ?? [] });
  using hooks = new DisposableStack();
  for (const spotter of spotters(options)) hooks.use(spotter.use());
  hooks.defer(() => {
    guard.isOpen = false;
  });

  const result = await guard.run(async () => await body());
  await comeToRest(guard, options.settle ?? 10_000);
  const leaks = [...(await leftIn(guard, options)), ...gauges.flatMap(offGauge)].filter(
    (leak) => !isIgnored(leak, options),
  );
  if (leaks.length > 0) throw new LeakError(leaks);
  return result;
}

function spotters({ promises = true, listeners = true }: LeakOptions): Spotter[] {
  return [
    ...(promises ? [promiseSpotter, generatorSpotter] : []),
    ...(listeners ? [listenerSpotter] : []),
    handleSpotter,
  ];
}

/** So many turns in a row in which nothing begins or ends are rest: a close takes two to be reported. */
const QUIET_TURNS = 3;
/** What is still busy after so many turns will not end by itself. */
const MOST_TURNS = 500;

/** Waits until nothing more happens by itself. */
async function comeToRest(guard: Guard, settleMs: number): Promise<void> {
  await quietTurns(guard);
  const deadline = settleMs === 0 ? 0 : real.performanceNow() + settleMs;
  while (settleMs > 0 && isUnderWay(guard) && real.performanceNow() < deadline) {
    await pause(1);
    await quietTurns(guard);
  }
}

async function quietTurns(guard: Guard): Promise<void> {
  let quiet = 0;
  for (let turns = 0; quiet < QUIET_TURNS && turns < MOST_TURNS; turns += 1) {
    const before = guard.activity;
    await turn();
    quiet = guard.activity === before ? quiet + 1 : 0;
  }
}

const pause = (ms: number) => new Promise((resolve) => real.setTimeout(resolve, ms));

/** First what shows at once; only if anything may be left behind, the garbage is collected and the rest is judged. */
async function leftIn(guard: Guard, { listeners: areListenersAsked = true }: LeakOptions): Promise<Leak[]> {
  const handles = openHandles(guard);
  const generators = await openGenerators(guard);
  const listeners = new LeftListeners(guard);
  const waits = new WaitGraph(pendingPromises(guard));
  const parked = waits.parked().filter(({ waitsFor }) => waitsFor.length === 0);
  const piles = waits.piles();

  const places = new Set(handles.map(({ where }) => where));
  const onTargets = () => (areListenersAsked ? listeners.leaks(places) : []);
  const hidden = () => [...describeParked(parked), ...describePiles(piles), ...onTargets()];
  if (hidden().length > 0) {
    // Nothing of the detector's own may keep alive what the code under test has let go of.
    forgetGenerators(guard);
    listeners.release();
    releaseHandles(guard);
    releasePromises(guard);
    await collectGarbage(() => hidden().length === 0);
  }
  return [...hidden(), ...generators, ...handles];
}

/** Eight workers of one pool are one finding. */
function describeParked(parked: readonly Parked[]): Leak[] {
  const left = parked.filter(({ record }) => !record.settled);
  const sameFate = ({ record, started }: Parked) =>
    `${record.isReachable} ${record.site.places[0]} ${started}`;
  return [...Map.groupBy(left, sameFate).values()].map((group) =>
    parkedLeak(group[0] as Parked, group.length),
  );
}

function parkedLeak({ record, name, started }: Parked, count: number): Leak {
  const stack = record.site.places;
  const one = name === "" ? "an async function" : `async function ${name}`;
  const functions = count === 1 ? `${one} is` : `${count} calls of ${one} are`;
  const never = `nothing is left that could wake ${count === 1 ? "it, so its" : "them, so their"} finally blocks never run`;
  return {
    kind: record.isReachable ? "parked" : "abandoned",
    what: record.isReachable
      ? `${functions} still parked at an await`
      : `${functions} parked for ever: ${never}`,
    where: stack[0] ?? "",
    stack,
    ...(started === undefined ? {} : { started }),
  };
}

/** Reactions on a promise that nobody holds are garbage, and no leak; until it is collected, all seem to be held. */
function describePiles(piles: readonly Pile[]): Leak[] {
  return piles.flatMap(({ records, via }) => {
    const left = records.filter(({ settled, isReachable }) => !settled && isReachable);
    if (left[0] === undefined) return [];
    const stack = left[0].site.places;
    const reactions =
      left.length === 1 ? `a reaction (${via}) still hangs` : `${left.length} reactions (${via}) still hang`;
    return {
      kind: "continuation",
      what: `${reactions} on a promise that lives on`,
      where: stack[0] ?? "",
      stack,
    };
  });
}

function offGauge({ name, read, before }: { name: string; read: () => number; before: number }): Leak[] {
  const now = read();
  return now === before
    ? []
    : [{ kind: "gauge", what: `${name} was ${before} before, and is ${now} now`, where: "", stack: [] }];
}

function isIgnored({ what, stack }: Leak, { ignore = [] }: LeakOptions): boolean {
  const text = [what, ...stack].join("\n");
  return ignore.some((pattern) => pattern.test(text));
}
