import { AsyncLocalStorage } from "node:async_hooks";

/**
 * One call of `noLeaks`. Whatever the code in it makes is put down to it, however many awaits later; what others do
 * at the same time, the test runner among them, is not. Guards nest: what is made in the inner one is the outer's too.
 */
export class Guard {
  readonly outer: Guard | undefined = currentGuard();
  /** Once closed, what is still made in its name is put down to the outer one, or to nobody. */
  isOpen = true;
  /** Counts what begins and ends in it: as long as this grows, it has not come to rest. */
  activity = 0;
  /** Further targets, besides abort signals, that must lose the listeners they get. */
  readonly targets: ReadonlySet<object>;
  /** Noted with every promise, see `trackAwaits`. */
  readonly tag: (() => unknown) | undefined;

  constructor({
    targets = [],
    tag,
  }: { targets?: readonly object[]; tag?: (() => unknown) | undefined } = {}) {
    this.targets = new Set(targets);
    this.tag = tag;
  }

  run<T>(body: () => T): T {
    return current.run(this, body);
  }

  /** Whether what was made in `inner` was made in this one as well. */
  includes(inner: Guard): boolean {
    for (let guard: Guard | undefined = inner; guard !== undefined; guard = guard.outer) {
      if (guard === this) return true;
    }
    return false;
  }

  stir(): void {
    for (let guard: Guard | undefined = this; guard !== undefined; guard = guard.outer) guard.activity += 1;
  }
}

const current = new AsyncLocalStorage<Guard>();

/** The innermost open guard that the running code belongs to. */
export function currentGuard(): Guard | undefined {
  let guard = current.getStore();
  while (guard !== undefined && !guard.isOpen) guard = guard.outer;
  return guard;
}

/** Notices when one sort of thing is made and ended. The hooks are in place only while some guard needs them. */
export class Spotter {
  readonly #install: () => () => void;
  #users = 0;
  #uninstall: (() => void) | undefined;

  /** @param install Puts the hooks in place and gives what takes them away again. */
  constructor(install: () => () => void) {
    this.#install = install;
  }

  use(): Disposable {
    if (this.#users === 0) this.#uninstall = this.#install();
    this.#users += 1;
    return { [Symbol.dispose]: () => this.#release() };
  }

  #release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#uninstall?.();
  }
}

/** Replaces a property of an object; gives what puts it back, unless somebody else has replaced it in the meantime. */
export function replace<T extends object, K extends keyof T>(
  target: T,
  key: K,
  make: (original: T[K]) => T[K],
) {
  const before = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
  const replacement = make(target[key]);
  Object.defineProperty(target, key, { ...before, value: replacement });
  return () => {
    if (target[key] === replacement) Object.defineProperty(target, key, before);
  };
}
