import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { CleanUpOptions, Scope, ScopeOptions, Task } from "../contract.ts";
import { checkDuration, ScopeLeftError, timeoutError } from "../given/errors.ts";
import { cleanUp } from "./clean-up.ts";
import { onAbort } from "./on-abort.ts";

export function openScope(options: ScopeOptions = {}): Scope {
  return new TreeScope(options);
}

class TreeScope implements Scope {
  readonly signal: AbortSignal;
  readonly deadline: number;
  readonly values: Readonly<Record<string, string>>;
  readonly #parent: TreeScope | undefined;
  readonly #children = new Set<TreeScope>();
  readonly #controller = new AbortController();
  /** What holds it in the world outside of the tree: a listener, a timer. */
  readonly #bonds = new DisposableStack();
  /** On this scope and on those below it. */
  readonly #tasks = new WaitGroup();
  readonly #cleanUps: (() => Promise<void>)[] = [];
  #leaving: Promise<readonly unknown[]> | undefined;
  #left = false;

  constructor(options: ScopeOptions, parent?: TreeScope) {
    const { timeoutMs } = options;
    if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);
    const own = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
    const inherited = parent?.deadline ?? Number.POSITIVE_INFINITY;

    this.signal = this.#controller.signal;
    this.deadline = Math.min(own, inherited);
    this.values = Object.freeze({ ...parent?.values, ...options.values });
    this.#parent = parent;
    if (parent !== undefined) parent.#adopt(this);
    this.#heed(options.signal);
    if (timeoutMs !== undefined && own < inherited) this.#setTimer(timeoutMs); // Else the parent's rings first.
  }

  start<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    const result = this.#run(task);
    result.catch(() => {}); // Whoever leaves early, leaves results behind that nobody awaits any more.
    return result;
  }

  child(options: ScopeOptions = {}): Scope {
    return new TreeScope(options, this);
  }

  cancel(reason: unknown): void {
    if (this.#left || this.signal.aborted) return;
    this.#bonds.dispose();
    this.#controller.abort(reason);
    for (const child of this.#children) child.cancel(this.signal.reason);
  }

  defer(task: Task<void>, { deadlineMs }: CleanUpOptions): void {
    checkDuration("deadlineMs", deadlineMs);
    this.#checkOpen("defer a clean-up");
    this.#cleanUps.push(() => cleanUp(task, { deadlineMs }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.#leaveOnce();
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} clean-ups failed`);
    if (failures.length === 1) throw failures[0];
  }

  #adopt(child: TreeScope): void {
    this.#checkOpen("open a scope");
    this.#children.add(child);
    if (this.signal.aborted) child.cancel(this.signal.reason);
  }

  #heed(signal: AbortSignal | undefined): void {
    const withdraw = onAbort(signal, (reason) => this.cancel(reason));
    if (this.signal.aborted) withdraw();
    else this.#bonds.defer(withdraw);
  }

  #setTimer(ms: number): void {
    if (this.signal.aborted) return;
    const timer = setTimeout(() => this.cancel(timeoutError(ms)), ms);
    this.#bonds.defer(() => clearTimeout(timer));
  }

  /** Whoever leaves one of the scopes above waits for this task, too. */
  async #run<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    this.#checkOpen("start a task");
    this.signal.throwIfAborted();
    for (const scope of this.#lineage()) scope.#tasks.add();
    try {
      return await task(this);
    } finally {
      for (const scope of this.#lineage()) scope.#tasks.done();
    }
  }

  *#lineage(): Generator<TreeScope> {
    for (let scope: TreeScope | undefined = this; scope !== undefined; scope = scope.#parent) yield scope;
  }

  /** Gives what the clean-ups threw; never rejects. */
  #leaveOnce(): Promise<readonly unknown[]> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    while (this.#tasks.count > 0 || this.#children.size > 0) {
      await this.#tasks.wait();
      const [child] = this.#children;
      if (child !== undefined) failures.push(...(await child.#leaveOnce()));
    }
    this.#left = true; // In the same breath: no task can begin in between.
    this.#bonds.dispose();
    for (let run = this.#cleanUps.pop(); run !== undefined; run = this.#cleanUps.pop()) {
      await run().catch((error: unknown) => failures.push(error));
    }
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    return failures;
  }

  #checkOpen(doing: string): void {
    if (this.#left) throw new ScopeLeftError(doing);
  }
}
