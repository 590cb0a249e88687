import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "starts-together",
    bug: "all resources are started at the same time",
    caughtBy: "1.1",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    for (const resource of this.#resources) {",
        replace:
          "    for (const resource of this.#resources) void resource.start?.({ signal: this.#deadline.signal });\n    for (const resource of this.#resources) {",
      },
    ],
  },
  {
    id: "starts-without-waiting",
    bug: "the next one is started although the one before is not ready yet",
    caughtBy: "1.1",
    edits: [
      {
        file: "lifecycle.ts",
        find: "turn.begin(async (options) => await resource.start?.(options));",
        replace: "turn.begin(async (options) => void resource.start?.(options));",
      },
    ],
  },
  {
    id: "order-of-registration",
    bug: "resources are stopped in the order in which they were started: the store before the workers that use it",
    caughtBy: "1.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "for (let resource = this.#ready.pop(); resource !== undefined; resource = this.#ready.pop()) {",
        replace:
          "for (let resource = this.#ready.shift(); resource !== undefined; resource = this.#ready.shift()) {",
      },
    ],
  },
  {
    id: "stops-together",
    bug: "all are stopped at the same time, with Promise.all",
    caughtBy: "1.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    for (let resource = this.#ready.pop(); resource !== undefined; resource = this.#ready.pop()) {\n      this.#ledger.note(resource.name, await this.#stopOne(resource));\n    }",
        replace:
          "    const all = this.#ready.splice(0).reverse();\n    await Promise.all(all.map(async (resource) => this.#ledger.note(resource.name, await this.#stopOne(resource))));",
      },
    ],
  },
  {
    id: "stop-not-awaited",
    bug: "the next one is stopped while the one before is still at it",
    caughtBy: "1.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "turn.begin(async (options) => await resource.stop?.(options));",
        replace: "turn.begin(async (options) => void resource.stop?.(options));",
      },
    ],
  },
  {
    id: "first-failure-ends-it",
    bug: "one that fails to stop keeps the rest from stopping",
    caughtBy: "1.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ledger.note(resource.name, await this.#stopOne(resource));",
        replace:
          '      const ending = await this.#stopOne(resource);\n      this.#ledger.note(resource.name, ending);\n      if (ending.kind === "failed") break;',
      },
    ],
  },
  {
    id: "stop-rejects",
    bug: "`stop` rejects with the error of a resource",
    caughtBy: "1.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    return this.#ledger.report();",
        replace:
          "    const report = this.#ledger.report();\n    if (report.failed.length > 0) throw report.failed[0]?.error;\n    return report;",
      },
    ],
  },
  {
    id: "errors-wrapped",
    bug: "errors are made texts before they are reported",
    caughtBy: "1.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "this.#failed.push({ name, error: ending.error });",
        replace: "this.#failed.push({ name, error: new Error(String(ending.error)) });",
      },
    ],
  },
  {
    id: "sync-throw-escapes",
    bug: "a `stop` that throws instead of rejecting breaks the loop",
    caughtBy: "1.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "turn.begin(async (options) => await resource.stop?.(options)); // Even",
        replace: "turn.begin((options) => resource.stop?.(options) ?? Promise.resolve()); // Even",
      },
      {
        file: "turn.ts",
        find: "    Promise.try(task, { signal: this.#controller.signal }).then(",
        replace: "    task({ signal: this.#controller.signal }).then(",
      },
    ],
  },
  {
    id: "failed-start-leaves-open",
    bug: "after a failed start what was started stays open",
    caughtBy: "1.4",
    edits: [
      {
        file: "lifecycle.ts",
        find: "throw new StartError(resource.name, ending.error, await this.stop());",
        replace: "throw new StartError(resource.name, ending.error, this.#ledger.report());",
      },
    ],
  },
  {
    id: "failed-start-does-not-wait",
    bug: "`start` rejects before what was started has stopped",
    caughtBy: "1.4",
    edits: [
      {
        file: "lifecycle.ts",
        find: "throw new StartError(resource.name, ending.error, await this.stop());",
        replace:
          "{\n        void this.stop();\n        throw new StartError(resource.name, ending.error, this.#ledger.report());\n      }",
      },
    ],
  },
  {
    id: "stops-who-failed-to-start",
    bug: "the one whose start has failed is stopped, too",
    caughtBy: "1.4",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#entering = undefined;\n      if (ending",
        replace:
          '      this.#entering = undefined;\n      if (ending.kind === "failed") this.#ready.push(resource);\n      if (ending',
      },
    ],
  },
  {
    id: "cause-forgotten",
    bug: "the error says who failed, and not why",
    caughtBy: "1.4",
    edits: [{ file: "errors.ts", find: ", { cause });", replace: ");" }],
  },
  {
    id: "report-without-hooks",
    bug: "those that have no `stop` of their own are left out of the report",
    caughtBy: "1.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ledger.note(resource.name, await this.#stopOne(resource));",
        replace:
          "      const ending = await this.#stopOne(resource);\n      if (resource.stop !== undefined) this.#ledger.note(resource.name, ending);",
      },
    ],
  },
  {
    id: "only-those-with-start",
    bug: "those without a `start` are not stopped",
    caughtBy: "1.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ready.push(resource);\n    }\n    if (this.#stopping",
        replace:
          "      if (resource.start !== undefined) this.#ready.push(resource);\n    }\n    if (this.#stopping",
      },
    ],
  },
  {
    id: "stops-each-time",
    bug: "each call of `stop` stops anew",
    caughtBy: "1.6",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    this.#stopping ??= this.#stopAll();\n    return await this.#stopping.finally",
        replace: "    this.#stopping = this.#stopAll();\n    return await this.#stopping.finally",
      },
      {
        file: "lifecycle.ts",
        find: "    return this.#ledger.report();",
        replace: "    return { ...this.#ledger.report() };",
      },
    ],
  },
  {
    id: "start-from-within",
    bug: "a `start` that calls `start` begins it all again",
    caughtBy: "1.6",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    await null; // By now `#starting` is set, so that a `start` which calls this again finds it.\n",
        replace: "",
      },
    ],
  },
  {
    id: "stop-from-within",
    bug: "a `stop` that calls `stop` stops the next one while it is still at it",
    caughtBy: "1.6",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    await null; // As in `#startAll`.\n    await this.#endStart();\n",
        replace: "    if (this.#entering !== undefined) await this.#endStart();\n",
      },
    ],
  },
  {
    id: "start-goes-on",
    bug: "who was told to stop goes on starting",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break;\n      const ending",
        replace: "      const ending",
      },
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break; // Whoever stops sees to the one that was under way.\n",
        replace: "",
      },
      {
        file: "lifecycle.ts",
        find: "    if (this.#entering === undefined) return;\n    const { resource, turn } = this.#entering;",
        replace:
          "    if (this.#entering === undefined || this.#ready.length >= 0) return;\n    const { resource, turn } = this.#entering;",
      },
    ],
  },
  {
    id: "latecomer-forgotten",
    bug: "the one that was being started gets ready, and is never stopped",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: '    if (ending.kind === "ended") this.#ready.push(resource);\n    if (ending.kind',
        replace: "    if (ending.kind",
      },
    ],
  },
  {
    id: "start-not-told",
    bug: "the one that is being started is not told",
    caughtBy: "1.7",
    edits: [{ file: "lifecycle.ts", find: "    turn.tell(new StoppedError());\n", replace: "" }],
  },
  {
    id: "stop-does-not-wait-for-start",
    bug: "the one that is being started is not waited for",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    await this.#endStart();\n",
        replace: "    void this.#endStart();\n",
      },
    ],
  },
  {
    id: "start-resolves-when-stopped",
    bug: "a start that was cut short resolves as if all were ready",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    await this.#stopping;\n    throw new StoppedError();",
        replace: "    await this.#stopping;",
      },
    ],
  },
  {
    id: "start-rejects-early",
    bug: "`start` rejects at once, before all is stopped",
    caughtBy: "1.7",
    edits: [{ file: "lifecycle.ts", find: "    await this.#stopping;\n    throw", replace: "    throw" }],
  },
  {
    id: "starts-after-stop",
    bug: "a stop before the start is forgotten",
    caughtBy: "1.8",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break;\n      const ending",
        replace: "      const ending",
      },
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break; // Whoever stops sees to the one that was under way.\n",
        replace: "      if (this.#stopping !== undefined && this.#ready.length > 0) break;\n",
      },
    ],
  },
  {
    id: "names-not-checked",
    bug: "two resources may have one name",
    caughtBy: "1.9",
    edits: [{ file: "lifecycle.ts", find: "    names.add(name);\n", replace: "" }],
  },
  {
    id: "entering-not-forgotten",
    bug: "whoever was started last is taken for one that is being started, and stopped twice",
    caughtBy: "1.2",
    edits: [{ file: "lifecycle.ts", find: "      this.#entering = undefined;\n", replace: "" }],
  },
  {
    id: "latecomer-stopped-twice",
    bug: "both the start and the stop note that the one under way has got ready",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break; // Whoever stops sees to the one that was under way.",
        replace:
          '      if (this.#stopping !== undefined) {\n        if (ending.kind === "ended") this.#ready.push(resource);\n        break;\n      }',
      },
    ],
  },
  // Step 2
  {
    id: "no-limit-of-its-own",
    bug: "one that hangs holds up all others until the deadline",
    caughtBy: "2.1",
    edits: [
      {
        file: "turn.ts",
        find: "    const timer = setTimeout(() => this.#giveUp(timeout()), ms);",
        replace: "    const timer = setTimeout(() => timeout(), ms);",
      },
    ],
  },
  {
    id: "limit-from-the-beginning",
    bug: "the limits of all count from the beginning of the stop",
    caughtBy: "2.1",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    this.#limit(turn, resource);\n    turn.begin(async (options) => await resource.stop",
        replace:
          "    this.#began ??= performance.now();\n    this.#limit(turn, { ...resource, stopWithinMs: Math.max(0, resource.stopWithinMs - performance.now() + this.#began) });\n    turn.begin(async (options) => await resource.stop",
      },
      {
        file: "lifecycle.ts",
        find: "  readonly #ledger = new Ledger();",
        replace: "  readonly #ledger = new Ledger();\n  #began: number | undefined;",
      },
    ],
  },
  {
    id: "waits-for-the-told",
    bug: "one whose time is up is told, and then waited for",
    caughtBy: "2.1",
    edits: [
      {
        file: "turn.ts",
        find: '    this.#controller.abort(reason);\n    this.#ending.resolve({ kind: "given up" });',
        replace: "    this.#controller.abort(reason);",
      },
    ],
  },
  {
    id: "given-up-counts-as-failed",
    bug: "one that rejects because it was told stands among the failed",
    caughtBy: "2.1",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    else this.#forced.push(name);",
        replace: '    else this.#failed.push({ name, error: new Error("timed out") });',
      },
    ],
  },
  {
    id: "deadline-drops-the-rest",
    bug: "at the deadline those that are still to come are not called at all",
    caughtBy: "2.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ledger.note(resource.name, await this.#stopOne(resource));",
        replace:
          '      if (this.#deadline.signal.aborted) this.#ledger.note(resource.name, { kind: "given up" });\n      else this.#ledger.note(resource.name, await this.#stopOne(resource));',
      },
    ],
  },
  {
    id: "deadline-forgets-the-rest",
    bug: "at the deadline the loop ends, and the rest stands nowhere",
    caughtBy: "2.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ledger.note(resource.name, await this.#stopOne(resource));",
        replace:
          "      this.#ledger.note(resource.name, await this.#stopOne(resource));\n      if (this.#deadline.signal.aborted) break;",
      },
    ],
  },
  {
    id: "rest-called-with-live-signal",
    bug: "those that are called at the deadline do not know of it",
    caughtBy: "2.2",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    const turn = new Turn();\n    this.#limit(turn, resource);\n    turn.begin(async (options) => await resource.stop?.(options)); // Even if there is no time left: it may do something at once.",
        replace:
          "    const turn = new Turn();\n    turn.begin(async (options) => await resource.stop?.(options));\n    this.#limit(turn, resource);",
      },
    ],
  },
  {
    id: "deadline-only-tells",
    bug: "at the deadline who is under way is told, and waited for",
    caughtBy: "2.2",
    edits: [
      {
        file: "turn.ts",
        find: "    const withdraw = onAbort(deadline, () => this.#giveUp(deadline?.reason));",
        replace: "    const withdraw = onAbort(deadline, () => this.#controller.abort(deadline?.reason));",
      },
    ],
  },
  {
    id: "first-deadline-only",
    bug: "only the deadline of the first call counts",
    caughtBy: "2.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    const timer = this.#setDeadline(deadlineMs);\n    this.#stopping ??=",
        replace:
          "    const timer = this.#stopping === undefined ? this.#setDeadline(deadlineMs) : undefined;\n    this.#stopping ??=",
      },
    ],
  },
  {
    id: "last-deadline-wins",
    bug: "a later deadline replaces an earlier one",
    caughtBy: "2.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: '    return setTimeout(ring, checkDuration("deadlineMs", deadlineMs));',
        replace:
          '    clearTimeout(this.#timer);\n    this.#timer = setTimeout(ring, checkDuration("deadlineMs", deadlineMs));\n    return this.#timer;',
      },
      {
        file: "lifecycle.ts",
        find: "  readonly #ledger = new Ledger();",
        replace: "  readonly #ledger = new Ledger();\n  #timer: NodeJS.Timeout | undefined;",
      },
    ],
  },
  {
    id: "straggler-is-listed-twice",
    bug: "one that ends after it was given up is listed as stopped, too",
    caughtBy: "2.4",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    turn.begin(async (options) => await resource.stop?.(options)); // Even",
        replace:
          '    turn.begin(async (options) => {\n      await resource.stop?.(options);\n      if (options.signal.aborted) this.#ledger.note(resource.name, { kind: "ended" });\n    }); // Even',
      },
    ],
  },
  {
    id: "late-failure-unhandled",
    bug: "one that fails after it was given up becomes an unhandled rejection",
    caughtBy: "2.4",
    edits: [
      {
        file: "turn.ts",
        find: '    Promise.try(task, { signal: this.#controller.signal }).then(\n      () => this.#ending.resolve({ kind: "ended" }),\n      (error: unknown) => this.#ending.resolve({ kind: "failed", error }),\n    );',
        replace:
          '    const { signal } = this.#controller;\n    void Promise.try(task, { signal }).then(\n      () => this.#ending.resolve({ kind: "ended" }),\n      (error: unknown) => {\n        if (signal.aborted) throw error;\n        this.#ending.resolve({ kind: "failed", error });\n      },\n    );',
      },
    ],
  },
  {
    id: "deaf-start-awaited",
    bug: "a start that does not heed the stop is waited for, for ever",
    caughtBy: "2.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    turn.tell(new StoppedError());\n    this.#limit(turn, resource);",
        replace: "    turn.tell(new StoppedError());",
      },
    ],
  },
  {
    id: "deaf-start-stopped",
    bug: "one whose start was given up is stopped in the middle of it",
    caughtBy: "2.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: '    if (ending.kind === "ended") this.#ready.push(resource);\n    if (ending.kind === "given up") this.#ledger.note(resource.name, ending);',
        replace: '    if (ending.kind !== "failed") this.#ready.push(resource);',
      },
    ],
  },
  {
    id: "deaf-start-unlisted",
    bug: "one whose start was given up stands nowhere",
    caughtBy: "2.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: '    if (ending.kind === "given up") this.#ledger.note(resource.name, ending);\n',
        replace: "",
      },
    ],
  },
  {
    id: "stopped-again-at-the-deadline",
    bug: "whoever is being stopped at the deadline is stopped once more",
    caughtBy: "2.6",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      this.#ledger.note(resource.name, await this.#stopOne(resource));",
        replace:
          '      const ending = await this.#stopOne(resource);\n      this.#ledger.note(resource.name, ending);\n      if (ending.kind === "given up" && this.#deadline.signal.aborted) void resource.stop?.({ signal: this.#deadline.signal }).catch(() => {});',
      },
    ],
  },
  {
    id: "deadline-timer-stays",
    bug: "the timer of the deadline keeps the process alive when all has stopped",
    caughtBy: "2.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "return await this.#stopping.finally(() => clearTimeout(timer));",
        replace: "return await this.#stopping.finally(() => void timer);",
      },
    ],
  },
  {
    id: "limit-timer-stays",
    bug: "the timer of a limit runs on when its `stop` has ended",
    caughtBy: "2.7",
    edits: [
      {
        file: "turn.ts",
        find: "      clearTimeout(timer);\n      withdraw();",
        replace: "      withdraw();",
      },
    ],
  },
  {
    id: "limits-not-checked",
    bug: "times out of range are taken",
    caughtBy: "2.8",
    edits: [
      {
        file: "duration.ts",
        find: "if (value >= 0 && value <= LONGEST_TIMER_MS) return value;",
        replace: "if (value !== undefined) return value;",
      },
    ],
  },
  // Step 3
  {
    id: "sigint-not-heard",
    bug: "only SIGTERM is listened for",
    caughtBy: "3.1",
    edits: [{ file: "supervise.ts", find: '    ["SIGINT", () => this.#onSignal("SIGINT")],\n', replace: "" }],
  },
  {
    id: "status-128-for-the-first",
    bug: "an orderly end has the status of the signal",
    caughtBy: "3.1",
    edits: [
      {
        file: "supervise.ts",
        find: "    if (this.#signals === 1) void this.#end();",
        replace:
          "    if (this.#signals === 1) {\n      this.#status = 128 + constants.signals[signal];\n      void this.#end();\n    }",
      },
    ],
  },
  {
    id: "naive-exit",
    bug: "a signal ends the process at once",
    caughtBy: "3.1",
    edits: [
      {
        file: "supervise.ts",
        find: "    if (this.#signals === 1) void this.#end();\n    else this.#force(signal);",
        replace: "    void signal;\n    this.#exit(0);",
      },
    ],
  },
  {
    id: "failure-exits-with-0",
    bug: "what failed does not show in the status",
    caughtBy: "3.2",
    edits: [
      {
        file: "supervise.ts",
        find: "|| !isClean(report)) this.#status = 1;",
        replace: "|| isClean(report) === undefined) this.#status = 1;",
      },
    ],
  },
  {
    id: "forced-exits-with-0",
    bug: "what was given up does not show in the status",
    caughtBy: "3.2",
    edits: [
      {
        file: "supervise.ts",
        find: "failed.length === 0 && forced.length === 0;",
        replace: "failed.length === 0 && forced.length >= 0;",
      },
    ],
  },
  {
    id: "deadline-not-passed-on",
    bug: "the lifecycle is stopped without the deadline",
    caughtBy: "3.2",
    edits: [
      {
        file: "supervise.ts",
        find: "this.#lifecycle.stop({ deadlineMs: this.#options.deadlineMs });",
        replace: "this.#lifecycle.stop();",
      },
    ],
  },
  {
    id: "exit-before-flush",
    bug: "the process exits while the log is being written",
    caughtBy: "3.3",
    edits: [
      {
        file: "supervise.ts",
        find: "if (!(await this.#flush()) || !isClean(report)) this.#status = 1;",
        replace: "void this.#flush();\n    if (!isClean(report)) this.#status = 1;",
      },
    ],
  },
  {
    id: "flush-skipped-after-a-failure",
    bug: "where something failed to stop, the log is not flushed",
    caughtBy: "3.3",
    edits: [
      {
        file: "supervise.ts",
        find: "if (!(await this.#flush()) || !isClean(report)) this.#status = 1;",
        replace: "if (!isClean(report) || !(await this.#flush())) this.#status = 1;",
      },
    ],
  },
  {
    id: "flush-before-stop",
    bug: "the log is flushed first, and what the stopping says is lost",
    caughtBy: "3.3",
    edits: [
      {
        file: "supervise.ts",
        find: "    const report = await this.#lifecycle",
        replace: "    const isFlushed = await this.#flush();\n    const report = await this.#lifecycle",
      },
      {
        file: "supervise.ts",
        find: "if (!(await this.#flush()) || ",
        replace: "if (!isFlushed || ",
      },
    ],
  },
  {
    id: "second-signal-ignored",
    bug: "a second signal is ignored: one has to wait, or kill",
    caughtBy: "3.4",
    edits: [{ file: "supervise.ts", find: "    else this.#force(signal);\n", replace: "" }],
  },
  {
    id: "force-with-status-of-the-first",
    bug: "the second signal's status is that of the first",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#signals += 1;\n",
        replace: "    this.#signals += 1;\n    this.#first ??= signal;\n",
      },
      { file: "supervise.ts", find: "this.#force(signal);", replace: "this.#force(this.#first);" },
      {
        file: "supervise.ts",
        find: "  #signals = 0;",
        replace: "  #signals = 0;\n  #first: Signal | undefined;",
      },
    ],
  },
  {
    id: "force-waits-for-the-log",
    bug: "a second signal waits until the log is flushed",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "    void this.#flush(); // What it writes synchronously is written.\n    this.#exit(128 + constants.signals[signal]);",
        replace: "    void this.#flush().then(() => this.#exit(128 + constants.signals[signal]));",
      },
    ],
  },
  {
    id: "force-without-flush",
    bug: "a second signal exits without calling `flush`",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "    void this.#flush(); // What it writes synchronously is written.\n",
        replace: "    this.#flushed = true;\n",
      },
    ],
  },
  {
    id: "exits-twice",
    bug: "the road that was left by the short cut exits, too",
    caughtBy: "3.4",
    edits: [{ file: "supervise.ts", find: "    if (this.#exited) return;\n", replace: "" }],
  },
  {
    id: "fault-counts-as-signal",
    bug: "the first signal after a fault forces the end",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    this.#status = 1;\n    this.#signals += 1;\n    void this.#end();",
      },
    ],
  },
  {
    id: "fault-exits-at-once",
    bug: "an error that nobody caught ends the process on the spot",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    this.#status = 1;\n    this.#exit(1);",
      },
    ],
  },
  {
    id: "fault-exits-with-0",
    bug: "after an error that nobody caught the status is 0",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    void this.#end();",
      },
    ],
  },
  {
    id: "rejections-not-heard",
    bug: "an unhandled rejection is not listened for",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: '    ["unhandledRejection", (error) => this.#onFault(error)],\n',
        replace: "",
      },
    ],
  },
  {
    id: "second-fault-forces",
    bug: "a second fault ends it at once",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    this.#status = 1;\n    if (this.#ending) this.#exit(1);\n    void this.#end();",
      },
    ],
  },
  {
    id: "fault-while-stopping-ignored",
    bug: "a fault while it stops is no fault",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: '    if (this.#ending && error instanceof Error && error.name === "StoppedError") return;',
        replace: "    if (this.#ending) return;",
      },
    ],
  },
  {
    id: "start-cut-short-is-a-fault",
    bug: "a start that was cut short by SIGTERM makes the status 1",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: '    if (this.#ending && error instanceof Error && error.name === "StoppedError") return; // As `start` had to end.\n',
        replace: "",
      },
    ],
  },
  {
    id: "flush-failure-ignored",
    bug: "a log that was not written is no failure",
    caughtBy: "3.6",
    edits: [
      {
        file: "supervise.ts",
        find: "if (!(await this.#flush()) || !isClean(report)) this.#status = 1;",
        replace: "await this.#flush();\n    if (!isClean(report)) this.#status = 1;",
      },
    ],
  },
  {
    id: "flush-without-limit",
    bug: "a flush that hangs keeps the process for ever",
    caughtBy: "3.6",
    edits: [
      {
        file: "supervise.ts",
        find: '    turn.limit({ ms: flushWithinMs, timeout: () => new TimeoutError("flush", flushWithinMs) });\n',
        replace: "    void TimeoutError;\n    void flushWithinMs;\n",
      },
    ],
  },
  {
    id: "flush-throw-escapes",
    bug: "a flush that throws keeps the process from its exit",
    caughtBy: "3.6",
    edits: [
      {
        file: "supervise.ts",
        find: "    turn.begin(flush);",
        replace: "    const written = flush();\n    turn.begin(() => written);",
      },
    ],
  },
  {
    id: "fault-swallowed",
    bug: "an error that nobody caught is told to nobody",
    caughtBy: "3.7",
    edits: [{ file: "supervise.ts", find: '    this.#tell({ kind: "fault", error });\n', replace: "" }],
  },
  {
    id: "told-after-the-flush",
    bug: "the report is told when the log has been flushed",
    caughtBy: "3.7",
    edits: [
      {
        file: "supervise.ts",
        find: '    this.#tell({ kind: "stopped", report });\n    if (!(await this.#flush()) || !isClean(report)) this.#status = 1;',
        replace:
          '    if (!(await this.#flush()) || !isClean(report)) this.#status = 1;\n    this.#tell({ kind: "stopped", report });',
      },
    ],
  },
  {
    id: "broken-log-keeps-the-process",
    bug: "a `tell` that throws keeps the process from its end",
    caughtBy: "3.7",
    edits: [
      {
        file: "supervise.ts",
        find: "    try {\n      this.#options.tell?.(notice);\n    } catch {}",
        replace: "    this.#options.tell?.(notice);",
      },
    ],
  },
  {
    id: "listeners-stay",
    bug: "disposing leaves the listeners for faults",
    caughtBy: "3.8",
    edits: [
      {
        file: "supervise.ts",
        find: "for (const [event, listener] of this.#listeners) this.#options.host.off(event, listener);",
        replace:
          "for (const [event, listener] of this.#listeners.slice(0, 2)) this.#options.host.off(event, listener);",
      },
    ],
  },
  {
    id: "dispose-cancels-the-end",
    bug: "an end that has begun never comes to its exit once it is disposed",
    caughtBy: "3.8",
    edits: [
      {
        file: "supervise.ts",
        find: "  [Symbol.dispose](): void {",
        replace: "  [Symbol.dispose](): void {\n    this.#exited = true;",
      },
    ],
  },
  {
    id: "status-read-too-early",
    bug: "the status is decided when the stopping begins",
    caughtBy: "3.9",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#ending = true;\n",
        replace: "    this.#ending = true;\n    const status = this.#status;\n",
      },
      {
        file: "supervise.ts",
        find: "    this.#exit(this.#status);",
        replace: "    this.#exit(this.#status === 1 && !isClean(report) ? 1 : status);",
      },
    ],
  },
  {
    id: "supervise-options-not-checked",
    bug: "options out of range are noticed at the first signal",
    caughtBy: "3.10",
    edits: [
      { file: "supervise.ts", find: '  checkDuration("deadlineMs", options.deadlineMs);\n', replace: "" },
    ],
  },
  {
    id: "each-signal-has-a-first",
    bug: "SIGINT after SIGTERM counts as a first signal",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#signals += 1;\n    if (this.#signals === 1)",
        replace:
          "    const isFirst = !this.#seen.has(signal);\n    this.#seen.add(signal);\n    if (isFirst)",
      },
      { file: "supervise.ts", find: "  #signals = 0;", replace: "  readonly #seen = new Set<Signal>();" },
    ],
  },
  // Step 4
  {
    id: "readiness-last",
    bug: "readiness flips after the listener is closed",
    caughtBy: "4.1",
    edits: [
      { file: "drain-http.ts", find: "  notReady();\n  server", replace: "  server" },
      {
        file: "drain-http.ts",
        find: "    await notice(noticeMs, signal);\n    return await close(server, signal);",
        replace:
          "    const closing = close(server, signal);\n    notReady();\n    await notice(noticeMs, signal);\n    return await closing;",
      },
    ],
  },
  {
    id: "no-notice",
    bug: "the port is closed at once",
    caughtBy: "4.2",
    edits: [
      {
        file: "drain-http.ts",
        find: "    await notice(noticeMs, signal);\n",
        replace: "    await notice(0, signal);\n",
      },
    ],
  },
  {
    id: "idle-closed-during-notice",
    bug: "idle connections are closed as soon as the drain begins",
    caughtBy: "4.2",
    edits: [
      {
        file: "drain-http.ts",
        find: "  notReady();\n  server",
        replace: "  notReady();\n  server.closeIdleConnections();\n  server",
      },
    ],
  },
  {
    id: "never-says-close",
    bug: "answers do not say Connection: close",
    caughtBy: "4.3",
    edits: [
      {
        file: "drain-http.ts",
        find: '  server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.\n',
        replace: "",
      },
    ],
  },
  {
    id: "says-close-last",
    bug: "the header is set by the last listener, when handlers may have answered",
    caughtBy: "4.3",
    edits: [
      {
        file: "drain-http.ts",
        find: 'server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.',
        replace:
          'server.on("request", (request, response) => {\n    try {\n      sayGoodbye(request, response);\n    } catch {}\n  });',
      },
    ],
  },
  {
    id: "says-close-after-the-notice",
    bug: "answers say Connection: close only when the notice is over",
    caughtBy: "4.3",
    edits: [
      {
        file: "drain-http.ts",
        find: '  server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.\n',
        replace: "",
      },
      {
        file: "drain-http.ts",
        find: "    await notice(noticeMs, signal);\n",
        replace: '    await notice(noticeMs, signal);\n    server.prependListener("request", sayGoodbye);\n',
      },
    ],
  },
  {
    id: "never-reaps",
    bug: "connections that fall idle later are waited for",
    caughtBy: "4.4",
    edits: [
      {
        file: "drain-http.ts",
        find: "const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);",
        replace: "const reaper = setInterval(() => server.getConnections(() => {}), REAP_EVERY_MS);",
      },
    ],
  },
  {
    id: "reaps-once",
    bug: "idle connections are looked at once more, and not again",
    caughtBy: "4.4",
    edits: [
      { file: "drain-http.ts", find: "const reaper = setInterval(", replace: "const reaper = setTimeout(" },
    ],
  },
  {
    id: "cuts-at-the-notice",
    bug: "at the end of the notice all connections are cut",
    caughtBy: "4.5",
    edits: [
      {
        file: "drain-http.ts",
        find: "  const reaper",
        replace: "  server.closeAllConnections();\n  const reaper",
      },
    ],
  },
  {
    id: "close-not-awaited",
    bug: "it resolves while connections are open",
    caughtBy: "4.5",
    edits: [
      {
        file: "drain-http.ts",
        find: "    await closed.promise;\n",
        replace: "    await Promise.race([closed.promise, null]);\n",
      },
    ],
  },
  {
    id: "patience-without-end",
    bug: "the signal is not listened to",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "  const withdraw = onAbort(signal, () => {",
        replace: "  const withdraw = onAbort(new AbortController().signal, () => {",
      },
    ],
  },
  {
    id: "abort-during-notice-ignored",
    bug: "an abort during the notice is noticed when that is over",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "  await sleep(ms, { signal }).catch(() => {}); // Out of patience: on to the end.",
        replace: "  await sleep(ms);\n  signal.aborted;",
      },
    ],
  },
  {
    id: "abort-rejects",
    bug: "an abort makes it reject, with the server still open",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "  await sleep(ms, { signal }).catch(() => {}); // Out of patience: on to the end.",
        replace: "  await sleep(ms, { signal });",
      },
    ],
  },
  {
    id: "aborted-listener-only",
    bug: "a signal that has aborted already is not noticed",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "  const withdraw = onAbort(signal, () => {\n    cut = countConnections(server);\n    server.closeAllConnections();\n  });",
        replace:
          '  const abort = () => {\n    cut = countConnections(server);\n    server.closeAllConnections();\n  };\n  signal.addEventListener("abort", abort);\n  const withdraw = () => signal.removeEventListener("abort", abort);',
      },
    ],
  },
  {
    id: "counted-after-the-cut",
    bug: "connections are counted when they have been cut",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "    cut = countConnections(server);\n    server.closeAllConnections();",
        replace: "    server.closeAllConnections();\n    cut = countConnections(server);",
      },
    ],
  },
  {
    id: "cuts-who-is-not-done-soon",
    bug: "whatever is not answered soon after the notice is cut",
    caughtBy: "4.7",
    edits: [
      {
        file: "drain-http.ts",
        find: "  const reaper",
        replace: "  setTimeout(() => server.closeAllConnections(), 1_000);\n  const reaper",
      },
    ],
  },
  {
    id: "listener-stays",
    bug: "the listener stays on the server",
    caughtBy: "4.8",
    edits: [
      {
        file: "drain-http.ts",
        find: '    server.off("request", sayGoodbye);\n',
        replace: '    server.off("request", () => {});\n',
      },
    ],
  },
  {
    id: "reaper-stays",
    bug: "the timer that looks for idle connections runs on",
    caughtBy: "4.8",
    edits: [{ file: "drain-http.ts", find: "    clearInterval(reaper);\n", replace: "" }],
  },
  {
    id: "signal-listener-stays",
    bug: "a late abort cuts whoever is there then",
    caughtBy: "4.8",
    edits: [
      {
        file: "drain-http.ts",
        find: "    clearInterval(reaper);\n    withdraw();",
        replace: "    clearInterval(reaper);",
      },
    ],
  },
  {
    id: "notice-not-checked",
    bug: "a notice out of range is taken",
    caughtBy: "4.9",
    edits: [{ file: "drain-http.ts", find: '  checkDuration("noticeMs", noticeMs);\n', replace: "" }],
  },
  {
    id: "says-close-only-during-the-notice",
    bug: "the listener is taken off when the port is closed",
    caughtBy: "4.3",
    edits: [
      {
        file: "drain-http.ts",
        find: "    await notice(noticeMs, signal);\n",
        replace: '    await notice(noticeMs, signal);\n    server.off("request", sayGoodbye);\n',
      },
    ],
  },
  {
    id: "reaps-seldom",
    bug: "idle connections are looked for every five seconds, as their own time limit does",
    caughtBy: "4.4",
    edits: [
      { file: "drain-http.ts", find: "const REAP_EVERY_MS = 50;", replace: "const REAP_EVERY_MS = 5_000;" },
    ],
  },
  // Challenges
  {
    id: "one-worker",
    bug: "jobs are done one after the other",
    caughtBy: "workers.1",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "Array.from({ length: this.#options.workers }, () => this.#work())",
        replace: "[this.#work()]",
      },
    ],
  },
  {
    id: "drains-the-batch",
    bug: "at the stop everything that was taken is still done",
    caughtBy: "workers.2",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "while (!this.#intake.signal.aborted) {",
        replace: "while (!this.#intake.signal.aborted || this.#taken.size > 0) {",
      },
    ],
  },
  {
    id: "intake-stays-open",
    bug: "the take that waits is not told of the stop",
    caughtBy: "workers.2",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "await this.#options.take({ signal })",
        replace: "await this.#options.take({ signal: this.#running.signal })",
      },
    ],
  },
  {
    id: "taken-jobs-dropped",
    bug: "what was taken and not begun is dropped",
    caughtBy: "workers.2",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "    await Promise.all([...this.#taken].map((job) => this.#giveBack(job)));\n",
        replace: "    this.#taken.size;\n",
      },
    ],
  },
  {
    id: "give-back-not-awaited",
    bug: "the stop does not wait for what is given back",
    caughtBy: "workers.3",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "    await Promise.all([...this.#taken].map((job) => this.#giveBack(job)));",
        replace: "    void Promise.all([...this.#taken].map((job) => this.#giveBack(job)));",
      },
    ],
  },
  {
    id: "gives-back-last",
    bug: "what was not begun goes back only when the last running job has ended",
    caughtBy: "workers.3",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "await Promise.all([...this.#loops, this.#giveBackTaken()]);",
        replace: "await Promise.all(this.#loops);\n    await this.#giveBackTaken();",
      },
    ],
  },
  {
    id: "jobs-not-told",
    bug: "running jobs are not told when patience ends",
    caughtBy: "workers.4",
    edits: [
      { file: "challenges/workers.ts", find: '    signal.addEventListener("abort", hurry);\n', replace: "" },
    ],
  },
  {
    id: "unfinished-dropped",
    bug: "a job that gives up is not given back",
    caughtBy: "workers.5",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "      } catch {\n        await this.#giveBack(job.job);\n      }",
        replace: "      } catch {}",
      },
    ],
  },
  {
    id: "take-fails-worker-dies",
    bug: "a take that fails ends its worker",
    caughtBy: "workers.6",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "    } catch {\n      await sleep(RETRY_TAKE_MS, { signal }).catch(() => {});\n    }",
        replace: "    } catch {\n      await sleep(2 ** 31 - 1, { signal }).catch(() => {});\n    }",
      },
    ],
  },
  {
    id: "ready-from-the-start",
    bug: "`/readyz` says 200 as soon as the dependencies answer, whatever else is still to come",
    caughtBy: "readiness.1",
    edits: [
      {
        file: "challenges/health.ts",
        find: 'status: phase === "ready" && down.length === 0 ? 200 : 503',
        replace: "status: down.length === 0 ? 200 : 503",
      },
    ],
  },
  {
    id: "liveness-asks-dependencies",
    bug: "`/healthz` says what `/readyz` says: a database that is down has everybody restarted",
    caughtBy: "readiness.1",
    edits: [
      {
        file: "challenges/health.ts",
        find: 'if (path === "/healthz") return Promise.resolve({ status: 200, down: [] });',
        replace: 'if (path === "/healthz") return readiness();',
      },
    ],
  },
  {
    id: "checks-in-turn",
    bug: "dependencies are asked one after the other",
    caughtBy: "readiness.2",
    edits: [
      {
        file: "challenges/health.ts",
        find: "const answers = await Promise.all(dependencies.map((each) => answersIn(each, checkWithinMs, signal)));",
        replace:
          "const answers: boolean[] = [];\n    for (const each of dependencies) answers.push(await answersIn(each, checkWithinMs, signal));",
      },
    ],
  },
  {
    id: "check-without-limit",
    bug: "a check that hangs is waited for",
    caughtBy: "readiness.2",
    edits: [
      {
        file: "challenges/health.ts",
        find: "turn.limit({ ms, timeout: () => new TimeoutError(name, ms), deadline: signal });",
        replace:
          "turn.limit({ ms: 2 ** 31 - 1, timeout: () => new TimeoutError(name, ms), deadline: signal });",
      },
    ],
  },
  {
    id: "readiness-from-memory",
    bug: "once ready, it says 200 whatever has become of the dependencies",
    caughtBy: "readiness.3",
    edits: [
      {
        file: "challenges/health.ts",
        find: "    const down = await whoIsDown();\n    return {",
        replace: '    const down = phase === "ready" ? [] : await whoIsDown();\n    return {',
      },
    ],
  },
  {
    id: "ready-again",
    bug: "waiting once more makes it ready again after `notReady`",
    caughtBy: "readiness.4",
    edits: [
      {
        file: "challenges/health.ts",
        find: 'if (phase === "starting") phase = "ready";',
        replace: 'phase = "ready";',
      },
    ],
  },
  {
    id: "retry-not-aborted",
    bug: "an abort is noticed when the pause is over",
    caughtBy: "readiness.5",
    edits: [
      {
        file: "challenges/health.ts",
        find: "await sleep(retryMs, { signal });",
        replace: "await sleep(retryMs);",
      },
    ],
  },
  {
    id: "never-idle-again",
    bug: "a connection that was active stays so",
    caughtBy: "connections.1",
    edits: [
      {
        file: "challenges/connections.ts",
        find: 'response.on("close", () => connection?.become("idle"));',
        replace: 'response.on("close", () => {});',
      },
    ],
  },
  {
    id: "idle-after-closed",
    bug: "a connection that has closed falls idle",
    caughtBy: "connections.2",
    edits: [
      {
        file: "challenges/connections.ts",
        find: 'if (this.#state === "closed" || this.#state === state) return;',
        replace: "if (this.#state === state) return;",
      },
    ],
  },
  {
    id: "closes-idle-too",
    bug: "idle connections are closed with the new ones",
    caughtBy: "connections.3",
    edits: [
      {
        file: "challenges/connections.ts",
        find: 'if (state === "new") socket.destroy();',
        replace: 'if (state !== "active") socket.destroy();',
      },
    ],
  },
  {
    id: "watch-stays",
    bug: "disposing leaves a listener",
    caughtBy: "connections.4",
    edits: [
      { file: "challenges/connections.ts", find: '      server.off("request", requested);\n', replace: "" },
    ],
  },
  {
    id: "orphan-told-again",
    bug: "it is told at every look",
    caughtBy: "orphan.1",
    edits: [
      {
        file: "challenges/parent.ts",
        find: "    clearInterval(timer);\n    onOrphan();",
        replace: "    onOrphan();",
      },
    ],
  },
  {
    id: "orphan-is-pid-1",
    bug: "only process 1 counts as somebody else's parent, and one whose parent is 1 is an orphan from the start",
    caughtBy: "orphan.1",
    edits: [
      {
        file: "challenges/parent.ts",
        find: "if (host.ppid === parent) return;",
        replace: "if (host.ppid === parent || host.ppid === 1) return;",
      },
    ],
  },
  {
    id: "watch-keeps-alive",
    bug: "the timer keeps the process alive",
    caughtBy: "orphan.2",
    edits: [{ file: "challenges/parent.ts", find: "  timer.unref();\n", replace: "" }],
  },
  {
    id: "orphan-not-checked",
    bug: "times out of range are taken",
    caughtBy: "orphan.3",
    edits: [
      { file: "challenges/parent.ts", find: 'checkDuration("everyMs", everyMs)', replace: "everyMs" },
      {
        file: "challenges/parent.ts",
        find: 'import { checkDuration } from "../duration.ts";\n',
        replace: "",
      },
    ],
  },
]);
