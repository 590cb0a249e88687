import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "starts-without-waiting",
    bug: "the next one is started although the one before is not ready yet",
    kind: "too-early",
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
    bug: "resources are stopped in the order in which they were started",
    kind: "shutdown",
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
    bug: "all are stopped at the same time, with Promise.all: the store is closed while the workers use it",
    kind: "shutdown",
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
    id: "first-failure-ends-it",
    bug: "one that fails to stop keeps the rest from stopping",
    kind: "contagion",
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
    id: "sync-throw-escapes",
    bug: "a `stop` that throws instead of rejecting breaks the loop",
    kind: "unhandled",
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
    kind: "left-open",
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
    id: "report-without-hooks",
    bug: "those that have no `stop` of their own are left out of the report",
    kind: "counts",
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
    id: "stops-each-time",
    bug: "each call of `stop` stops anew",
    kind: "twice",
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
    id: "start-goes-on",
    bug: "who was told to stop goes on starting",
    kind: "deaf",
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
    id: "no-start-no-look",
    bug: "who has no `start` counts as ready without a look at whether it stops",
    kind: "deaf",
    caughtBy: "1.7",
    edits: [
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break;\n      const ending",
        replace:
          "      if (resource.start === undefined) {\n        this.#ready.push(resource);\n        continue;\n      }\n      if (this.#stopping !== undefined) break;\n      const ending",
      },
      {
        file: "lifecycle.ts",
        find: "      if (this.#stopping !== undefined) break; // Whoever stops sees to the one that was under way.\n",
        replace: "      if (this.#stopping !== undefined) continue;\n",
      },
    ],
  },
  {
    id: "start-resolves-when-stopped",
    bug: "a start that was cut short resolves as if all were ready",
    kind: "swallowed",
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
    id: "latecomer-forgotten",
    bug: "the one that was being started gets ready, and is never stopped",
    kind: "left-open",
    caughtBy: "1.8",
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
    kind: "untold",
    caughtBy: "1.8",
    edits: [{ file: "lifecycle.ts", find: "    turn.tell(new StoppedError());\n", replace: "" }],
  },
  // Step 2
  {
    id: "no-limit-of-its-own",
    bug: "one that hangs holds up all others until the deadline",
    kind: "too-long",
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
    kind: "deadline",
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
    kind: "too-long",
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
    id: "deadline-drops-the-rest",
    bug: "at the deadline those that are still to come are not called at all",
    kind: "shutdown",
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
    id: "rest-called-with-live-signal",
    bug: "those that are called at the deadline do not know of it",
    kind: "untold",
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
    id: "first-deadline-only",
    bug: "only the deadline of the first call counts",
    kind: "deadline",
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
    id: "shorter-is-sooner",
    bug: "of two deadlines the shorter one counts, though the other is reached sooner",
    kind: "deadline",
    caughtBy: "2.3",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    if (deadlineMs === undefined) return undefined;\n",
        replace:
          "    if (deadlineMs === undefined || deadlineMs >= this.#shortest) return undefined;\n    this.#shortest = deadlineMs;\n    clearTimeout(this.#timer);\n",
      },
      {
        file: "lifecycle.ts",
        find: '    return setTimeout(ring, checkDuration("deadlineMs", deadlineMs));',
        replace:
          '    this.#timer = setTimeout(ring, checkDuration("deadlineMs", deadlineMs));\n    return this.#timer;',
      },
      {
        file: "lifecycle.ts",
        find: "  readonly #ledger = new Ledger();",
        replace:
          "  readonly #ledger = new Ledger();\n  #timer: NodeJS.Timeout | undefined;\n  #shortest = Number.POSITIVE_INFINITY;",
      },
    ],
  },
  {
    id: "straggler-is-listed-twice",
    bug: "one that ends after it was given up is listed as stopped, too",
    kind: "too-late",
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
    kind: "unhandled",
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
    kind: "too-long",
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
    id: "ready-after-all",
    bug: "who was given up in its start, and gets ready while another is being stopped, is stopped as well",
    kind: "too-late",
    caughtBy: "2.5",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    turn.begin(async (options) => await resource.start?.(options));",
        replace:
          "    turn.begin(async (options) => {\n      await resource.start?.(options);\n      this.#ready.push(resource);\n    });",
      },
      {
        file: "lifecycle.ts",
        find: "      this.#ready.push(resource);\n    }\n    if (this.#stopping",
        replace: "    }\n    if (this.#stopping",
      },
      {
        file: "lifecycle.ts",
        find: '    if (ending.kind === "ended") this.#ready.push(resource);\n    if (ending.kind',
        replace: "    if (ending.kind",
      },
    ],
  },
  {
    id: "deadline-timer-stays",
    bug: "the timer of the deadline keeps the process alive when all has stopped",
    kind: "left-behind",
    caughtBy: "2.6",
    edits: [
      {
        file: "lifecycle.ts",
        find: "    const timer = this.#setDeadline(deadlineMs);\n    this.#stopping ??= this.#stopAll();\n    return await this.#stopping.finally(() => clearTimeout(timer));",
        replace:
          "    this.#setDeadline(deadlineMs);\n    this.#stopping ??= this.#stopAll();\n    return await this.#stopping;",
      },
    ],
  },
  // Step 3
  {
    id: "sigint-not-heard",
    bug: "only SIGTERM is listened for",
    kind: "signals",
    caughtBy: "3.1",
    edits: [{ file: "supervise.ts", find: '    ["SIGINT", () => this.#onSignal("SIGINT")],\n', replace: "" }],
  },
  {
    id: "forced-exits-with-0",
    bug: "what was given up does not show in the status",
    kind: "signals",
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
    id: "failed-start-forgotten",
    bug: "a signal that comes while a failed start is being undone makes it a success",
    kind: "signals",
    caughtBy: "3.2",
    edits: [{ file: "supervise.ts", find: "  startFailure === undefined && failed", replace: "  failed" }],
  },
  {
    id: "exit-before-flush",
    bug: "the process exits while the log is being written",
    kind: "signals",
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
    id: "flush-without-limit",
    bug: "the limit of a flush is taken for seconds, so that one that hangs keeps the process",
    kind: "deadline",
    caughtBy: "3.4",
    edits: [
      {
        file: "supervise.ts",
        find: "turn.limit({ ms: flushWithinMs, timeout",
        replace: "turn.limit({ ms: 1_000 * flushWithinMs, timeout",
      },
    ],
  },
  {
    id: "second-signal-ignored",
    bug: "a second signal is ignored: one has to wait, or kill",
    kind: "signals",
    caughtBy: "3.5",
    edits: [{ file: "supervise.ts", find: "    else this.#force(signal);\n", replace: "" }],
  },
  {
    id: "force-waits-for-the-log",
    bug: "a second signal waits until the log is flushed",
    kind: "signals",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: "    void this.#flush(); // What it writes synchronously is written.\n    this.#exit(128 + constants.signals[signal]);",
        replace: "    void this.#flush().then(() => this.#exit(128 + constants.signals[signal]));",
      },
    ],
  },
  {
    id: "force-needs-a-promise",
    bug: "at a second signal a `flush` that throws, instead of rejecting, keeps the process from its exit",
    kind: "signals",
    caughtBy: "3.5",
    edits: [
      {
        file: "supervise.ts",
        find: "    void this.#flush(); // What it writes synchronously is written.\n",
        replace:
          "    if (!this.#flushed) {\n      this.#flushed = true;\n      this.#options.flush().catch(() => {});\n    }\n",
      },
    ],
  },
  {
    id: "exits-twice",
    bug: "the road that was left by the short cut exits, too",
    kind: "signals",
    caughtBy: "3.5",
    edits: [{ file: "supervise.ts", find: "    if (this.#exited) return;\n", replace: "" }],
  },
  {
    id: "each-signal-has-a-first",
    bug: "SIGINT after SIGTERM counts as a first signal",
    kind: "signals",
    caughtBy: "3.5",
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
  {
    id: "fault-exits-at-once",
    bug: "an error that nobody caught ends the process on the spot",
    kind: "signals",
    caughtBy: "3.6",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    this.#status = 1;\n    this.#exit(1);",
      },
    ],
  },
  {
    id: "fault-counts-as-signal",
    bug: "the first signal after a fault forces the end",
    kind: "signals",
    caughtBy: "3.6",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#status = 1;\n    void this.#end();",
        replace: "    this.#status = 1;\n    this.#signals += 1;\n    void this.#end();",
      },
    ],
  },
  {
    id: "status-read-too-early",
    bug: "the status is decided when the stopping begins",
    kind: "signals",
    caughtBy: "3.6",
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
    id: "start-cut-short-is-a-fault",
    bug: "a start that was cut short by SIGTERM makes the status 1",
    kind: "signals",
    caughtBy: "3.7",
    edits: [
      {
        file: "supervise.ts",
        find: '    if (this.#ending && error instanceof Error && error.name === "StoppedError") return; // As `start` had to end.\n',
        replace: "",
      },
    ],
  },
  {
    id: "fault-swallowed",
    bug: "an error that nobody caught is told to nobody",
    kind: "swallowed",
    caughtBy: "3.8",
    edits: [
      {
        file: "supervise.ts",
        find: '    this.#faults += 1;\n    if (this.#faults <= MOST_FAULTS_TOLD) this.#tell({ kind: "fault", error });\n',
        replace: "",
      },
      { file: "supervise.ts", find: "  #faults = 0;\n", replace: "" },
    ],
  },
  {
    id: "log-fails-for-ever",
    bug: "a log whose pipe is broken fails and is told of it, in turns, for ever: no deadline is reached",
    kind: "signals",
    caughtBy: "3.8",
    edits: [
      {
        file: "supervise.ts",
        find: "    this.#faults += 1;\n    if (this.#faults <= MOST_FAULTS_TOLD) this.#tell",
        replace: "    this.#tell",
      },
      { file: "supervise.ts", find: "  #faults = 0;\n", replace: "" },
    ],
  },
  {
    id: "listeners-stay",
    bug: "disposing leaves the listeners for faults",
    kind: "left-behind",
    caughtBy: "3.9",
    edits: [
      {
        file: "supervise.ts",
        find: "for (const [event, listener] of this.#listeners) this.#options.host.off(event, listener);",
        replace:
          "for (const [event, listener] of this.#listeners.slice(0, 2)) this.#options.host.off(event, listener);",
      },
    ],
  },
  // Step 4
  {
    id: "readiness-last",
    bug: "readiness flips after the listener is closed",
    kind: "shutdown",
    caughtBy: "4.1",
    edits: [
      { file: "drain-http.ts", find: "  notReady();\n  server", replace: "  server" },
      {
        file: "drain-http.ts",
        find: "    if (noticeMs > 0) await sleep(noticeMs, { signal }).catch(() => {}); // Out of patience: on to the end.\n    await close(server, cut.promise);\n",
        replace:
          "    const closing = close(server, cut.promise);\n    notReady();\n    await sleep(noticeMs, { signal }).catch(() => {});\n    await closing;\n",
      },
    ],
  },
  {
    id: "no-notice",
    bug: "the port is closed at once",
    kind: "shutdown",
    caughtBy: "4.2",
    edits: [
      {
        file: "drain-http.ts",
        find: "    if (noticeMs > 0) await sleep(noticeMs, { signal }).catch(() => {}); // Out of patience: on to the end.\n",
        replace: "    await sleep(0, { signal }).catch(() => {});\n",
      },
    ],
  },
  {
    id: "says-close-last",
    bug: "the header is set by the last listener, when handlers may have answered",
    kind: "shutdown",
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
    kind: "shutdown",
    caughtBy: "4.3",
    edits: [
      {
        file: "drain-http.ts",
        find: '  server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.\n',
        replace: "",
      },
      {
        file: "drain-http.ts",
        find: "    await close(server, cut.promise);\n",
        replace:
          '    server.prependListener("request", sayGoodbye);\n    await close(server, cut.promise);\n',
      },
    ],
  },
  {
    id: "never-reaps",
    bug: "connections that fall idle later are waited for until the deadline",
    kind: "too-long",
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
    id: "cuts-at-the-notice",
    bug: "at the end of the notice all connections are cut",
    kind: "lost",
    caughtBy: "4.5",
    edits: [
      {
        file: "drain-http.ts",
        find: "    await close(server, cut.promise);\n",
        replace: "    server.closeAllConnections();\n    await close(server, cut.promise);\n",
      },
    ],
  },
  {
    id: "abort-during-notice-ignored",
    bug: "an abort during the notice is noticed when that is over",
    kind: "deaf",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "sleep(noticeMs, { signal }).catch(() => {}); // Out of patience: on to the end.",
        replace: "sleep(noticeMs);",
      },
    ],
  },
  {
    id: "counted-after-the-close",
    bug: "the port is closed first, and the idle connections with it: they are not counted",
    kind: "counts",
    caughtBy: "4.6",
    edits: [
      {
        file: "drain-http.ts",
        find: "    server.getConnections((_error, count) => cut.resolve(count)); // Before any is closed.\n",
        replace:
          "    server.closeIdleConnections();\n    server.getConnections((_error, count) => cut.resolve(count));\n",
      },
    ],
  },
  {
    id: "listener-stays",
    bug: "the listener stays on the server",
    kind: "left-behind",
    caughtBy: "4.7",
    edits: [{ file: "drain-http.ts", find: '    server.off("request", sayGoodbye);\n', replace: "" }],
  },
  {
    id: "signal-listener-stays",
    bug: "a late abort cuts whoever is there then",
    kind: "left-behind",
    caughtBy: "4.7",
    edits: [
      { file: "drain-http.ts", find: "  const withdraw = onAbort(", replace: "  onAbort(" },
      { file: "drain-http.ts", find: "    withdraw();\n", replace: "" },
    ],
  },
  // Challenges
  {
    id: "drains-the-batch",
    bug: "at the stop everything that was taken is still done",
    kind: "deaf",
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
    id: "gives-back-last",
    bug: "what was not begun goes back only when the last running job has ended",
    kind: "shutdown",
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
    id: "unfinished-dropped",
    bug: "a job that gives up is not given back",
    kind: "lost",
    caughtBy: "workers.5",
    edits: [
      {
        file: "challenges/workers.ts",
        find: "        await this.#giveBack(job.job);\n",
        replace: "",
      },
    ],
  },
  {
    id: "ready-from-the-start",
    bug: "`/readyz` says 200 as soon as the dependencies answer, whatever else is still to come",
    kind: "too-early",
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
    id: "check-without-limit",
    bug: "a check that hangs is waited for",
    kind: "too-long",
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
    id: "ready-again",
    bug: "waiting once more makes it ready again after `notReady`",
    kind: "too-late",
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
    id: "idle-after-closed",
    bug: "a connection that has closed falls idle",
    kind: "too-late",
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
    id: "watch-keeps-alive",
    bug: "the timer keeps the process alive",
    kind: "left-behind",
    caughtBy: "orphan.2",
    edits: [{ file: "challenges/parent.ts", find: "  timer.unref();\n", replace: "" }],
  },
]);
