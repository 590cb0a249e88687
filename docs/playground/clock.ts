/**
 * Time that stands still until it is told to go on. Installed in a realm (here: a worker of its own), it takes the place
 * of its timers and clocks, so that ordinary code runs unchanged: played, paused, stepped, the same each time.
 */
export class SimulatedClock {
  readonly #epoch = Date.UTC(2026, 0, 1);
  readonly #timers = new Map<number, Timer>();
  #now = 0;
  #armed = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** When the next timer is due; Infinity when nothing waits for time. */
  get next(): number {
    return this.#first()?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Lets the earliest timer fire, and all that follows from it without waiting. */
  async step(): Promise<void> {
    const timer = this.#first();
    if (timer === undefined) return;
    this.#now = timer.due;
    if (timer.everyMs === undefined) this.#timers.delete(timer.id);
    else this.#arm(timer, timer.everyMs);
    timer.fire();
    await settle();
  }

  /** Lets so many milliseconds pass, and all happen that is due in them. Stands still as soon as `isOver` says so. */
  async advance(ms: number, isOver = () => false): Promise<void> {
    const until = this.#now + ms;
    await settle();
    while (!isOver() && this.next <= until) await this.step();
    if (!isOver()) this.#now = until;
  }

  /** Whatever waits for time waits in vain. */
  forget(): void {
    this.#timers.clear();
  }

  /** Takes the place of the realm's timers and clocks, for good. */
  install(): void {
    const start = (fire: () => void, everyMs?: number) => new Timer(this, ++this.#armed, fire, everyMs);
    const setTimeout = (fire: Callback, ms?: number, ...args: unknown[]) =>
      this.#arm(
        start(() => fire(...args)),
        wholeMs(ms),
      );
    const setInterval = (fire: Callback, ms?: number, ...args: unknown[]) =>
      this.#arm(
        start(() => fire(...args), wholeMs(ms)),
        wholeMs(ms),
      );
    const setImmediate = (fire: Callback, ...args: unknown[]) =>
      this.#arm(
        start(() => fire(...args)),
        0,
      );
    const clear = (timer?: Timer | number) => this.#timers.delete(Number(timer));
    Object.assign(globalThis, {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
      Date: this.#date(),
    });
    performance.now = () => this.#now;
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
      setTimeout(() => controller.abort(reason), ms);
      return controller.signal;
    };
  }

  /** Arms it anew: it comes after all that are due at the same time by now. */
  rearm(timer: Timer): void {
    if (this.#timers.has(timer.id)) this.#arm(timer, timer.ms);
  }

  has(timer: Timer): boolean {
    return this.#timers.has(timer.id);
  }

  #arm(timer: Timer, ms: number): Timer {
    timer.ms = ms;
    timer.due = this.#now + ms;
    this.#timers.delete(timer.id);
    this.#timers.set(timer.id, timer);
    return timer;
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values())
      if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  #date(): DateConstructor {
    const now = () => this.#epoch + Math.floor(this.#now);
    return new Proxy(Date, {
      construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
      apply: () => new Date(now()).toString(),
      get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
    });
  }
}

type Callback = (...args: unknown[]) => void;

/** As Node has it: no timer is due sooner than in a millisecond. */
const wholeMs = (ms = 1) => (ms >= 1 && ms < 2 ** 31 ? Math.trunc(ms) : 1);

/** What Node's `setTimeout` gives: a number where one is wanted, with the methods that code for servers calls. */
class Timer {
  readonly id: number;
  readonly fire: () => void;
  readonly everyMs: number | undefined;
  readonly #clock: SimulatedClock;
  due = 0;
  ms = 0;

  constructor(clock: SimulatedClock, id: number, fire: () => void, everyMs: number | undefined) {
    this.#clock = clock;
    this.id = id;
    this.fire = fire;
    this.everyMs = everyMs;
  }

  ref = (): this => this;
  unref = (): this => this;
  hasRef = () => this.#clock.has(this);

  refresh(): this {
    this.#clock.rearm(this);
    return this;
  }

  close(): void {
    clearTimeout(this.id);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => waiting.shift()?.();

/** Waits until all that can go on without time has gone on: a message arrives when no microtask is left. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(undefined);
  });
}
