import type { Operation } from "./protocol.ts";

type AnyView = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array;

/** Bytes of one of the regions of memory that are explored. */
export interface Place {
  readonly region: number;
  readonly offset: number;
  readonly size: number;
}

/** What the instrumented operations tell: the thread's side of the mailbox. */
export interface Probe {
  /** A plain access has happened. */
  note(writes: boolean, place: Place, value: number): void;
  /** Stops until this thread may do `name`, then does it: `act` gives the values before and after, and its result. */
  step<T>(name: Operation, place: Place, act: () => Outcome<T>, operand?: number): T;
  wait(place: Place, expected: number, timeoutMs: number): WaitAnswer;
  waitAsync(
    place: Place,
    expected: number,
    timeoutMs: number,
  ): Promise<WaitAnswer> | "not-equal" | "timed-out";
  notify(place: Place, count: number): number;
}

export interface Outcome<T> {
  readonly result: T;
  readonly before: number;
  readonly after: number;
}

export type WaitAnswer = "ok" | "not-equal" | "timed-out";

const realAtomics = globalThis.Atomics;
/** View seen by the program, to the view behind it. */
const views = new WeakMap<object, AnyView>();

const VIEWS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

/**
 * Replaces `Atomics` and the typed arrays of this thread, for good, by ones that ask `probe` when they touch `memory`.
 * All other memory is as ever. To be called before the code under test is loaded.
 */
export function instrument(memory: readonly SharedArrayBuffer[], probe: Probe): void {
  const regionOf = new Map<unknown, number>(memory.map((buffer, region) => [buffer, region]));
  for (const name of VIEWS) {
    const Real = globalThis[name] as unknown as new (...args: unknown[]) => AnyView;
    const construct = (target: typeof Real, args: unknown[], newTarget: unknown): AnyView => {
      const view = Reflect.construct(
        target,
        args,
        newTarget === replaced ? target : (newTarget as typeof Real),
      );
      const region = regionOf.get(view.buffer);
      return region === undefined ? view : observed(view, region, probe);
    };
    const replaced = new Proxy(Real, { construct });
    Object.assign(globalThis, { [name]: replaced });
  }
  globalThis.DataView = new Proxy(DataView, {
    construct(target, args, newTarget) {
      if (regionOf.has(args[0])) {
        throw new TypeError("Cannot explore a DataView on shared memory: use a typed array");
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
  globalThis.Atomics = atomics(regionOf, probe);
}

const isIndex = (key: string | symbol): key is string => typeof key === "string" && /^\d+$/.test(key);

/** The elements of `view` noted one by one; what the methods of arrays do, they do through its elements. */
function observed(view: AnyView, region: number, probe: Probe): AnyView {
  const note = (writes: boolean, index: number) => {
    if (index < view.length) probe.note(writes, placeIn(view, region, index), Number(view[index]));
  };
  const proxy: AnyView = new Proxy(view, {
    get(target, key: string | symbol) {
      if (isIndex(key)) {
        note(false, Number(key));
        return target[Number(key)];
      }
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || String(key) === "constructor") return value;
      return (...args: unknown[]) => call(target, proxy, key, args, (part) => observed(part, region, probe));
    },
    set(target, key, value) {
      const done = Reflect.set(target, key, value, target);
      if (isIndex(key)) note(true, Number(key));
      return done;
    },
  });
  views.set(proxy, view);
  return proxy;
}

type Method = (...args: unknown[]) => unknown;

/** Methods that `Array` has as well and that give no typed array, so they work on the proxy as they are. */
const GENERIC =
  /^(at|copyWithin|entries|every|fill|find.*|forEach|includes|indexOf|join|keys|lastIndexOf|reduce.*)$/;
const GENERIC_TOO = /^(reverse|some|toString|toLocaleString|values)$/;

function call(
  view: AnyView,
  proxy: AnyView,
  key: string | symbol,
  args: readonly unknown[],
  observe: (part: AnyView) => AnyView,
): unknown {
  const name = key === Symbol.iterator ? "values" : String(key);
  if (name === "subarray") return observe(method(view, "subarray")(...args) as AnyView);
  if (name === "set") return setElements(proxy, args[0] as ArrayLike<number>, Number(args[1] ?? 0));
  if (GENERIC.test(name) || GENERIC_TOO.test(name)) {
    return (Array.prototype[name as "at"] as Method).apply(proxy, [...args]);
  }
  if (name === "sort") {
    const sorted = copyOf(view, proxy);
    method(sorted, "sort")(...args);
    return setElements(proxy, sorted as ArrayLike<number>, 0);
  }
  return method(copyOf(view, proxy), name)(...args);
}

const method = (view: AnyView, name: string): Method => (view[name as "at"] as Method).bind(view);

/** Reads all its elements, and is no shared memory any more. */
function copyOf(view: AnyView, proxy: AnyView): AnyView {
  const Copy = view.constructor as new (values: Iterable<unknown>) => AnyView;
  return new Copy(Array.from(proxy as Iterable<unknown>));
}

function setElements(proxy: AnyView, source: ArrayLike<number>, offset: number): void {
  for (const [index, value] of Array.from(source).entries())
    Reflect.set(proxy, String(offset + index), value);
}

function placeIn(view: AnyView, region: number, index: number): Place {
  const size = view.BYTES_PER_ELEMENT;
  return { region, offset: view.byteOffset + index * size, size };
}

type Update = "add" | "sub" | "and" | "or" | "xor" | "exchange";
const UPDATES = ["add", "sub", "and", "or", "xor", "exchange"] as const satisfies readonly Update[];

/** `Atomics`, each operation on explored memory a step. */
function atomics(regionOf: ReadonlyMap<unknown, number>, probe: Probe): typeof Atomics {
  const real = realAtomics as unknown as Record<Operation, Method>;
  /** The real view, and the place if it is explored memory and there is such an element. */
  const resolve = (seen: unknown, index: unknown): { view: AnyView; place: Place | undefined } => {
    const view = views.get(seen as object) ?? (seen as AnyView);
    const region = views.has(seen as object) ? regionOf.get(view.buffer) : undefined;
    const at = Number(index);
    const exists = region !== undefined && Number.isInteger(at) && at >= 0 && at < view.length;
    return { view, place: exists ? placeIn(view, region, at) : undefined };
  };
  /** An operation that is explored on explored memory and elsewhere, or when it is misused, the real one. */
  const operation =
    (name: Operation, explored: (view: AnyView, place: Place, args: readonly unknown[]) => unknown): Method =>
    (seen, index, ...args) => {
      const { view, place } = resolve(seen, index);
      return place === undefined ? real[name](view, index, ...args) : explored(view, place, args);
    };
  /** Does the real thing when its turn has come, and looks at the element before and after. */
  const stepped = (name: Operation, operand = -1): Method =>
    operation(name, (view, place, args) => {
      const index = (place.offset - view.byteOffset) / place.size;
      const act = () => {
        const before = Number(view[index]);
        const result = real[name](view, index, ...args);
        return { result, before, after: Number(view[index]) };
      };
      return probe.step(name, place, act, operand === -1 ? 0 : Number(args[operand]));
    });
  const timeoutOf = (timeout: unknown) => (timeout === undefined ? Infinity : Number(timeout));
  return Object.create(realAtomics, {
    load: { value: stepped("load") },
    store: { value: stepped("store") },
    ...Object.fromEntries(UPDATES.map((name) => [name, { value: stepped(name) }])),
    compareExchange: { value: stepped("compareExchange", 0) },
    wait: {
      value: operation("wait", (_, place, [expected, timeout]) =>
        probe.wait(place, Number(expected), timeoutOf(timeout)),
      ),
    },
    waitAsync: {
      value: operation("waitAsync", (_, place, [expected, timeout]) => {
        const value = probe.waitAsync(place, Number(expected), timeoutOf(timeout));
        return { async: typeof value !== "string", value };
      }),
    },
    notify: {
      value: operation("notify", (_, place, [count]) =>
        probe.notify(place, count === undefined ? Infinity : Number(count)),
      ),
    },
  });
}
