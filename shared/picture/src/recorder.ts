import type { Gap, Limits, Moment, Outcome, Recording, RunEvent, State, Tone } from "./event.ts";
import { EventLog } from "./event-log.ts";
import { overhear } from "./source.ts";
import { isAbort, watch } from "./watch.ts";

export interface RecorderOptions {
  readonly title?: string | undefined;
  /** Bounds by track: how many may run at once there, or how high a level may rise. */
  readonly limits?: Limits | undefined;
  /** The tracks that a task passes one after the other; what is between two of them is drawn as a depth. */
  readonly flow?: readonly string[] | undefined;
  /** The order of the rows from top to bottom; those not named come after, as they appear. */
  readonly rows?: readonly string[] | undefined;
  /** Milliseconds. Read at each event, so that simulated time reaches it. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** What `now` is called in the picture. Default "real". */
  readonly clock?: "simulated" | "real" | undefined;
  /** So many events are kept: the first and the latest. 0: none at all. Default 20,000. */
  readonly maxEvents?: number | undefined;
}

export interface SpanOptions {
  /** 1 for the first try. Default: the recorder counts them, by track and task. */
  readonly attempt?: number | undefined;
  /** How often it is tried again: until then a failed task is one that waits for its retry. Default 0. */
  readonly retries?: number | undefined;
  /** Who does it, where that is known. Default: the first free lane. */
  readonly lane?: string | undefined;
  /** The span on whose behalf it runs; it is drawn below that one. */
  readonly parent?: number | undefined;
}

export interface JobOptions<R = unknown> extends Omit<SpanOptions, "attempt"> {
  /** False: the result goes no further, as in a filter. */
  readonly keep?: ((result: Awaited<R>) => boolean) | undefined;
}

export interface StageOptions<T, R> extends JobOptions<R> {
  /** What an item is called. Default `String`. */
  readonly name?: ((item: T) => string) | undefined;
}

interface OpenSpan {
  readonly key: string;
  readonly track: string;
  readonly state: State;
  readonly task: string;
  readonly attempt: number;
  readonly retries: number;
}

/**
 * Writes down what happens in a run, from outside: the jobs, sources and sinks that are handed to the code under study
 * are wrapped, the code itself stays as it is. A wrapped function gives the same results and throws the same errors: at
 * once what was thrown at once, and a rejection that nobody handles is still nobody's. Its promise settles a microtask
 * turn later; where not even that may change, call `begin` and `end` inside the function.
 *
 * - Events keep their order, so what happens at one instant is told apart.
 * - A long run keeps its beginning and its latest events (`maxEvents`), and knows what was left out.
 * - With `maxEvents: 0` nothing is kept and everything behaves as if it were.
 *
 * @example
 * ```ts
 * const recorder = new Recorder({ title: "crawl", limits: { pages: 2 } });
 * const page = recorder.job("pages", "/about", async () => "<h1>About</h1>");
 *
 * assert.equal(await page(), "<h1>About</h1>");
 * const run = readRun(recorder);
 * assert.equal(run.tracks[0]?.running.max, 1);
 * assert.deepEqual(run.findings, []); // nothing went over its limit
 * ```
 */
export class Recorder implements Recording {
  readonly title: string;
  readonly limits: Limits;
  readonly flow: readonly string[];
  readonly rows: readonly string[];
  readonly clock: "simulated" | "real";
  readonly #log: EventLog | undefined;
  readonly #maxEvents: number;
  readonly #now: () => number;
  readonly #epoch: number;
  readonly #open = new Map<number, OpenSpan>();
  /** Who waits to be begun: it may be handed over in one call and begun in another. By track and task. */
  readonly #waiting = new Map<string, number[]>();
  /** How often it was tried, of tasks that may be tried again. */
  readonly #attempts = new Map<string, number>();
  readonly #levels = new Map<string, number>();
  readonly #abortReasons: unknown[] = [];
  readonly #limits: Record<string, number>;
  #orders = 0;
  #spans = 0;

  /** @throws RangeError If `maxEvents` is no whole number from 0. */
  constructor(options: RecorderOptions = {}) {
    const { title = "run", limits = {}, flow = [], rows = [], clock = "real", maxEvents = 20_000 } = options;
    if (!Number.isInteger(maxEvents) || maxEvents < 0) {
      throw new RangeError(`maxEvents must be a whole number from 0, got ${maxEvents}`);
    }
    this.title = brief(title);
    this.#limits = Object.fromEntries(Object.entries(limits).map(([track, value]) => [brief(track), value]));
    this.limits = this.#limits;
    this.flow = flow;
    this.rows = rows;
    this.clock = clock;
    this.#maxEvents = maxEvents;
    this.#log = maxEvents > 0 ? new EventLog(maxEvents) : undefined;
    this.#now = options.now ?? (() => performance.now());
    this.#epoch = this.#log === undefined ? 0 : this.#now();
  }

  /** What happened so far, in order. Takes time in proportion to what is kept. */
  get events(): readonly RunEvent[] {
    return this.#log?.events ?? [];
  }

  /** What was left out because the run was long. */
  get gap(): Gap | undefined {
    return this.#log?.gap;
  }

  /** Declares a bound that is known only later. */
  limit(track: string, value: number): void {
    this.#limits[brief(track)] = value;
  }

  /** A job to hand over: each call of it is one attempt. */
  job<A extends readonly unknown[], R>(
    track: string,
    task: string,
    body: (...args: A) => R,
    options: JobOptions<R> = {},
  ): (...args: A) => R {
    return (...args) => this.#run(track, task, () => body(...args), options);
  }

  /** A stage, a handler or a sink to hand over: it is called with one item after the other. */
  stage<T, A extends readonly unknown[], R>(
    track: string,
    body: (item: T, ...rest: A) => R,
    { name = String, ...options }: StageOptions<T, R> = {},
  ): (item: T, ...rest: A) => R {
    return (item, ...rest) => this.#run(track, name(item), () => body(item, ...rest), options);
  }

  /** A source to hand over: it is blocked from the moment an item is taken until the next one is asked for. */
  source<T>(
    track: string,
    items: Iterable<T> | AsyncIterable<T>,
    name: (item: T) => string = String,
  ): AsyncIterableIterator<T, undefined> {
    let blocked: number | undefined;
    const go = (outcome: Outcome) => {
      if (blocked !== undefined) this.end(blocked, outcome);
      blocked = undefined;
    };
    return overhear(items, {
      gave: (item) => {
        blocked = this.begin(track, "blocked", name(item));
      },
      asked: () => go("ok"),
      left: () => go("cancelled"),
    });
  }

  /**
   * Calls `hand`, which gives a task to the code under study: from now until it begins it waits in line. If `hand`
   * throws or rejects, it is no longer in line.
   */
  submit<R>(track: string, task: string, hand: () => R): R {
    const span = this.queued(track, task);
    return watch(hand, (outcome, error) => {
      if (outcome !== "ok") this.end(span, "cancelled", error);
    });
  }

  /** From now until it begins, the task waits in line. Gives its span, to end if it never begins. */
  queued(track: string, task: string): number {
    return this.begin(track, "queued", task);
  }

  /** Something that lasts and concerns the run as a whole: a drain, an outage, an overload. */
  phase<R>(name: string, body: () => R): R {
    const span = this.begin("", "phase", name);
    return watch(body, (outcome, error) => this.end(span, outcome, outcome === "ok" ? undefined : error));
  }

  /** Marks the moment and aborts. Whoever then fails with this reason counts as cancelled, whatever the reason is. */
  abort(controller: AbortController, reason?: unknown, name = "abort"): void {
    this.#abortReasons.push(reason);
    this.mark(name, "stop");
    controller.abort(reason);
  }

  /**
   * The task takes up a state, and gives up waiting for it. Returns the span, for `end`. Attempts are counted here, and
   * where `retries` are left a failed one becomes a wait.
   */
  begin(track: string, state: State, task: string, options: SpanOptions = {}): number {
    this.#spans += 1;
    const span = this.#spans;
    if (this.#log === undefined) return span;
    const { lane, parent, retries = 0 } = options;
    const key = `${track}\n${task}`;
    const attempt = options.attempt ?? (state === "running" ? this.#nextAttempt(key) : 1);
    if (state === "running") this.#leaveLine(key);
    this.#open.set(span, { key, track, state, task, attempt, retries });
    if (state === "queued" || state === "retrying") this.#enterLine(key, span);
    const names = { track: brief(track), task: brief(task), lane: lane && brief(lane) };
    this.#log.add({ ...this.#moment(), type: "begin", span, state, attempt, parent, ...names });
    return span;
  }

  /** The span is over. To end it twice is harmless: the first time counts. */
  end(span: number, outcome: Outcome = "ok", error?: unknown): void {
    const open = this.#open.get(span);
    if (open === undefined) return;
    this.#open.delete(span);
    const detail = error === undefined ? undefined : brief(messageOf(error));
    this.#log?.add({ ...this.#moment(), type: "end", span, outcome, detail });
    if (open.state !== "running") this.#forget(open.key, span);
    else if (outcome !== "failed") this.#attempts.delete(open.key);
    else if (open.attempt <= open.retries) {
      this.begin(open.track, "retrying", open.task, { attempt: open.attempt });
    }
  }

  /** From now on so many are held there. */
  level(track: string, value: number): void {
    if (this.#log === undefined || this.#levels.get(track) === value) return;
    this.#levels.set(track, value);
    this.#log.add({ ...this.#moment(), type: "level", track: brief(track), value });
  }

  /** Something happened. With `stop` and the name "abort" nothing may begin after it, nor run past a "deadline". */
  mark(name: string, tone: Tone = "plain", where: { track?: string; task?: string } = {}): void {
    this.#log?.add({ ...this.#moment(), type: "mark", name: brief(name), tone, ...where });
  }

  /**
   * Hands over what happened since the last call, and forgets it: for whoever passes on a run that is still going.
   * Call it more often than every `maxEvents` events, or some are left out.
   */
  drain(): readonly RunEvent[] {
    const { events } = this;
    this.#log?.clear();
    return events;
  }

  toJSON(): Recording {
    const { title, clock, limits, flow, rows, events, gap } = this;
    return { title, clock, limits, flow, rows, events, ...(gap && { gap }) };
  }

  #run<R>(track: string, task: string, body: () => R, { keep, ...options }: JobOptions<R>): R {
    const span = this.begin(track, "running", task, options);
    return watch(body, (outcome, result) => {
      if (outcome !== "ok") this.end(span, this.#isAbortReason(result) ? "cancelled" : outcome, result);
      else this.end(span, keep?.(result as Awaited<R>) === false ? "dropped" : "ok");
    });
  }

  #isAbortReason(error: unknown): boolean {
    return isAbort(error) || (error !== undefined && this.#abortReasons.includes(error));
  }

  #nextAttempt(key: string): number {
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.delete(key); // So that the map is in the order of use.
    this.#attempts.set(key, attempt);
    if (this.#attempts.size > this.#maxEvents) {
      const [oldest] = this.#attempts.keys();
      if (oldest !== undefined) this.#attempts.delete(oldest);
    }
    return attempt;
  }

  #enterLine(key: string, span: number): void {
    const spans = this.#waiting.get(key);
    if (spans === undefined) this.#waiting.set(key, [span]);
    else spans.push(span);
  }

  /** Of several with one name, the first in line goes on. */
  #leaveLine(key: string): void {
    const [span] = this.#waiting.get(key) ?? [];
    if (span !== undefined) this.end(span);
  }

  #forget(key: string, span: number): void {
    const rest = this.#waiting.get(key)?.filter((other) => other !== span) ?? [];
    if (rest.length > 0) this.#waiting.set(key, rest);
    else this.#waiting.delete(key);
  }

  #moment(): Moment {
    const order = this.#orders;
    this.#orders += 1;
    return { at: this.#now() - this.#epoch, order };
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message || error.name : String(error);
  } catch {
    return typeof error; // An object without a way to become text.
  }
}

const MOST_CHARACTERS = 200;

/** A name is repeated in many events, and none of them needs a page. */
function brief(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS - 40).toWellFormed()}…${text.slice(-39).toWellFormed()}`;
}
