import { EventEmitter, getEventListeners } from "node:events";
import { currentGuard, type Guard, replace, Spotter } from "./guard.ts";
import type { Leak } from "./leak.ts";
import { packageOf } from "./package-of.ts";
import { type Frame, Site } from "./site.ts";

interface Listener {
  readonly guard: Guard;
  readonly site: Site;
  readonly type: string | symbol;
  /** What the listener is on, for the message. */
  readonly on: string;
  /** Held until the garbage is collected, see `LeftListeners.release`. */
  target: EventTarget | EventEmitter | undefined;
  readonly weakTarget: WeakRef<EventTarget | EventEmitter>;
  readonly weakListener: WeakRef<object>;
  /** How many listeners there were before: Node's own take theirs away and add them again. */
  readonly before: number;
}

/** Where a signal came from, if it was made inside a guard. */
interface Origin {
  readonly guard: Guard;
  readonly site: Site;
  /** "any" and "timeout" are made for one purpose. The latter, and what depends on it, ends by itself. */
  readonly by: "controller" | "any" | "timeout";
}

let listeners: Listener[] = [];
const origins = new WeakMap<AbortSignal, Origin>();
const birth = new WeakMap<EventEmitter, Guard>();

export const listenerSpotter = new Spotter(() => {
  const restore = [...watchSignals(), ...watchTargets(), ...watchEmitters()];
  return () => {
    for (const undo of restore) undo();
    listeners = [];
  };
});

/** Notes which signals are made in a guard, and by whom. */
function watchSignals(): (() => void)[] {
  const getter = Object.getOwnPropertyDescriptor(AbortController.prototype, "signal") as PropertyDescriptor;
  Object.defineProperty(AbortController.prototype, "signal", {
    ...getter,
    get: function noticed(this: AbortController) {
      const signal: AbortSignal = getter.get?.call(this);
      if (!origins.has(signal)) noteOrigin(signal, "controller", noticed);
      return signal;
    },
  });
  const undoAny = replace(AbortSignal, "any", (original) => {
    return function noticed(this: unknown, signals) {
      const signal = original.call(AbortSignal, signals);
      const endsByItself = [...signals].some((source) => origins.get(source)?.by === "timeout");
      noteOrigin(signal, endsByItself ? "timeout" : "any", noticed);
      return signal;
    };
  });
  const undoTimeout = replace(AbortSignal, "timeout", (original) => {
    return function noticed(this: unknown, ms) {
      const signal = original.call(AbortSignal, ms);
      noteOrigin(signal, "timeout", noticed);
      return signal;
    };
  });
  return [() => Object.defineProperty(AbortController.prototype, "signal", getter), undoAny, undoTimeout];
}

function noteOrigin(signal: AbortSignal, by: Origin["by"], below: (...args: never[]) => unknown): void {
  const guard = currentGuard();
  if (guard !== undefined) origins.set(signal, { guard, site: new Site(below), by });
}

function watchTargets(): (() => void)[] {
  const undo = replace(EventTarget.prototype, "addEventListener", (original) => {
    return function noticed(this: EventTarget, ...args: Parameters<EventTarget["addEventListener"]>) {
      const [type, listener, options] = args;
      const guard = currentGuard();
      const isOfInterest = this instanceof AbortSignal ? !this.aborted : guard?.targets.has(this);
      if (guard !== undefined && isOfInterest && listener !== null && !isWeak(options)) {
        const before = getEventListeners(this, type).length;
        note({ guard, type, target: this, listener, before, below: noticed });
      }
      return Reflect.apply(original, this, args);
    } as EventTarget["addEventListener"];
  });
  return [undo];
}

/** Node's own way to listen without holding anything: `addEventListener(…, { signal })` puts one on the signal. */
function isWeak(options: unknown): boolean {
  if (typeof options !== "object" || options === null) return false;
  return Object.getOwnPropertySymbols(options).some(({ description }) => description === "kWeakHandler");
}

type Emitting = Record<
  "on" | "addListener" | "once" | "prependListener" | "prependOnceListener",
  EventEmitter["on"]
>;

function watchEmitters(): (() => void)[] {
  let isInside = false; // `once` calls `on`.
  const methods = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;
  const prototype: Emitting = EventEmitter.prototype;
  const restore = methods.map((method) =>
    replace(prototype, method, (original) => {
      return function noticed(this: EventEmitter, type, listener) {
        if (isInside) return original.call(this, type, listener);
        const guard = currentGuard();
        if (guard !== undefined && typeof listener === "function" && isOlder(this, guard)) {
          note({ guard, type, target: this, listener, before: this.listenerCount(type), below: noticed });
        }
        isInside = true;
        try {
          return original.call(this, type, listener);
        } finally {
          isInside = false;
        }
      };
    }),
  );
  const module = EventEmitter as unknown as { init: (this: EventEmitter, ...args: unknown[]) => void };
  const undoInit = replace(module, "init", (original) => {
    return function noticed(this: EventEmitter, ...args: unknown[]) {
      const guard = currentGuard();
      if (guard !== undefined) birth.set(this, guard);
      original.apply(this, args);
    };
  });
  return [...restore, undoInit];
}

/** An emitter that was made in the guard dies with it, and its listeners with it. */
function isOlder(emitter: EventEmitter, guard: Guard): boolean {
  const born = birth.get(emitter);
  return guard.targets.has(emitter) || born === undefined || !guard.includes(born);
}

function note(added: {
  guard: Guard;
  type: string | symbol;
  target: EventTarget | EventEmitter;
  listener: object;
  before: number;
  below: (...args: never[]) => unknown;
}): void {
  const { guard, type, target, listener, before, below } = added;
  listeners.push({
    guard,
    site: new Site(below),
    type,
    on: target.constructor?.name ?? "object",
    target,
    weakTarget: new WeakRef(target),
    weakListener: new WeakRef(listener),
    before,
  });
}

/** The listeners of `guard` that are still where it added them. */
export class LeftListeners {
  readonly #all: readonly Listener[];
  readonly #certain: Listener[] = [];
  /** On signals that belong to whoever added the listener: a leak only if the signal itself lives on. */
  readonly #ifReachable: Listener[] = [];

  constructor(guard: Guard) {
    this.#all = listeners.filter((listener) => guard.includes(listener.guard));
    for (const listener of this.#all) {
      if (!isStillThere(listener) || listener.site.owner !== "theirs") continue;
      (isOnOwnSignal(listener, guard, this.#home) ? this.#ifReachable : this.#certain).push(listener);
    }
  }

  /** The file that everything starts from: that of the test. */
  #home = (): string | undefined => {
    const starts = this.#all
      .values()
      .map(({ site }) => site.frames.findLast(({ owner }) => owner === "theirs"));
    return starts.find((frame) => frame !== undefined)?.file;
  };

  /** Lets the targets be collected, together with the functions on the stacks. */
  release(): void {
    const left = new Set([...this.#certain, ...this.#ifReachable]);
    const gone = new Set(this.#all.filter((listener) => !left.has(listener)));
    listeners = listeners.filter((listener) => !gone.has(listener));
    for (const listener of this.#all) listener.site.release();
    for (const listener of left) listener.target = undefined;
  }

  /**
   * Those on signals that nobody holds any more are left out, so it is to be asked once the garbage is collected.
   *
   * @param explained The places where something else was left open. What Node listens to for its sake goes with it.
   */
  leaks(explained: ReadonlySet<string>): Leak[] {
    const reachable = this.#ifReachable.filter(({ weakTarget }) => weakTarget.deref() !== undefined);
    const found = [...this.#certain, ...reachable].filter(
      ({ site }) => !(isMadeByNode(site) && explained.has(site.places[0] ?? "")),
    );
    return [
      ...Map.groupBy(found, ({ on, type, site }) => `${on} ${String(type)} ${site.places[0]}`).values(),
    ].map(describe);
  }
}

function isStillThere({ target: held, weakTarget, type, weakListener, before, site }: Listener): boolean {
  const target = held ?? weakTarget.deref();
  const listener = weakListener.deref();
  if (target === undefined || listener === undefined) return false;
  if (target instanceof AbortSignal && (target.aborted || origins.get(target)?.by === "timeout"))
    return false;
  if (target instanceof EventTarget)
    return getEventListeners(target, String(type)).includes(listener as () => void);
  const isThere = target.listeners(type).includes(listener as () => void);
  return isThere && (!isMadeByNode(site) || target.listenerCount(type) > before);
}

const isMadeByNode = (site: Site) => site.frames[0]?.owner === "node";

/**
 * A signal may keep its listeners if it dies with the code that made it and listened to it. A caller's signal may not:
 * to whoever listens, it could live as long as the program. Which of the two it is shows in whose file made it. And
 * where the listener is the test's own, in the file that everything starts from, the code under test is not to blame.
 */
function isOnOwnSignal({ target, site }: Listener, guard: Guard, home: () => string | undefined): boolean {
  const origin = target instanceof AbortSignal ? origins.get(target) : undefined;
  if (origin === undefined || !guard.includes(origin.guard)) return false;
  const maker = origin.site.frames.find(({ owner }) => owner !== "node" && owner !== "builtin");
  if (origin.by === "any" || maker?.owner === "kit") return true;
  const listener = listenerFor(maker, site, home());
  return listener === undefined || listener.file === maker?.file || listener.file === home();
}

/**
 * Who listens: the innermost frame of the code under test. Of a library, though, that is handed a signal made by the code
 * that calls it, it is that caller: to him it is the same whether he or the library adds the listener.
 */
function listenerFor(maker: Frame | undefined, site: Site, home: string | undefined): Frame | undefined {
  const theirs = site.frames.filter(({ owner }) => owner === "theirs");
  const judged = home === undefined ? undefined : packageOf(home);
  if (maker === undefined || packageOf(maker.file) !== judged) return theirs[0];
  return theirs.find(({ file }) => packageOf(file) === judged) ?? theirs[0];
}

function describe(same: readonly Listener[]): Leak {
  const [{ type, on, site }] = same as [Listener];
  const stack = site.places;
  const listeners = same.length === 1 ? "a listener" : `${same.length} listeners`;
  const what = `${listeners} for "${String(type)}" ${same.length === 1 ? "is" : "are"} still on ${/^[AEIOU]/.test(on) ? "an" : "a"} ${on}`;
  return { kind: "listener", what, where: stack[0] ?? "", stack };
}
