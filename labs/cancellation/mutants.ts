import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "sleep-leaves-its-timer",
    bug: "an abort ends `sleep`, and its timer runs on",
    caughtBy: "1.2",
    edits: [{ file: "waiting.ts", find: "    clearTimeout(timer);\n", replace: "" }],
  },
  {
    id: "sleep-leaves-its-listener",
    bug: "a `sleep` that was not aborted leaves its listener on the signal",
    caughtBy: "1.9",
    edits: [{ file: "waiting.ts", find: "    withdraw();\n", replace: "" }],
  },
  {
    id: "generic-abort-error",
    bug: "`sleep` rejects with an AbortError of its own instead of the reason",
    caughtBy: "1.2",
    edits: [
      {
        file: "waiting.ts",
        find: "const withdraw = onAbort(signal, reject);\n  try",
        replace:
          'const withdraw = onAbort(signal, () => reject(new DOMException("This operation was aborted", "AbortError")));\n  try',
      },
    ],
  },
  {
    id: "reason-as-cause",
    bug: "`underSignal` wraps the reason in an error",
    caughtBy: "1.4",
    edits: [
      {
        file: "waiting.ts",
        find: "const withdraw = onAbort(signal, reject);\n    work",
        replace:
          'const withdraw = onAbort(signal, (cause) => reject(new Error("cancelled", { cause })));\n    work',
      },
    ],
  },
  {
    id: "under-signal-leaves-its-listener",
    bug: "work that has settled leaves its listener on the signal",
    caughtBy: "1.9",
    edits: [
      {
        file: "waiting.ts",
        find: "const withdraw = onAbort(signal, reject);\n    work.finally(withdraw)",
        replace: "onAbort(signal, reject);\n    work",
      },
    ],
  },
  {
    id: "listener-left-when-work-fails",
    bug: "work that fails leaves its listener on the signal; work that succeeds does not",
    caughtBy: "1.9",
    edits: [
      {
        file: "waiting.ts",
        find: "work.finally(withdraw).then(resolve, reject);",
        replace: "work.then((value) => {\n      withdraw();\n      resolve(value);\n    }, reject);",
      },
    ],
  },
  {
    id: "late-failure-unhandled",
    bug: "work that fails after the abort becomes an unhandled rejection",
    caughtBy: "1.4",
    edits: [
      {
        file: "waiting.ts",
        find: "work.finally(withdraw).then(resolve, reject);",
        replace:
          "void work.finally(withdraw).then(resolve, (error) => {\n      if (signal.aborted) throw error;\n      reject(error);\n    });",
      },
    ],
  },
  {
    id: "deaf-to-what-was-before",
    bug: "a signal that has aborted already is listened to, and says nothing any more",
    caughtBy: "1.5",
    edits: [
      {
        file: "on-abort.ts",
        find: 'if (signal.aborted) listener();\n  else signal.addEventListener("abort"',
        replace: 'signal.addEventListener("abort"',
      },
    ],
  },
  {
    id: "finished-work-preferred",
    bug: "work that has settled wins against a signal that has aborted before",
    caughtBy: "1.5",
    edits: [
      {
        file: "on-abort.ts",
        find: "if (signal.aborted) listener();",
        replace: "if (signal.aborted) setTimeout(listener);",
      },
    ],
  },
  {
    id: "or-done-opens-for-nobody",
    bug: "`orDone` opens and reads its source under an aborted signal",
    caughtBy: "1.5",
    edits: [
      {
        file: "or-done.ts",
        find: "  signal.throwIfAborted();\n  const iterator",
        replace: "  const iterator",
      },
      {
        file: "or-done.ts",
        find: "      signal.throwIfAborted();\n      const step",
        replace: "      const step",
      },
    ],
  },
  {
    id: "or-done-closes-what-has-ended",
    bug: "a source that has ended by itself is closed once more",
    caughtBy: "1.6",
    edits: [{ file: "or-done.ts", find: "      if (step.done) isOpen = false;\n", replace: "" }],
  },
  {
    id: "or-done-closes-what-has-failed",
    bug: "a source that has thrown is closed once more",
    caughtBy: "1.6",
    edits: [
      {
        file: "or-done.ts",
        find: "    } catch (error) {\n      isOpen = false;",
        replace: "    } catch (error) {",
      },
    ],
  },
  {
    id: "or-done-skips-undefined",
    bug: "an `undefined` in the source is taken for its end",
    caughtBy: "1.6",
    edits: [
      {
        file: "or-done.ts",
        find: "      if (step.done) return;",
        replace: "      if (step.done || step.value === undefined) return;",
      },
    ],
  },
  {
    id: "or-done-waits-for-the-stuck",
    bug: "an abort waits until the source has been closed, which is stuck",
    caughtBy: "1.7",
    edits: [
      {
        file: "or-done.ts",
        find: "if (signal.aborted) closing.catch(() => {});\n  else await closing;",
        replace: "await closing;",
      },
    ],
  },
  {
    id: "or-done-leaves-open-at-abort",
    bug: "an abort does not close the source",
    caughtBy: "1.7",
    edits: [
      {
        file: "or-done.ts",
        find: "if (isOpen) await close",
        replace: "if (isOpen && !signal.aborted) await close",
      },
    ],
  },
  {
    id: "or-done-ends-silently",
    bug: "an abort ends the loop as if the source had ended, as in Go",
    caughtBy: "1.7",
    edits: [
      {
        file: "or-done.ts",
        find: "      const step = await underSignal(next(), signal);\n",
        replace:
          "      const step = await underSignal(next(), signal).catch((error) => {\n        if (signal.aborted) return { done: true, value: undefined } as const;\n        throw error;\n      });\n",
      },
    ],
  },
  {
    id: "or-done-reads-once-more",
    bug: "an abort while the consumer is busy is noticed only after the next value was read",
    caughtBy: "1.7",
    edits: [
      {
        file: "or-done.ts",
        find: "      signal.throwIfAborted();\n      const step",
        replace: "      const step",
      },
    ],
  },
  {
    id: "or-done-left-open",
    bug: "leaving the loop does not close the source",
    caughtBy: "1.8",
    edits: [
      {
        file: "or-done.ts",
        find: "if (isOpen) await close",
        replace: "if (isOpen && signal.aborted) await close",
      },
    ],
  },
  {
    id: "or-done-left-too-soon",
    bug: "leaving the loop does not wait until the source is closed",
    caughtBy: "1.8",
    edits: [
      {
        file: "or-done.ts",
        find: "if (signal.aborted) closing.catch(() => {});\n  else await closing;",
        replace: "closing.catch(() => {});",
      },
    ],
  },
  {
    id: "a-month-is-a-millisecond",
    bug: "a duration that `setTimeout` cannot count is accepted",
    caughtBy: "1.10",
    edits: [{ file: "duration.ts", find: "ms >= 0 && ms <= LONGEST_MS", replace: "ms >= 0" }],
  },

  // Step 2
  {
    id: "error-cancels-the-others",
    bug: "a task that fails cancels its scope, as in an error group",
    caughtBy: "2.1",
    edits: [
      {
        file: "scope.ts",
        find: "      return await task(this);\n    } finally",
        replace:
          "      return await task(this);\n    } catch (error) {\n      this.cancel(error);\n      throw error;\n    } finally",
      },
    ],
  },
  {
    id: "start-begins-later",
    bug: "`start` returns before the task has been called",
    caughtBy: "2.1",
    edits: [
      {
        file: "scope.ts",
        find: "      return await task(this);\n",
        replace: "      await null;\n      return await task(this);\n",
      },
    ],
  },
  {
    id: "shutdown-looks-like-a-client",
    bug: "the reason of the signal that the scope was given is replaced by an AbortError",
    caughtBy: "2.2",
    edits: [
      {
        file: "scope.ts",
        find: "onAbort(signal, (reason) => this.cancel(reason))",
        replace: 'onAbort(signal, () => this.cancel(new DOMException("aborted", "AbortError")))',
      },
    ],
  },
  {
    id: "layers-below-get-another-reason",
    bug: "scopes below are cancelled with an AbortError instead of the reason",
    caughtBy: "2.2",
    edits: [
      {
        file: "scope.ts",
        find: "child.cancel(this.signal.reason);\n  }\n\n  defer",
        replace: 'child.cancel(new DOMException("The parent was cancelled", "AbortError"));\n  }\n\n  defer',
      },
    ],
  },
  {
    id: "deadline-without-a-name",
    bug: "a deadline cancels with an AbortError, like everything else",
    caughtBy: "2.3",
    edits: [{ file: "errors.ts", find: '"TimeoutError"', replace: '"AbortError"' }],
  },
  {
    id: "deadline-longer-than-above",
    bug: "a scope with a time limit of its own has a later deadline than the one above",
    caughtBy: "2.4",
    edits: [
      {
        file: "scope.ts",
        find: "this.deadline = Math.min(own, inherited);",
        replace: "this.deadline = timeoutMs === undefined ? inherited : own;",
      },
    ],
  },
  {
    id: "deadline-not-inherited",
    bug: "a scope without a time limit has no deadline, although the one above has",
    caughtBy: "2.4",
    edits: [{ file: "scope.ts", find: "Math.min(own, inherited)", replace: "own" }],
  },
  {
    id: "hasty-child-ends-all",
    bug: "the deadline of a scope cancels the scope above it",
    caughtBy: "2.4",
    edits: [
      {
        file: "scope.ts",
        find: "setTimeout(() => this.cancel(timeoutError(ms)), ms)",
        replace: "setTimeout(() => (this.#parent ?? this).cancel(timeoutError(ms)), ms)",
      },
    ],
  },
  {
    id: "child-cancels-parent",
    bug: "cancelling a scope cancels the one above",
    caughtBy: "2.5",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#controller.abort(reason);\n",
        replace:
          "    this.#controller.abort(reason);\n    if (this.#parent !== undefined) this.#parent.cancel(reason);\n",
      },
    ],
  },
  {
    id: "shared-controller",
    bug: "a scope below that has no time limit of its own is the scope above",
    caughtBy: "2.5",
    edits: [
      {
        file: "scope.ts",
        find: "    return new TreeScope(options, this);",
        replace:
          '    this.#checkOpen("open a scope");\n    if (options.timeoutMs === undefined && options.values === undefined && options.signal === undefined) return this;\n    return new TreeScope(options, this);',
      },
    ],
  },
  {
    id: "child-without-its-own-signal",
    bug: "the signal that a scope below is given is not heeded",
    caughtBy: "2.5",
    edits: [
      {
        file: "scope.ts",
        find: "    return new TreeScope(options, this);",
        replace: "    return new TreeScope({ ...options, signal: undefined }, this);",
      },
    ],
  },
  {
    id: "below-hears-a-moment-later",
    bug: "`cancel` returns before the scopes below have aborted",
    caughtBy: "2.6",
    edits: [
      {
        file: "scope.ts",
        find: "    for (const child of this.#children) child.cancel(this.signal.reason);",
        replace:
          "    queueMicrotask(() => {\n      for (const child of this.#children) child.cancel(this.signal.reason);\n    });",
      },
    ],
  },
  {
    id: "grandchildren-forgotten",
    bug: "`cancel` reaches the scopes right below, and those below them hear nothing",
    caughtBy: "2.6",
    edits: [
      {
        file: "scope.ts",
        find: "    for (const child of this.#children) child.cancel(this.signal.reason);",
        replace: "    for (const child of this.#children) child.#controller.abort(this.signal.reason);",
      },
    ],
  },
  {
    id: "undefined-becomes-many-reasons",
    bug: "each scope makes a reason of its own of `cancel(undefined)`",
    caughtBy: "2.6",
    edits: [
      {
        file: "scope.ts",
        find: "    for (const child of this.#children) child.cancel(this.signal.reason);",
        replace: "    for (const child of this.#children) child.cancel(reason);",
      },
    ],
  },
  {
    id: "inherited-values-win",
    bug: "the values of the scope above come before its own",
    caughtBy: "2.7",
    edits: [
      {
        file: "scope.ts",
        find: "{ ...parent?.values, ...options.values }",
        replace: "{ ...options.values, ...parent?.values }",
      },
    ],
  },
  {
    id: "values-not-copied",
    bug: "values change when the object that was given changes",
    caughtBy: "2.7",
    edits: [
      {
        file: "scope.ts",
        find: "Object.freeze({ ...parent?.values, ...options.values })",
        replace: "parent === undefined ? (options.values ?? {}) : { ...parent.values, ...options.values }",
      },
    ],
  },
  {
    id: "begins-although-cancelled",
    bug: "a task is called although the scope has been cancelled",
    caughtBy: "2.8",
    edits: [{ file: "scope.ts", find: "    this.signal.throwIfAborted();\n", replace: "" }],
  },
  {
    id: "fresh-below-the-cancelled",
    bug: "a scope that is opened below a cancelled one is not cancelled",
    caughtBy: "2.8",
    edits: [
      {
        file: "scope.ts",
        find: "    if (this.signal.aborted) child.cancel(this.signal.reason);\n",
        replace: "",
      },
    ],
  },
  {
    id: "leaving-does-not-wait",
    bug: "leaving a scope does not wait for its tasks",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "while (this.#tasks.count > 0 || this.#children.size > 0)",
        replace: "while (this.#children.size > 0)",
      },
      { file: "scope.ts", find: "      await this.#tasks.wait();\n", replace: "" },
    ],
  },
  {
    id: "leaving-forgets-those-below",
    bug: "leaving a scope waits for its own tasks only",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "for (let scope: TreeScope | undefined = this; scope !== undefined; scope = scope.#parent) yield scope;",
        replace: "yield this;",
      },
      {
        file: "scope.ts",
        find: "while (this.#tasks.count > 0 || this.#children.size > 0)",
        replace: "while (this.#tasks.count > 0)",
      },
      {
        file: "scope.ts",
        find: "      if (child !== undefined) failures.push(...(await child.#leaveOnce()));\n",
        replace: "",
      },
    ],
  },
  {
    id: "leaving-waits-for-what-it-knows",
    bug: "leaving waits for the tasks that run when it is called, and not for those that they start",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "  async #leave(): Promise<readonly unknown[]> {\n    const failures: unknown[] = [];\n    while (this.#tasks.count > 0 || this.#children.size > 0) {\n      await this.#tasks.wait();\n",
        replace:
          "  #known: Promise<unknown>[] = [];\n  async #leave(): Promise<readonly unknown[]> {\n    const failures: unknown[] = [];\n    await Promise.allSettled([...this.#known]);\n    while (this.#children.size > 0) {\n",
      },
      {
        file: "scope.ts",
        find: "    result.catch(() => {});",
        replace: "    this.#known.push(result);\n    result.catch(() => {});",
      },
    ],
  },
  {
    id: "leaving-cancels",
    bug: "leaving a scope cancels what still runs in it",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "    const failures: unknown[] = [];\n    while",
        replace:
          '    this.cancel(new DOMException("The scope is left", "AbortError"));\n    const failures: unknown[] = [];\n    while',
      },
    ],
  },
  {
    id: "open-after-it-was-left",
    bug: "tasks are still started on a scope that has been left",
    caughtBy: "2.10",
    edits: [{ file: "scope.ts", find: '    this.#checkOpen("start a task");\n', replace: "" }],
  },
  {
    id: "children-outlive-the-left",
    bug: "scopes below one that has been left can still be used",
    caughtBy: "2.10",
    edits: [
      {
        file: "scope.ts",
        find: "while (this.#tasks.count > 0 || this.#children.size > 0)",
        replace: "while (this.#tasks.count > 0)",
      },
    ],
  },
  {
    id: "cancelled-after-it-was-left",
    bug: "a scope that has been left is still cancelled",
    caughtBy: "2.10",
    edits: [
      {
        file: "scope.ts",
        find: "if (this.#left || this.signal.aborted) return;",
        replace: "if (this.signal.aborted) return;",
      },
    ],
  },
  {
    id: "loud-results",
    bug: "a failed result that nobody looks at ends the process",
    caughtBy: "2.11",
    edits: [{ file: "scope.ts", find: "    result.catch(() => {});", replace: "" }],
  },
  {
    id: "lets-go-before-it-is-left",
    bug: "from the moment at which leaving begins, neither signal nor deadline can cancel what still runs",
    caughtBy: "2.12",
    edits: [
      {
        file: "scope.ts",
        find: "    const failures: unknown[] = [];\n    while",
        replace: "    const failures: unknown[] = [];\n    this.#bonds.dispose();\n    while",
      },
    ],
  },
  {
    id: "timer-left-after-leaving",
    bug: "the timer of a scope's deadline runs on when it has been left",
    caughtBy: "2.12",
    edits: [{ file: "scope.ts", find: "this.#bonds.defer(() => clearTimeout(timer));", replace: "timer;" }],
  },
  {
    id: "listener-left-on-the-service",
    bug: "the listener of a scope stays on the signal that it was given",
    caughtBy: "2.13",
    edits: [{ file: "scope.ts", find: "    else this.#bonds.defer(withdraw);\n", replace: "" }],
  },
  {
    id: "registry-of-all-scopes",
    bug: "a registry of open scopes, for the shutdown, from which nobody is taken out",
    caughtBy: "2.13",
    edits: [
      {
        file: "scope.ts",
        find: "class TreeScope implements Scope {",
        replace: "const open = new Set<Scope>();\n\nclass TreeScope implements Scope {",
      },
      {
        file: "scope.ts",
        find: "    this.#heed(options.signal);\n",
        replace: "    this.#heed(options.signal);\n    open.add(this);\n",
      },
    ],
  },
  {
    id: "counted-after-the-call",
    bug: "a task counts only when it has been called: one that leaves its scope in its first step is not waited for",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "    for (const scope of this.#lineage()) scope.#tasks.add();\n    try {\n      return await task(this);",
        replace:
          "    const running = Promise.try(() => task(this));\n    for (const scope of this.#lineage()) scope.#tasks.add();\n    try {\n      return await running;",
      },
    ],
  },
  {
    id: "second-leaver-does-not-wait",
    bug: "whoever leaves a scope that is being left is told at once that it has been",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "    const failures = await this.#leaveOnce();\n",
        replace:
          "    if (this.#leaving !== undefined) return;\n    const failures = await this.#leaveOnce();\n",
      },
    ],
  },
  {
    id: "below-before-itself",
    bug: "`cancel` goes through those below first: what they open above in that moment is not cancelled",
    caughtBy: "2.6",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#controller.abort(reason);\n    for (const child of this.#children) child.cancel(this.signal.reason);\n",
        replace:
          '    const given = reason ?? new DOMException("aborted", "AbortError");\n    for (const child of [...this.#children]) child.cancel(reason === null ? null : given);\n    this.#controller.abort(reason === null ? null : given);\n',
      },
    ],
  },
  {
    id: "start-gives-up-the-task",
    bug: "`start` rejects when the scope is cancelled, whatever the task does",
    caughtBy: "2.1",
    edits: [
      {
        file: "scope.ts",
        find: "      return await task(this);\n",
        replace:
          "      const value = await task(this);\n      this.signal.throwIfAborted();\n      return value;\n",
      },
    ],
  },
  {
    id: "parent-remembers-all",
    bug: "a scope keeps a list of all scopes that were ever opened below it",
    caughtBy: "2.13",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#children.add(child);\n",
        replace: "    this.#children.add(child);\n    this.#opened.push(child);\n",
      },
      {
        file: "scope.ts",
        find: "  #left = false;\n",
        replace: "  #left = false;\n  readonly #opened: TreeScope[] = [];\n",
      },
    ],
  },
  {
    id: "unchecked-time-limit",
    bug: "a scope takes any number for its time limit",
    caughtBy: "2.14",
    edits: [
      {
        file: "scope.ts",
        find: '    if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);\n',
        replace: "",
      },
    ],
  },

  // Step 3
  {
    id: "timer-left-after-success",
    bug: "a task that ends in time leaves the timer of its limit",
    caughtBy: "3.1",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal, timeoutMs: ms });",
        replace: "const scope = openScope({ signal, timeoutMs: ms });",
      },
    ],
  },
  {
    id: "timeout-abandons",
    bug: "when the time is up the caller goes on, and so does the task",
    caughtBy: "3.2",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal, timeoutMs: ms });",
        replace: "const scope = openScope({ signal, timeoutMs: ms });",
      },
      {
        file: "race.ts",
        find: "    return await scope.start(task);\n  } finally {",
        replace:
          "    return await underSignal(scope.start(task), scope.signal);\n  } finally {\n    void scope[Symbol.asyncDispose]();",
      },
      {
        file: "race.ts",
        find: 'import { openScope } from "./scope.ts";',
        replace: 'import { openScope } from "./scope.ts";\nimport { underSignal } from "./waiting.ts";',
      },
    ],
  },
  {
    id: "late-value-counts",
    bug: "what a task returns after its time is up is taken",
    caughtBy: "3.2",
    edits: [
      {
        file: "race.ts",
        find: "    scope.signal.throwIfAborted(); // Too late is too late, whatever the task returned or threw.\n",
        replace: "",
      },
    ],
  },
  {
    id: "new-error-for-the-caller",
    bug: "the caller gets a TimeoutError of its own, not the reason that the task was given",
    caughtBy: "3.2",
    edits: [
      {
        file: "race.ts",
        find: "    scope.signal.throwIfAborted(); // Too late",
        replace:
          '    signal?.throwIfAborted();\n    if (scope.signal.aborted) throw new DOMException("too late", "TimeoutError"); // Too late',
      },
    ],
  },
  {
    id: "timeout-deaf-to-its-caller",
    bug: "`withTimeout` does not pass the abort of its signal on",
    caughtBy: "3.3",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal, timeoutMs: ms });",
        replace: "signal?.throwIfAborted();\n  await using scope = openScope({ timeoutMs: ms });",
      },
    ],
  },
  {
    id: "falsy-reason-is-none",
    bug: "an abort with `null` is taken for none",
    caughtBy: "3.3",
    edits: [
      {
        file: "race.ts",
        find: "    scope.signal.throwIfAborted(); // Too late",
        replace: "    if (scope.signal.reason) throw scope.signal.reason; // Too late",
      },
    ],
  },
  {
    id: "first-settled-wins",
    bug: "the first task that settles decides, also if it fails",
    caughtBy: "3.4",
    edits: [{ file: "race.ts", find: "await Promise.any(", replace: "await Promise.race(" }],
  },
  {
    id: "race-one-by-one",
    bug: "each task is called when the one before has failed",
    caughtBy: "3.4",
    edits: [
      {
        file: "race.ts",
        find: "tasks.map((task) => scope.start(() => compete(task)))",
        replace:
          "tasks.reduce<Promise<R>[]>((line, task) => [...line, (line.at(-1) ?? Promise.reject()).then(() => Promise.reject(), () => scope.start(() => compete(task)))], [])",
      },
    ],
  },
  {
    id: "losers-not-cancelled",
    bug: "the losers of a race are not told",
    caughtBy: "3.5",
    edits: [
      {
        file: "race.ts",
        find: '    scope.cancel(new DOMException("Another task was first", "AbortError")); // Before anybody else can succeed.\n',
        replace: "",
      },
    ],
  },
  {
    id: "losers-abandoned",
    bug: "a race does not wait for its losers",
    caughtBy: "3.5",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal });",
        replace: "const scope = openScope({ signal });",
      },
      {
        file: "race.ts",
        find: "    scope.signal.throwIfAborted();\n    throw error;\n  }\n",
        replace:
          "    scope.signal.throwIfAborted();\n    throw error;\n  } finally {\n    void scope[Symbol.asyncDispose]();\n  }\n",
      },
    ],
  },
  {
    id: "errors-as-they-come",
    bug: "the errors of a race are in the order in which they came",
    caughtBy: "3.6",
    edits: [
      {
        file: "race.ts",
        find: "    const value = await task(scope);\n",
        replace:
          "    const value = await task(scope).catch((error) => {\n      errors.push(error);\n      throw error;\n    });\n",
      },
      {
        file: "race.ts",
        find: "  const compete = ",
        replace: "  const errors: unknown[] = [];\n  const compete = ",
      },
      {
        file: "race.ts",
        find: "    throw error;\n  }\n}",
        replace: "    throw errors.length === 0 ? error : new AggregateError(errors);\n  }\n}",
      },
    ],
  },
  {
    id: "winner-after-the-abort",
    bug: "a task that succeeds although it was aborted wins",
    caughtBy: "3.7",
    edits: [
      {
        file: "race.ts",
        find: "    const value = await task(scope);\n    scope.signal.throwIfAborted();\n",
        replace: "    const value = await task(scope);\n",
      },
    ],
  },
  {
    id: "abort-as-aggregate",
    bug: "an aborted race rejects with an AggregateError of the echoes",
    caughtBy: "3.7",
    edits: [
      {
        file: "race.ts",
        find: "  } catch (error) {\n    scope.signal.throwIfAborted();\n",
        replace: "  } catch (error) {\n",
      },
    ],
  },
  {
    id: "abort-takes-the-prize-back",
    bug: "an abort while the losers end takes back the success",
    caughtBy: "3.7",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal });",
        replace: "const scope = openScope({ signal });",
      },
      {
        file: "race.ts",
        find: "    throw error;\n  }\n}",
        replace:
          "    throw error;\n  } finally {\n    await scope[Symbol.asyncDispose]();\n    signal?.throwIfAborted();\n  }\n}",
      },
    ],
  },
  {
    id: "race-begins-for-nobody",
    bug: "a race calls its tasks without looking at the signal",
    caughtBy: "3.8",
    edits: [
      { file: "race.ts", find: "scope.start(() => compete(task))", replace: "Promise.try(compete, task)" },
    ],
  },
  {
    id: "looked-at-once",
    bug: "a race looks at the signal once, before its first task",
    caughtBy: "3.8",
    edits: [
      {
        file: "race.ts",
        find: "  const compete = ",
        replace: "  scope.signal.throwIfAborted();\n  const compete = ",
      },
      {
        file: "scope.ts",
        find: "    this.signal.throwIfAborted();\n",
        replace: "",
      },
    ],
  },
  {
    id: "race-leaves-its-listener",
    bug: "a race leaves its listener on the signal",
    caughtBy: "3.9",
    edits: [
      {
        file: "race.ts",
        find: "await using scope = openScope({ signal });",
        replace: "await using scope = openScope();\n  onAbort(signal, (reason) => scope.cancel(reason));",
      },
      {
        file: "race.ts",
        find: 'import { openScope } from "./scope.ts";',
        replace: 'import { onAbort } from "./on-abort.ts";\nimport { openScope } from "./scope.ts";',
      },
    ],
  },
  {
    id: "out-of-range-is-no-limit",
    bug: "`withTimeout` takes a limit out of range for none",
    caughtBy: "3.10",
    edits: [
      {
        file: "race.ts",
        find: '  checkDuration("ms", ms);\n  await using scope = openScope({ signal, timeoutMs: ms });',
        replace:
          "  const isLimit = ms >= 0 && ms < 2 ** 31;\n  await using scope = openScope({ signal, timeoutMs: isLimit ? ms : undefined });",
      },
    ],
  },

  // Step 4
  {
    id: "clean-up-cut-short",
    bug: "a clean-up runs under the signal of the scope around it as well",
    caughtBy: "4.1",
    edits: [
      {
        file: "scope.ts",
        find: "class TreeScope implements Scope {",
        replace:
          "export const around = new AsyncLocalStorage<Scope>();\n\nclass TreeScope implements Scope {",
      },
      {
        file: "scope.ts",
        find: 'import { WaitGroup } from "@pattern-labs/primitives/wait-group";',
        replace:
          'import { AsyncLocalStorage } from "node:async_hooks";\nimport { WaitGroup } from "@pattern-labs/primitives/wait-group";',
      },
      {
        file: "scope.ts",
        find: "return await task(this);",
        replace: "return await around.run(this, () => task(this));",
      },
      {
        file: "clean-up.ts",
        find: "const { signal } = deadline;",
        replace:
          "const scope = around.getStore();\n    const signal = AbortSignal.any([deadline.signal, ...(scope ? [scope.signal] : [])]);",
      },
      {
        file: "clean-up.ts",
        find: 'import { underSignal } from "./waiting.ts";',
        replace: 'import { around } from "./scope.ts";\nimport { underSignal } from "./waiting.ts";',
      },
    ],
  },
  {
    id: "clean-up-leaves-its-timer",
    bug: "a clean-up that is done leaves the timer of its deadline",
    caughtBy: "4.2",
    edits: [{ file: "clean-up.ts", find: "    clearTimeout(timer);\n", replace: "" }],
  },
  {
    id: "clean-up-waits-for-the-deaf",
    bug: "a clean-up that ignores its signal is waited for, for as long as it likes",
    caughtBy: "4.3",
    edits: [
      {
        file: "clean-up.ts",
        find: "await underSignal(\n      Promise.try(() => task({ signal })),\n      signal,\n    );",
        replace: "await Promise.try(() => task({ signal })).finally(() => signal.throwIfAborted());",
      },
    ],
  },
  {
    id: "last-words-of-the-late",
    bug: "a clean-up that fails because its time is up is reported with that error, not with the TimeoutError",
    caughtBy: "4.3",
    edits: [
      {
        file: "clean-up.ts",
        find: "    await underSignal(\n      Promise.try(() => task({ signal })),\n      signal,\n    );",
        replace:
          '    const late = Promise.withResolvers<never>();\n    signal.addEventListener("abort", () => setTimeout(() => late.reject(signal.reason)));\n    await Promise.race([Promise.try(() => task({ signal })), late.promise]);',
      },
    ],
  },
  {
    id: "clean-up-not-told",
    bug: "a clean-up is not told that its time is up",
    caughtBy: "4.3",
    edits: [
      {
        file: "clean-up.ts",
        find: "task({ signal })",
        replace: "task({ signal: new AbortController().signal })",
      },
    ],
  },
  {
    id: "clean-ups-first-first",
    bug: "clean-ups run in the order in which they were deferred",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "for (let run = this.#cleanUps.pop(); run !== undefined; run = this.#cleanUps.pop()) {",
        replace: "for (const run of this.#cleanUps) {",
      },
    ],
  },
  {
    id: "clean-ups-all-at-once",
    bug: "all clean-ups of a scope run at the same time",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "      await run().catch((error: unknown) => failures.push(error));\n    }",
        replace:
          "      at.push(run().catch((error: unknown) => failures.push(error)));\n    }\n    await Promise.all(at);",
      },
      {
        file: "scope.ts",
        find: "    this.#left = true; // In",
        replace: "    const at: Promise<unknown>[] = [];\n    this.#left = true; // In",
      },
    ],
  },
  {
    id: "clean-up-while-tasks-run",
    bug: "clean-ups run as soon as the scope is cancelled, while its tasks still put their things away",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "while (this.#tasks.count > 0 || this.#children.size > 0)",
        replace: "while (!this.signal.aborted && (this.#tasks.count > 0 || this.#children.size > 0))",
      },
      {
        file: "scope.ts",
        find: "await this.#tasks.wait();",
        replace:
          "await Promise.race([this.#tasks.wait(), new Promise((resolve) => onAbort(this.signal, resolve))]);",
      },
    ],
  },
  {
    id: "no-clean-up-when-cancelled",
    bug: "what was deferred is forgotten when the scope is cancelled",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#controller.abort(reason);\n",
        replace: "    this.#cleanUps.length = 0;\n    this.#controller.abort(reason);\n",
      },
    ],
  },
  {
    id: "first-failure-ends-cleaning",
    bug: "a clean-up that fails keeps the others from running",
    caughtBy: "4.5",
    edits: [
      {
        file: "scope.ts",
        find: "      await run().catch((error: unknown) => failures.push(error));",
        replace:
          "      await run().catch((error: unknown) => failures.push(error));\n      if (failures.length > 0) break;",
      },
    ],
  },
  {
    id: "deadline-runs-from-the-deferring",
    bug: "the deadline of a clean-up counts from the moment at which it was deferred",
    caughtBy: "4.5",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#cleanUps.push(() => cleanUp(task, { deadlineMs }));",
        replace:
          "    const until = performance.now() + deadlineMs;\n    this.#cleanUps.push(() => cleanUp(task, { deadlineMs: Math.max(0, until - performance.now()) }));",
      },
    ],
  },
  {
    id: "clean-up-fails-in-silence",
    bug: "nobody hears of a clean-up that failed",
    caughtBy: "4.5",
    edits: [{ file: "scope.ts", find: "    if (failures.length === 1) throw failures[0];\n", replace: "" }],
  },
  {
    id: "cleaned-up-twice",
    bug: "leaving a scope a second time finds no errors any more",
    caughtBy: "4.5",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#leaving ??= this.#leave();\n",
        replace: "    this.#leaving = this.#leave();\n",
      },
    ],
  },
  {
    id: "failures-below-are-lost",
    bug: "nobody hears of a clean-up that failed in a scope below",
    caughtBy: "4.6",
    edits: [
      {
        file: "scope.ts",
        find: "failures.push(...(await child.#leaveOnce()));",
        replace: "await child.#leaveOnce();",
      },
    ],
  },
  {
    id: "failures-below-are-nested",
    bug: "the errors of scopes below are errors within errors",
    caughtBy: "4.6",
    edits: [
      {
        file: "scope.ts",
        find: "failures.push(...(await child.#leaveOnce()));",
        replace:
          "await child[Symbol.asyncDispose]().catch((error: unknown) => failures.push(new AggregateError([error])));",
      },
    ],
  },
  {
    id: "clean-ups-from-above-to-below",
    bug: "the clean-ups of a scope run before those of the scopes below it",
    caughtBy: "4.6",
    edits: [
      {
        file: "scope.ts",
        find: "    while (this.#tasks.count > 0 || this.#children.size > 0) {",
        replace:
          "    await this.#tasks.wait();\n    for (let run = this.#cleanUps.pop(); run !== undefined; run = this.#cleanUps.pop()) {\n      await run().catch((error: unknown) => failures.push(error));\n    }\n    while (this.#tasks.count > 0 || this.#children.size > 0) {",
      },
      {
        file: "scope.ts",
        find: "    for (let run = this.#cleanUps.pop(); run !== undefined; run = this.#cleanUps.pop()) {\n      await run().catch((error: unknown) => failures.push(error));\n    }\n    if (this.#parent",
        replace: "    if (this.#parent",
      },
    ],
  },
  {
    id: "deferred-for-ever",
    bug: "a scope that has been left still takes clean-ups, and never runs them",
    caughtBy: "4.7",
    edits: [{ file: "scope.ts", find: '    this.#checkOpen("defer a clean-up");\n', replace: "" }],
  },
  {
    id: "left-only-when-clean",
    bug: "clean-ups can still start tasks, which nobody waits for",
    caughtBy: "4.7",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#left = true; // In the same breath: no task can begin in between.\n",
        replace: "",
      },
      {
        file: "scope.ts",
        find: "    if (this.#parent !== undefined) this.#parent.#children.delete(this);\n",
        replace:
          "    this.#left = true;\n    if (this.#parent !== undefined) this.#parent.#children.delete(this);\n",
      },
    ],
  },
  {
    id: "any-deadline-for-clean-ups",
    bug: "`defer` takes any number for a deadline",
    caughtBy: "4.9",
    edits: [
      {
        file: "scope.ts",
        find: '    checkDuration("deadlineMs", deadlineMs);\n',
        replace: "",
      },
    ],
  },

  // Challenges
  {
    id: "hedges-at-once",
    bug: "the second is called right away: every request is two",
    caughtBy: "hedging.5",
    edits: [{ file: "challenges/hedge.ts", find: "await sleep(afterMs, {", replace: "await sleep(0, {" }],
  },
  {
    id: "hedges-the-answered",
    bug: "the second is called although the first has answered",
    caughtBy: "hedging.1",
    edits: [{ file: "challenges/hedge.ts", find: "    told.throwIfAborted();\n", replace: "" }],
  },
  {
    id: "waits-after-a-failure",
    bug: "when the first has failed, the second is called only after the delay",
    caughtBy: "hedging.3",
    edits: [{ file: "challenges/hedge.ts", find: "      failed.abort();\n", replace: "" }],
  },
  {
    id: "gives-up-the-first",
    bug: "the first is cancelled when the second is called: a retry, and no hedge",
    caughtBy: "hedging.1",
    edits: [
      {
        file: "challenges/hedge.ts",
        find: "return await first(options);",
        replace: "return await withTimeout(first, { ms: afterMs, ...options });",
      },
      {
        file: "challenges/hedge.ts",
        find: 'import { firstOf } from "../race.ts";',
        replace: 'import { firstOf, withTimeout } from "../race.ts";',
      },
    ],
  },
  {
    id: "microtask-is-no-turn",
    bug: "a long computation gives way to microtasks only",
    caughtBy: "turns.2",
    edits: [
      {
        file: "challenges/run-in-turns.ts",
        find: "new Promise<void>((resolve) => setImmediate(resolve))",
        replace: "Promise.resolve()",
      },
    ],
  },
  {
    id: "computes-on",
    bug: "a long computation looks at its signal only before it begins",
    caughtBy: "turns.3",
    edits: [
      {
        file: "challenges/run-in-turns.ts",
        find: "  for (;;) {\n    signal.throwIfAborted();\n",
        replace: "  signal.throwIfAborted();\n  for (;;) {\n",
      },
    ],
  },
  {
    id: "generator-left-open",
    bug: "the work of a computation that was aborted is not closed",
    caughtBy: "turns.3",
    edits: [
      { file: "challenges/run-in-turns.ts", find: "using steps = work;", replace: "const steps = work;" },
    ],
  },
  {
    id: "computes-first-looks-later",
    bug: "a computation takes its first steps before it looks at its signal",
    caughtBy: "turns.4",
    edits: [
      {
        file: "challenges/run-in-turns.ts",
        find: "    signal.throwIfAborted();\n    for",
        replace: "    for",
      },
      {
        file: "challenges/run-in-turns.ts",
        find: "    await turnOfOthers();\n",
        replace: "    signal.throwIfAborted();\n    await turnOfOthers();\n    signal.throwIfAborted();\n",
      },
    ],
  },
  {
    id: "thread-killed-at-once",
    bug: "an abort ends the thread by force, without telling it",
    caughtBy: "thread.2",
    edits: [
      {
        file: "challenges/run-in-thread.ts",
        find: "grace = setTimeout(() => void thread.terminate(), graceMs);",
        replace: "void thread.terminate();",
      },
      // It would see the flag in time now and then.
      {
        file: "challenges/run-in-thread.ts",
        find: "Atomics.store(cancelled, 0, 1); // A thread that computes reads no messages, but it can look at memory.",
        replace: "void cancelled;",
      },
    ],
  },
  {
    id: "thread-late-result-counts",
    bug: "what a thread returns after the abort is taken",
    caughtBy: "thread.2",
    edits: [
      {
        file: "challenges/run-in-thread.ts",
        find: "    clearTimeout(grace);\n    signal.throwIfAborted();\n",
        replace: "    clearTimeout(grace);\n",
      },
    ],
  },
  {
    id: "thread-dies-in-silence",
    bug: "the error of a thread is lost",
    caughtBy: "thread.4",
    edits: [
      {
        file: "challenges/run-in-thread.ts",
        find: "settle = () => reject(error);",
        replace: "void error;",
      },
    ],
  },
  {
    id: "layer-spends-for-those-below",
    bug: "the time of a layer includes that of the layers below",
    caughtBy: "budget.2",
    edits: [
      {
        file: "challenges/budget.ts",
        find: "    if (this.#running === 0) this.#place.layer?.ownTime.stop();\n",
        replace: "",
      },
    ],
  },
  {
    id: "first-of-several-gives-back",
    bug: "a layer spends again as soon as the first of several layers below has ended",
    caughtBy: "budget.3",
    edits: [
      {
        file: "challenges/budget.ts",
        find: 'if (this.#running === 0 && this.#place.layer?.state === "running")',
        replace: 'if (this.#place.layer?.state === "running")',
      },
    ],
  },
  {
    id: "layer-takes-all-that-is-left",
    bug: "`atMostMs` is not heeded",
    caughtBy: "budget.1",
    edits: [{ file: "challenges/budget.ts", find: "child({ timeoutMs: atMostMs })", replace: "child()" }],
  },
  {
    id: "cancelled-counts-as-failed",
    bug: "the report does not tell a layer that was cancelled from one that failed",
    caughtBy: "budget.4",
    edits: [
      {
        file: "challenges/budget.ts",
        find: 'scope.signal.aborted ? "cancelled" : "failed"',
        replace: '"failed"',
      },
    ],
  },
]);
