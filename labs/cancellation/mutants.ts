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
    kind: "left-behind",
    caughtBy: "1.1",
    edits: [{ file: "waiting.ts", find: "    clearTimeout(timer);\n", replace: "" }],
  },
  {
    id: "generic-abort-error",
    bug: "`sleep` rejects with an AbortError of its own instead of the reason",
    kind: "wrong-error",
    caughtBy: "1.1",
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
    id: "late-failure-unhandled",
    bug: "work that fails after the abort becomes an unhandled rejection",
    kind: "unhandled",
    caughtBy: "1.2",
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
    kind: "deaf",
    caughtBy: "1.3",
    edits: [
      {
        file: "on-abort.ts",
        find: 'if (signal.aborted) listener();\n  else signal.addEventListener("abort"',
        replace: 'signal.addEventListener("abort"',
      },
    ],
  },
  {
    id: "or-done-skips-undefined",
    bug: "an `undefined` in the source is taken for its end",
    kind: "misread",
    caughtBy: "1.4",
    edits: [
      {
        file: "or-done.ts",
        find: "      if (step.done) return;",
        replace: "      if (step.done || step.value === undefined) return;",
      },
    ],
  },
  {
    id: "or-done-ends-silently",
    bug: "an abort ends the loop as if the source had ended, as in Go",
    kind: "swallowed",
    caughtBy: "1.5",
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
    id: "or-done-waits-for-the-stuck",
    bug: "an abort waits until the source has been closed, which is stuck",
    kind: "too-long",
    caughtBy: "1.5",
    edits: [
      {
        file: "or-done.ts",
        find: "if (signal.aborted) closing.catch(() => {});\n  else await closing;",
        replace: "await closing;",
      },
    ],
  },
  {
    id: "or-done-hears-only-later",
    bug: "the abort is listened to once the source has been asked: one that comes within that call is never heard",
    kind: "deaf",
    caughtBy: "1.5",
    edits: [
      {
        file: "or-done.ts",
        find: "await underSignal(next(), signal);",
        replace:
          'await new Promise<IteratorResult<T>>((resolve, reject) => {\n        const reading = next();\n        const hear = () => reject(signal.reason);\n        signal.addEventListener("abort", hear, { once: true });\n        reading.finally(() => signal.removeEventListener("abort", hear)).then(resolve, reject);\n      });',
      },
    ],
  },
  {
    id: "or-done-leaves-open-at-abort",
    bug: "an abort does not close the source",
    kind: "left-open",
    caughtBy: "1.6",
    edits: [
      {
        file: "or-done.ts",
        find: "if (isOpen) await close",
        replace: "if (isOpen && !signal.aborted) await close",
      },
    ],
  },
  {
    id: "or-done-left-open",
    bug: "leaving the loop does not close the source",
    kind: "left-open",
    caughtBy: "1.6",
    edits: [
      {
        file: "or-done.ts",
        find: "if (isOpen) await close",
        replace: "if (isOpen && signal.aborted) await close",
      },
    ],
  },
  {
    id: "listener-left-when-work-fails",
    bug: "work that fails leaves its listener on the signal; work that succeeds does not",
    kind: "left-behind",
    caughtBy: "1.7",
    edits: [
      {
        file: "waiting.ts",
        find: "work.finally(withdraw).then(resolve, reject);",
        replace: "work.then((value) => {\n      withdraw();\n      resolve(value);\n    }, reject);",
      },
    ],
  },

  // Step 2
  {
    id: "error-cancels-the-others",
    bug: "a task that fails cancels its scope, as in an error group",
    kind: "contagion",
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
    id: "loud-results",
    bug: "a failed result that nobody looks at ends the process",
    kind: "unhandled",
    caughtBy: "2.1",
    edits: [{ file: "scope.ts", find: "    result.catch(() => {});", replace: "" }],
  },
  {
    id: "shutdown-looks-like-a-client",
    bug: "the reason of the signal that the scope was given is replaced by an AbortError",
    kind: "wrong-error",
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
    id: "deadline-longer-than-above",
    bug: "a scope with a time limit of its own has a later deadline than the one above",
    kind: "deadline",
    caughtBy: "2.3",
    edits: [
      {
        file: "scope.ts",
        find: "this.deadline = Math.min(own, inherited);",
        replace: "this.deadline = timeoutMs === undefined ? inherited : own;",
      },
    ],
  },
  {
    id: "child-cancels-parent",
    bug: "cancelling a scope cancels the one above",
    kind: "contagion",
    caughtBy: "2.4",
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
    id: "below-hears-a-moment-later",
    bug: "`cancel` returns before the scopes below have aborted",
    kind: "gap",
    caughtBy: "2.5",
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
    id: "inherited-values-win",
    bug: "the values of the scope above come before its own",
    kind: "scope",
    caughtBy: "2.6",
    edits: [
      {
        file: "scope.ts",
        find: "{ ...parent?.values, ...options.values }",
        replace: "{ ...options.values, ...parent?.values }",
      },
    ],
  },
  {
    id: "begins-although-cancelled",
    bug: "a task is called although the scope has been cancelled",
    kind: "deaf",
    caughtBy: "2.7",
    edits: [{ file: "scope.ts", find: "    this.signal.throwIfAborted();\n", replace: "" }],
  },
  {
    id: "fresh-below-the-cancelled",
    bug: "a scope that is opened below a cancelled one is not cancelled",
    kind: "deaf",
    caughtBy: "2.7",
    edits: [
      {
        file: "scope.ts",
        find: "    if (this.signal.aborted) child.cancel(this.signal.reason);\n",
        replace: "",
      },
    ],
  },
  {
    id: "leaving-forgets-those-below",
    bug: "leaving a scope waits for its own tasks only",
    kind: "too-early",
    caughtBy: "2.8",
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
    kind: "too-early",
    caughtBy: "2.8",
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
    kind: "lost",
    caughtBy: "2.8",
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
    id: "second-leaver-does-not-wait",
    bug: "whoever leaves a scope that is being left is told at once that it has been",
    kind: "too-early",
    caughtBy: "2.8",
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
    id: "children-outlive-the-left",
    bug: "scopes below one that has been left can still be used",
    kind: "too-late",
    caughtBy: "2.9",
    edits: [
      {
        file: "scope.ts",
        find: "while (this.#tasks.count > 0 || this.#children.size > 0)",
        replace: "while (this.#tasks.count > 0)",
      },
    ],
  },
  {
    id: "lets-go-before-it-is-left",
    bug: "from the moment at which leaving begins, neither signal nor deadline can cancel what still runs",
    kind: "deaf",
    caughtBy: "2.10",
    edits: [
      {
        file: "scope.ts",
        find: "    const failures: unknown[] = [];\n    while",
        replace: "    const failures: unknown[] = [];\n    this.#bonds.dispose();\n    while",
      },
    ],
  },
  {
    id: "listener-left-on-the-service",
    bug: "the listener of a scope stays on the signal that it was given",
    kind: "left-behind",
    caughtBy: "2.10",
    edits: [{ file: "scope.ts", find: "    else this.#bonds.defer(withdraw);\n", replace: "" }],
  },
  {
    id: "cancelled-from-the-beginning-kept-for-ever",
    bug: "a scope that is cancelled from the beginning, by its own signal, stays among those of the scope above when it has been left",
    kind: "growth",
    caughtBy: "2.10",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#heed(options.signal);\n",
        replace:
          "    this.#heed(options.signal);\n    this.#wasCancelledAtOnce = parent?.signal.aborted === false && this.signal.aborted;\n",
      },
      {
        file: "scope.ts",
        find: "  #left = false;\n",
        replace: "  #left = false;\n  readonly #wasCancelledAtOnce: boolean;\n",
      },
      {
        file: "scope.ts",
        find: "    if (this.#parent !== undefined) this.#parent.#children.delete(this);\n",
        replace:
          "    if (this.#parent !== undefined && !this.#wasCancelledAtOnce) this.#parent.#children.delete(this);\n",
      },
      {
        file: "scope.ts",
        find: "    while (this.#tasks.count > 0 || this.#children.size > 0) {\n      await this.#tasks.wait();\n      const [child] = this.#children;\n",
        replace:
          "    const next = () => [...this.#children].find((child) => !child.#left || !child.#wasCancelledAtOnce);\n    while (this.#tasks.count > 0 || next() !== undefined) {\n      await this.#tasks.wait();\n      const child = next();\n",
      },
    ],
  },

  // Step 3
  {
    id: "timer-left-after-success",
    bug: "a task that ends in time leaves the timer of its limit",
    kind: "left-behind",
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
    kind: "untold",
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
    kind: "too-late",
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
    id: "later-abort-wins",
    bug: "`withTimeout` rejects with the reason of an abort that came when the time was up already",
    kind: "too-late",
    caughtBy: "3.3",
    edits: [
      {
        file: "race.ts",
        find: "    scope.signal.throwIfAborted(); // Too late",
        replace: "    signal?.throwIfAborted();\n    scope.signal.throwIfAborted(); // Too late",
      },
    ],
  },
  {
    id: "first-settled-wins",
    bug: "the first task that settles decides, also if it fails",
    kind: "contagion",
    caughtBy: "3.4",
    edits: [{ file: "race.ts", find: "await Promise.any(", replace: "await Promise.race(" }],
  },
  {
    id: "losers-not-cancelled",
    bug: "the losers of a race are not told",
    kind: "untold",
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
    kind: "too-early",
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
    kind: "order",
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
    kind: "too-late",
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
    kind: "wrong-error",
    caughtBy: "3.7",
    edits: [
      {
        file: "race.ts",
        find: "  } catch (error) {\n    scope.signal.throwIfAborted();\n",
        replace: "  } catch (error) {\n",
      },
    ],
  },

  // Step 4
  {
    id: "clean-up-cut-short",
    bug: "a clean-up runs under the signal of the scope around it as well",
    kind: "shutdown",
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
    id: "clean-up-waits-for-the-deaf",
    bug: "a clean-up that ignores its signal is waited for, for as long as it likes",
    kind: "too-long",
    caughtBy: "4.2",
    edits: [
      {
        file: "clean-up.ts",
        find: "await underSignal(\n      Promise.try(() => task({ signal })),\n      signal,\n    );",
        replace: "await Promise.try(() => task({ signal })).finally(() => signal.throwIfAborted());",
      },
    ],
  },
  {
    id: "clean-ups-first-first",
    bug: "clean-ups run in the order in which they were deferred",
    kind: "shutdown",
    caughtBy: "4.3",
    edits: [
      {
        file: "scope.ts",
        find: "for (let run = this.#cleanUps.pop(); run !== undefined; run = this.#cleanUps.pop()) {",
        replace: "for (const run of this.#cleanUps) {",
      },
    ],
  },
  {
    id: "clean-up-while-tasks-run",
    bug: "clean-ups run as soon as the scope is cancelled, while its tasks still put their things away",
    kind: "shutdown",
    caughtBy: "4.3",
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
    id: "first-failure-ends-cleaning",
    bug: "a clean-up that fails keeps the others from running",
    kind: "contagion",
    caughtBy: "4.4",
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
    id: "failures-below-are-lost",
    bug: "nobody hears of a clean-up that failed in a scope below",
    kind: "swallowed",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "failures.push(...(await child.#leaveOnce()));",
        replace: "await child.#leaveOnce();",
      },
    ],
  },
  {
    id: "failures-below-are-taken-apart",
    bug: "an AggregateError that a clean-up below has thrown is taken for one of several clean-ups, and taken apart",
    kind: "wrong-error",
    caughtBy: "4.4",
    edits: [
      {
        file: "scope.ts",
        find: "failures.push(...(await child.#leaveOnce()));",
        replace:
          "{\n        await child[Symbol.asyncDispose]().catch((error: unknown) => {\n          failures.push(...(error instanceof AggregateError ? error.errors : [error]));\n        });\n      }",
      },
    ],
  },
  {
    id: "clean-ups-from-above-to-below",
    bug: "the clean-ups of a scope run before those of the scopes below it",
    kind: "shutdown",
    caughtBy: "4.5",
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
    id: "nobody-looks-again",
    bug: "leaving waits for the tasks, then for the scopes below; nobody looks whether those have started a task above",
    kind: "too-early",
    caughtBy: "4.5",
    edits: [
      {
        file: "scope.ts",
        find: "    while (this.#tasks.count > 0 || this.#children.size > 0) {\n      await this.#tasks.wait();\n",
        replace:
          "    while (this.#tasks.count > 0) await this.#tasks.wait();\n    while (this.#children.size > 0) {\n",
      },
    ],
  },
  {
    id: "left-only-when-clean",
    bug: "clean-ups can still start tasks, which nobody waits for",
    kind: "too-late",
    caughtBy: "4.6",
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
    id: "no-clean-up-when-cancelled",
    bug: "what was deferred is forgotten when the scope is cancelled",
    kind: "shutdown",
    caughtBy: "4.7",
    edits: [
      {
        file: "scope.ts",
        find: "    this.#controller.abort(reason);\n",
        replace: "    this.#cleanUps.length = 0;\n    this.#controller.abort(reason);\n",
      },
    ],
  },
  {
    id: "unchecked-time-limit",
    bug: "a scope takes any number for its time limit",
    kind: "unchecked",
    caughtBy: "4.8",
    edits: [
      {
        file: "scope.ts",
        find: '    if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);\n',
        replace: "",
      },
    ],
  },

  // Challenges
  {
    id: "hedges-the-answered",
    bug: "the second is called although the first has answered",
    kind: "resilience",
    caughtBy: "hedging.1",
    edits: [{ file: "challenges/hedge.ts", find: "    told.throwIfAborted();\n", replace: "" }],
  },
  {
    id: "waits-after-a-failure",
    bug: "when the first has failed, the second is called only after the delay",
    kind: "resilience",
    caughtBy: "hedging.3",
    edits: [{ file: "challenges/hedge.ts", find: "      failed.abort();\n", replace: "" }],
  },
  {
    id: "gives-up-the-first",
    bug: "the first is cancelled when the second is called: a retry, and no hedge",
    kind: "resilience",
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
    kind: "blocking",
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
    kind: "blocking",
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
    id: "thread-waits-for-its-module",
    bug: "the result is given only when nothing that the module began keeps the thread alive",
    kind: "too-long",
    caughtBy: "thread.1",
    edits: [
      {
        // The code of the thread itself is loaded as it stands, so another takes its place.
        file: "challenges/run-in-thread.ts",
        find: 'new Worker(new URL("./thread-main.ts", import.meta.url), { workerData })',
        replace:
          'new Worker(`const { parentPort, workerData } = require("node:worker_threads"); const { module, input, cancelled } = workerData; import(module).then(({ default: compute }) => parentPort.postMessage(compute(input, () => Atomics.load(cancelled, 0) === 1)));`, { workerData, eval: true })',
      },
    ],
  },
  {
    id: "thread-killed-at-once",
    bug: "an abort ends the thread by force, without telling it",
    kind: "untold",
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
        find: "    Atomics.store(cancelled, 0, 1); // A thread that computes reads no messages, but it can look at memory.\n",
        replace: "",
      },
    ],
  },
  {
    id: "thread-dies-in-silence",
    bug: "the error of a thread is lost",
    kind: "swallowed",
    caughtBy: "thread.4",
    edits: [
      {
        file: "challenges/run-in-thread.ts",
        find: 'thread.once("error", outcome.reject);',
        replace: 'thread.once("error", () => {});',
      },
    ],
  },
  {
    id: "layer-spends-for-those-below",
    bug: "the time of a layer includes that of the layers below",
    kind: "counts",
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
    kind: "counts",
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
    kind: "deadline",
    caughtBy: "budget.1",
    edits: [{ file: "challenges/budget.ts", find: "child({ timeoutMs: atMostMs })", replace: "child()" }],
  },
]);
