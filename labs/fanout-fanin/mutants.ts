import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "limit-off-by-one",
    bug: "one more file is open than the limit allows",
    kind: "bound",
    caughtBy: "1.1",
    edits: [
      {
        file: "hash-files.ts",
        find: "Array.from({ length: settings.concurrency }, () => worker)",
        replace: "Array.from({ length: settings.concurrency + 1 }, () => worker)",
      },
    ],
  },
  {
    id: "starts-all-at-once",
    bug: "every file is opened as soon as its path is there",
    kind: "bound",
    caughtBy: "1.1",
    edits: [
      {
        file: "hash-files.ts",
        find: "Array.from({ length: settings.concurrency }, () => worker)",
        replace: "Array.from({ length: 1_000 }, () => worker)",
      },
    ],
  },
  {
    id: "sequential",
    bug: "one file after the other, whatever the concurrency",
    kind: "idle",
    caughtBy: "1.2",
    edits: [
      {
        file: "hash-files.ts",
        find: "Array.from({ length: settings.concurrency }, () => worker)",
        replace: "[worker]",
      },
    ],
  },
  {
    id: "chunks-of-files",
    bug: "files are taken in groups, and the next group waits for the slowest of this one",
    kind: "idle",
    caughtBy: "1.2",
    edits: [
      {
        file: "hash-files.ts",
        find: "function plainWorker(source: SharedSource<string>, settings: Settings): Worker<Hashed> {\n  return async (send, signal) => {",
        replace:
          "function plainWorker(source: SharedSource<string>, settings: Settings): Worker<Hashed> {\n  let done = 0;\n  let release = Promise.withResolvers<void>();\n  return async (send, signal) => {",
      },
      {
        file: "hash-files.ts",
        find: "      await send(await hashFile(next.value, settings, signal));",
        replace:
          "      await send(await hashFile(next.value, settings, signal));\n      done += 1;\n      const group = release;\n      if (done % settings.concurrency === 0) {\n        group.resolve();\n        release = Promise.withResolvers<void>();\n      } else await group.promise;",
      },
    ],
  },
  {
    id: "shared-result",
    bug: "all results are one object, overwritten each time",
    kind: "shared",
    caughtBy: "1.3",
    edits: [
      {
        file: "hash-files.ts",
        find: "    return { path, sha256: await sha256(path, open, signal) };",
        replace: "    return Object.assign(result, { path, sha256: await sha256(path, open, signal) });",
      },
      {
        file: "hash-files.ts",
        find: "async function sha256(",
        replace: 'const result = { path: "", sha256: "" };\n\nasync function sha256(',
      },
    ],
  },
  {
    id: "reads-files-whole",
    bug: "the chunks of a file are collected first and hashed afterwards",
    kind: "bound",
    caughtBy: "1.3",
    edits: [
      {
        file: "hash-files.ts",
        find: '  const hash = createHash("sha256");\n',
        replace: '  const hash = createHash("sha256");\n  const chunks: Uint8Array[] = [];\n',
      },
      { file: "hash-files.ts", find: "    hash.update(chunk);", replace: "    chunks.push(chunk);" },
      {
        file: "hash-files.ts",
        find: '  return hash.digest("hex");',
        replace: '  for (const chunk of chunks) hash.update(chunk);\n  return hash.digest("hex");',
      },
    ],
  },
  {
    id: "order-of-paths",
    bug: "a result that is ready waits for those before it",
    kind: "order",
    caughtBy: "1.4",
    edits: [
      {
        file: "hash-files.ts",
        find: "settings.ordered ? orderedWorker",
        replace: "settings.concurrency > 0 ? orderedWorker",
      },
    ],
  },
  {
    id: "ends-with-the-last-path",
    bug: "the stream ends when the first worker finds no more paths",
    kind: "too-early",
    caughtBy: "1.5",
    edits: [
      {
        file: "hash-files.ts",
        find: "      if (next === undefined) return;\n      await send(",
        replace: "      if (next === undefined) return finish();\n      await send(",
      },
      { file: "hash-files.ts", find: "  return fanIn(", replace: "  const results = fanIn(" },
      {
        file: "hash-files.ts",
        find: "    settings.signal,\n  );",
        replace: "    settings.signal,\n  );\n  finish = () => void results.return?.();\n  return results;",
      },
      {
        file: "hash-files.ts",
        find: "async function hashFile(",
        replace: "let finish = () => {};\n\nasync function hashFile(",
      },
    ],
  },
  {
    id: "results-pile-up",
    bug: "a worker does not wait until its result has been taken",
    kind: "bound",
    caughtBy: "1.6",
    edits: [
      {
        file: "fan-in.ts",
        find: "new Channel<T>();",
        replace: "new Channel<T>(1_000);",
      },
    ],
  },
  {
    id: "eager",
    bug: "the work begins with the call, although nobody has asked for a result",
    kind: "bound",
    caughtBy: "1.6",
    edits: [
      {
        file: "fan-in.ts",
        find: "  const stream = run(workers, signal, leaving);\n  return {\n    next: () => stream.next(),",
        replace:
          "  const stream = run(workers, signal, leaving);\n  let first: Promise<IteratorResult<T, undefined>> | undefined = stream.next();\n  first.catch(() => {});\n  return {\n    next: () => {\n      const next = first ?? stream.next();\n      first = undefined;\n      return next;\n    },",
      },
    ],
  },
  {
    id: "paths-asked-twice-at-once",
    bug: "every worker asks the same iterator, without waiting for its turn",
    kind: "shared",
    caughtBy: "1.7",
    edits: [
      {
        file: "shared-source.ts",
        find: "    using _turn = await this.#turn.lock({ signal });\n    const drawn",
        replace:
          "    await this.#turn.lock({ signal }).then((turn) => turn[Symbol.dispose]());\n    const drawn",
      },
    ],
  },
  {
    id: "checked-too-late",
    bug: "bad options are refused by the first `next`, not by the call",
    kind: "unchecked",
    caughtBy: "1.8",
    edits: [
      {
        file: "hash-files.ts",
        find: "  const settings = readOptions(options);\n  const source",
        replace:
          "  if (!(options.concurrency > 0)) return fanIn([async () => void readOptions(options)], undefined);\n  const settings = readOptions({ ...options, concurrency: Math.ceil(Math.min(options.concurrency, 1e9)) });\n  const source",
      },
    ],
  },

  // Step 2
  {
    id: "ends-with-the-first-source",
    bug: "the merged stream ends when the first source has ended",
    kind: "too-early",
    caughtBy: "2.1",
    edits: [
      {
        file: "merge.ts",
        find: "        if (read === undefined) return;",
        replace: "        if (read === undefined) return void merged.return?.();",
      },
      {
        file: "merge.ts",
        find: "  return fanIn(\n    sources.map((source) => passOn(source, signal)),\n    signal,\n  );",
        replace:
          "  merged = fanIn(sources.map((source) => passOn(source, signal)), signal);\n  return merged as AsyncIterableIterator<T>;",
      },
      {
        file: "merge.ts",
        find: "function passOn<T>(",
        replace: "let merged: AsyncIterableIterator<unknown>;\n\nfunction passOn<T>(",
      },
    ],
  },
  {
    id: "race-starves-the-last",
    bug: "`Promise.race` prefers the first source that is ready",
    kind: "fairness",
    caughtBy: "2.3",
    wrong: true,
  },
  {
    id: "asks-in-turn",
    bug: "one value of each source, round and round: the slowest sets the pace",
    kind: "idle",
    caughtBy: "2.2",
    wrong: true,
  },
  {
    id: "reads-ahead",
    bug: "a source is read on while its value waits to be taken",
    kind: "bound",
    caughtBy: "2.4",
    edits: [
      {
        file: "merge.ts",
        find: "        await send(read.value);",
        replace:
          "        pending = Promise.all([pending, send(read.value)]);\n        pending.catch(() => {});\n        if (count++ % 3 === 2) await pending;",
      },
      {
        file: "merge.ts",
        find: "    const reading = new Reading(source);",
        replace:
          "    const reading = new Reading(source);\n    let count = 0;\n    let pending: Promise<unknown> = Promise.resolve();",
      },
    ],
  },
  {
    id: "other-sources-stay-open",
    bug: "after an error the other sources are not closed",
    kind: "left-open",
    caughtBy: "2.5",
    edits: [
      {
        file: "merge.ts",
        find: "      const closing = reading.close();\n      if (!caller?.aborted) await closing;",
        replace:
          '      if (signal.reason instanceof Error && signal.reason.name === "Error") return;\n      const closing = reading.close();\n      if (!caller?.aborted) await closing;',
      },
    ],
  },
  {
    id: "error-before-closing",
    bug: "the error is thrown while the other sources are still being closed",
    kind: "too-early",
    caughtBy: "2.5",
    edits: [
      {
        file: "merge.ts",
        find: "if (!caller?.aborted) await closing;",
        replace: "if (caller !== undefined) await closing;",
      },
    ],
  },
  {
    id: "error-swallowed",
    bug: "a source that fails counts as one that has ended",
    kind: "swallowed",
    caughtBy: "2.5",
    edits: [
      {
        file: "reading.ts",
        find: "      this.#ended = true;\n      throw error;",
        replace:
          "      this.#ended = true;\n      if (error instanceof RangeError) throw error;\n      return undefined;",
      },
    ],
  },
  {
    id: "break-leaves-sources-open",
    bug: "leaving the loop closes nothing",
    kind: "left-open",
    caughtBy: "2.6",
    edits: [
      {
        file: "merge.ts",
        find: "      const closing = reading.close();",
        replace:
          '      if (signal.reason?.name === "AbortError") return;\n      const closing = reading.close();',
      },
    ],
  },
  {
    id: "return-waits-behind-next",
    bug: "a plain async generator: its `return` waits until the `next` before it has its value",
    kind: "too-long",
    caughtBy: "2.6",
    edits: [
      {
        file: "fan-in.ts",
        find: "      leaving.abort();\n      return stream",
        replace: "      return stream",
      },
    ],
  },
  {
    id: "closes-what-has-ended",
    bug: "every source is closed at the end, also those that have ended or thrown",
    kind: "left-open",
    caughtBy: "2.7",
    edits: [
      {
        file: "reading.ts",
        find: "    if (this.#ended) return;\n    this.#ended = true;\n    try {",
        replace: "    this.#ended = true;\n    try {",
      },
    ],
  },
  {
    id: "end-in-line",
    bug: "the end of a source waits in line like a value: until somebody takes it, the source counts as open and is closed",
    kind: "left-open",
    caughtBy: "2.7",
    wrong: true,
  },

  // Step 3
  {
    id: "no-limit",
    bug: "the limit of a group is not looked at",
    kind: "bound",
    caughtBy: "3.1",
    edits: [
      {
        file: "group.ts",
        find: 'new Semaphore(checkCount("create a group", "limit", limit ?? Number.MAX_SAFE_INTEGER))',
        replace: 'new Semaphore(checkCount("create a group", "limit", limit ?? 1) * 1_000)',
      },
    ],
  },
  {
    id: "go-waits-for-the-end",
    bug: "`go` resolves when its task has ended",
    kind: "idle",
    caughtBy: "3.2",
    edits: [
      {
        file: "group.ts",
        find: "      begun.resolve();\n      await this.#attempt(task);",
        replace: "      await this.#attempt(task);\n      begun.resolve();",
      },
    ],
  },
  {
    id: "counted-when-it-begins",
    bug: "`wait` overlooks tasks that still wait for their place",
    kind: "too-early",
    caughtBy: "3.3",
    edits: [
      {
        file: "group.ts",
        find: "    void this.#underWay.go(() => this.#run(task, begun));",
        replace: "    void this.#run(task, begun);",
      },
      {
        file: "group.ts",
        find: "      await this.#attempt(task);",
        replace: "      await this.#underWay.go(() => this.#attempt(task));",
      },
    ],
  },
  {
    id: "error-before-the-others-end",
    bug: "`wait` throws as soon as the first task has failed, like `Promise.all`",
    kind: "too-early",
    caughtBy: "3.4",
    edits: [
      {
        file: "group.ts",
        find: "    await this.#underWay.wait();\n    this.#told = true;",
        replace:
          '    await Promise.race([\n      this.#underWay.wait(),\n      new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve())),\n    ]);\n    this.#told = true;',
      },
    ],
  },
  {
    id: "last-error-wins",
    bug: "`wait` throws the last error, which is mostly an echo of the first",
    kind: "wrong-error",
    caughtBy: "3.4",
    edits: [
      {
        file: "group.ts",
        find: "      this.#failure.abort(error); // Of several the first counts.",
        replace: "      this.#failure.abort(error);\n      this.#last = { error };",
      },
      {
        file: "group.ts",
        find: "  #told = false;\n",
        replace: "  #told = false;\n  #last: { readonly error: unknown } | undefined;\n",
      },
      {
        file: "group.ts",
        find: "    this.#told = true;\n    this.signal.throwIfAborted();",
        replace:
          "    this.#told = true;\n    if (this.#last) throw this.#last.error;\n    this.signal.throwIfAborted();",
      },
    ],
  },
  {
    id: "first-error-cancels-nobody",
    bug: "a task that fails does not stop the others",
    kind: "untold",
    caughtBy: "3.4",
    edits: [
      {
        file: "group.ts",
        find: "      this.#failure.abort(error); // Of several the first counts.",
        replace: "      this.#error ??= { error };",
      },
      {
        file: "group.ts",
        find: "  #told = false;\n",
        replace: "  #told = false;\n  #error: { readonly error: unknown } | undefined;\n",
      },
      {
        file: "group.ts",
        find: "    this.#told = true;\n    this.signal.throwIfAborted();",
        replace:
          "    this.#told = true;\n    if (this.#error) throw this.#error.error;\n    this.signal.throwIfAborted();",
      },
    ],
  },
  {
    id: "place-granted",
    bug: "who is granted a place, and then finds that the group has failed, leaves without giving it back",
    kind: "permit",
    caughtBy: "3.5",
    wrong: true,
  },
  {
    id: "begins-beside-a-failure",
    bug: "who is granted a place does not look whether the group has failed since",
    kind: "gap",
    caughtBy: "3.5",
    edits: [
      {
        file: "group.ts",
        find: "      this.signal.throwIfAborted(); // It may have aborted between the granting of the place and now.\n",
        replace: "",
      },
    ],
  },
  {
    id: "parent-abort-forgotten",
    bug: "an abort that every task shrugs off is not told of",
    kind: "swallowed",
    caughtBy: "3.6",
    edits: [
      {
        file: "group.ts",
        find: "    this.#told = true;\n    this.signal.throwIfAborted();",
        replace: "    this.#told = true;\n    this.#failure.signal.throwIfAborted();",
      },
    ],
  },
  {
    id: "scope-does-not-wait",
    bug: "leaving the scope leaves the tasks behind",
    kind: "too-early",
    caughtBy: "3.7",
    edits: [
      {
        file: "group.ts",
        find: "    await this.#underWay.wait();\n    if (!this.#told) this.signal.throwIfAborted();",
        replace: "    if (!this.#told) this.signal.throwIfAborted();",
      },
    ],
  },
  {
    id: "limit-put-right-silently",
    bug: "a limit that makes no sense is replaced by one that does",
    kind: "unchecked",
    caughtBy: "3.8",
    edits: [
      {
        file: "group.ts",
        find: 'checkCount("create a group", "limit", limit ?? Number.MAX_SAFE_INTEGER)',
        replace:
          'checkCount("create a group", "limit", Math.max(1, Math.floor(limit ?? Number.MAX_SAFE_INTEGER) || 1))',
      },
    ],
  },
  {
    id: "one-bad-file-ends-all",
    bug: "an error of a file ends the run although errors are to be results",
    kind: "contagion",
    caughtBy: "3.9",
    edits: [
      {
        file: "hash-files.ts",
        find: 'if (onError === "fail-fast") throw error;',
        replace: "if (onError) throw error;",
      },
    ],
  },
  {
    id: "fail-fast-runs-on",
    bug: "the first error is thrown, and the other files are read to their ends",
    kind: "untold",
    caughtBy: "3.10",
    edits: [
      {
        file: "hash-files.ts",
        find: "  for await (const chunk of open(path, { signal })) {\n    signal.throwIfAborted(); // Not every file heeds its signal. Leaving the loop closes it.",
        replace: "  for await (const chunk of open(path, { signal: new AbortController().signal })) {",
      },
      { file: "fan-in.ts", find: "    await ended.catch(() => {});", replace: "" },
    ],
  },
  {
    id: "broken-paths-look-like-the-end",
    bug: "paths that fail look like paths that have ended",
    kind: "swallowed",
    caughtBy: "3.11",
    edits: [
      {
        file: "shared-source.ts",
        find: "    const drawn = await unlessAborted(this.#reading.next(), signal);",
        replace:
          "    const drawn = await unlessAborted(this.#reading.next().catch(() => undefined), signal);",
      },
    ],
  },

  // Step 4
  {
    id: "abort-is-a-bad-file",
    bug: "files that the abort cut short are results with an error",
    kind: "wrong-error",
    caughtBy: "4.1",
    edits: [
      {
        file: "hash-files.ts",
        find: "    signal.throwIfAborted(); // Then it is no fault of the file.\n",
        replace: "",
      },
      {
        file: "fan-in.ts",
        find: "    group.go((signal) => worker((value) => values.send(value, { signal }), signal)),",
        replace: "    group.go((signal) => worker((value) => values.send(value), signal)),",
      },
      {
        file: "fan-in.ts",
        find: "yield* values.values({ signal: group.signal });",
        replace: "yield* values.values();",
      },
      { file: "fan-in.ts", find: ".then(() => values.close());", replace: ".finally(() => values.close());" },
    ],
  },
  {
    id: "path-granted",
    bug: "a path that came just before the abort is opened after it",
    kind: "gap",
    caughtBy: "4.1",
    edits: [
      {
        file: "hash-files.ts",
        find: "  signal.throwIfAborted(); // It may have aborted between the granting of the path and now.\n",
        replace: "",
      },
    ],
  },
  {
    id: "abort-does-not-wait",
    bug: "the reason is thrown while files are still being closed",
    kind: "too-early",
    caughtBy: "4.1",
    edits: [
      {
        file: "fan-in.ts",
        find: "    await ended.catch(() => {});",
        replace: "    if (!caller?.aborted) await ended.catch(() => {});",
      },
    ],
  },
  {
    id: "begins-although-aborted",
    bug: "the signal is not looked at before the work begins",
    kind: "deaf",
    caughtBy: "4.2",
    edits: [
      {
        file: "group.ts",
        find: "      this.signal.throwIfAborted(); // It may have aborted between the granting of the place and now.\n",
        replace: "",
      },
      { file: "fan-in.ts", find: "  caller?.throwIfAborted();\n", replace: "" },
      {
        file: "group.ts",
        find: "this.#places.acquire({ signal: this.signal })",
        replace: "this.#places.acquire()",
      },
      {
        file: "shared-source.ts",
        find: "this.#turn.lock({ signal });\n    const drawn",
        replace: "this.#turn.lock();\n    const drawn",
      },
    ],
  },
  {
    id: "paths-stay-open",
    bug: "nobody closes the paths",
    kind: "left-open",
    caughtBy: "4.3",
    edits: [
      {
        file: "hash-files.ts",
        find: "    await using _closing = source; // Whichever way a worker ends, nobody needs another path.\n",
        replace: "",
      },
    ],
  },
  {
    id: "ordinary-paths-stay-open",
    bug: "only async sources are closed: the `finally` of an ordinary generator never runs",
    kind: "left-open",
    caughtBy: "4.3",
    edits: [
      {
        file: "reading.ts",
        find: "      await this.#iterator?.return?.();",
        replace: "      if (Symbol.asyncIterator in this.#values) await this.#iterator?.return?.();",
      },
    ],
  },
  {
    id: "waits-for-stuck-paths",
    bug: "the abort waits until the next path has come",
    kind: "too-long",
    caughtBy: "4.3",
    edits: [
      {
        file: "shared-source.ts",
        find: "    const isStuck = this.#reading.waiting;\n    const closing = this.#reading.close();\n    if (!isStuck) await closing;\n",
        replace: "    await this.#reading.close();\n",
      },
    ],
  },
  {
    id: "deaf-files-run-on",
    bug: "a file that ignores its signal is read to its end",
    kind: "untold",
    caughtBy: "4.4",
    edits: [
      {
        file: "hash-files.ts",
        find: "    signal.throwIfAborted(); // Not every file heeds its signal. Leaving the loop closes it.\n",
        replace: "",
      },
    ],
  },
  {
    id: "break-leaks-handles",
    bug: "leaving the loop stops nothing: the files stay open",
    kind: "left-open",
    caughtBy: "4.5",
    edits: [
      { file: "fan-in.ts", find: "    leaving.abort();\n    await ended.catch(() => {});", replace: "" },
    ],
  },
  {
    id: "already-stopping",
    bug: "leaving waits for the files only if nothing else had begun to close them",
    kind: "too-early",
    caughtBy: "4.5",
    wrong: true,
  },
  {
    id: "abort-waits-for-sources",
    bug: "an abort of merging waits until every source is closed, the stuck ones, too",
    kind: "too-long",
    caughtBy: "4.6",
    edits: [
      {
        file: "merge.ts",
        find: "      const closing = reading.close();\n      if (!caller?.aborted) await closing; // An abort waits for nobody: a source may be stuck.\n",
        replace: "      await reading.close();\n",
      },
      {
        file: "merge.ts",
        find: "    sources.map((source) => passOn(source, signal)),",
        replace: "    sources.map((source) => passOn(source)),",
      },
      {
        file: "merge.ts",
        find: "(source: AsyncIterable<T>, caller: AbortSignal | undefined): Worker<T>",
        replace: "(source: AsyncIterable<T>): Worker<T>",
      },
    ],
  },
  {
    id: "deadline-not-passed-on",
    bug: "the signal is looked at between two files, and no file hears of it",
    kind: "untold",
    caughtBy: "4.7",
    edits: [
      {
        file: "hash-files.ts",
        find: "open(path, { signal }))",
        replace: "open(path, { signal: new AbortController().signal }))",
      },
    ],
  },
  {
    id: "listeners-stay",
    bug: "a listener for each run stays on the caller's signal",
    kind: "left-behind",
    caughtBy: "4.8",
    edits: [
      {
        file: "group.ts",
        find: "    this.signal = AbortSignal.any([...(signal ? [signal] : []), this.#failure.signal]);",
        replace:
          '    this.signal = this.#failure.signal;\n    if (signal?.aborted) this.#failure.abort(signal.reason);\n    signal?.addEventListener("abort", () => this.#failure.abort(signal.reason));',
      },
      {
        file: "fan-in.ts",
        find: "AbortSignal.any(caller ? [caller, leaving.signal] : [leaving.signal])",
        replace: "forward(caller, leaving)",
      },
      {
        file: "fan-in.ts",
        find: "async function* run<T>(",
        replace:
          'function forward(caller: AbortSignal | undefined, to: AbortController): AbortSignal {\n  const both = new AbortController();\n  caller?.addEventListener("abort", () => both.abort(caller.reason));\n  to.signal.addEventListener("abort", () => both.abort(to.signal.reason));\n  return both.signal;\n}\n\nasync function* run<T>(',
      },
    ],
  },

  // Challenge first-of
  {
    id: "losers-run-on",
    bug: "the first result wins, and the losers are not stopped",
    kind: "untold",
    caughtBy: "first-of.1",
    edits: [
      {
        file: "challenges/first-of.ts",
        find: "  const group = createGroup({ signal });\n",
        replace:
          "  if (tasks.length > 0) return await Promise.any(tasks.map((task) => task(signal ?? new AbortController().signal)));\n  const group = createGroup({ signal });\n",
      },
    ],
  },
  {
    id: "one-error-of-many",
    bug: "if all fail, only the last error is told",
    kind: "wrong-error",
    caughtBy: "first-of.2",
    edits: [
      {
        file: "challenges/first-of.ts",
        find: "      errors[index] = error;",
        replace: "      errors[0] = error;",
      },
      {
        file: "challenges/first-of.ts",
        find: "async (task: Task<T>, index: number) => {",
        replace: "async (task: Task<T>) => {",
      },
      {
        file: "challenges/first-of.ts",
        find: "tasks.map((task, index) => group.go(() => compete(task, index)))",
        replace: "tasks.map((task) => group.go(() => compete(task)))",
      },
    ],
  },
  {
    id: "late-abort",
    bug: "an abort that comes while the losers are ending hides the success",
    kind: "too-late",
    caughtBy: "first-of.2",
    edits: [
      {
        file: "challenges/first-of.ts",
        find: "  if (ending instanceof Success) return ending.value;\n  signal?.throwIfAborted();\n",
        replace: "  signal?.throwIfAborted();\n  if (ending instanceof Success) return ending.value;\n",
      },
    ],
  },

  // Challenge ordered
  {
    id: "ordered-is-ignored",
    bug: "results come as they are done although an order was asked for",
    kind: "order",
    caughtBy: "ordered.1",
    edits: [
      {
        file: "hash-files.ts",
        find: "settings.ordered ? orderedWorker",
        replace: "settings.window < 0 ? orderedWorker",
      },
    ],
  },
  {
    id: "reorders-without-bound",
    bug: "whatever is done early waits, however much there is of it",
    kind: "bound",
    caughtBy: "ordered.2",
    edits: [
      {
        file: "challenges/reorder-buffer.ts",
        find: "this.#window = new Semaphore(window);",
        replace: "this.#window = new Semaphore(window * 1_000);",
      },
    ],
  },
  {
    id: "window-wait-ignores-the-abort",
    bug: "who waits for a place in the window is not told of the end",
    kind: "deaf",
    caughtBy: "ordered.3",
    edits: [
      {
        file: "challenges/reorder-buffer.ts",
        find: "    return this.#window.acquire({ signal });",
        replace: "    signal.throwIfAborted();\n    return this.#window.acquire();",
      },
    ],
  },
  {
    id: "window-checked-in-vain",
    bug: "a window is refused though nothing is ordered",
    kind: "unchecked",
    caughtBy: "ordered.4",
    edits: [
      {
        file: "options.ts",
        find: "const window = ordered ? (options.window ?? concurrency) : concurrency;",
        replace: "const window = options.window ?? concurrency;",
      },
    ],
  },
  {
    id: "window-unchecked",
    bug: "a window smaller than the concurrency is taken as it is",
    kind: "unchecked",
    caughtBy: "ordered.4",
    edits: [
      {
        file: "options.ts",
        find: '  checkCount("hash files", "window", window, concurrency);\n',
        replace: "",
      },
    ],
  },

  // Challenge threads
  {
    id: "code-lost-between-threads",
    bug: "an error arrives without its code",
    kind: "wrong-error",
    caughtBy: "threads.1",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: "error: Object.assign(new Error(message), { code })",
        replace: "error: new Error(code === undefined ? message : message)",
      },
    ],
  },
  {
    id: "a-thread-for-each-batch",
    bug: "as many batches are under way as there are paths, each with a thread of its own",
    kind: "bound",
    caughtBy: "threads.2",
    edits: [
      {
        file: "challenges/hash-on-threads.ts",
        find: "Array.from({ length: settings.threads }, () => new ThreadSeat(settings, HANDS))",
        replace: "Array.from({ length: settings.threads * HANDS }, () => new ThreadSeat(settings, HANDS))",
      },
    ],
  },
  {
    id: "batch-of-the-dead-is-lost",
    bug: "a thread that dies takes its batch along",
    kind: "lost",
    caughtBy: "threads.3",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: '      if (answer === "died") deaths += 1;',
        replace: '      if (answer === "died") return batch.map(() => []).flat();',
      },
    ],
  },
  {
    id: "tried-for-ever",
    bug: "a batch that kills its thread is given to the next one, for ever",
    kind: "retry",
    caughtBy: "threads.4",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: "const MOST_DEATHS = 2;",
        replace: "const MOST_DEATHS = 100;",
      },
    ],
  },
  {
    id: "blames-who-waited",
    bug: "a batch that only waited in a thread that died counts as one that it died of",
    kind: "retry",
    caughtBy: "threads.4",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: 'for (const settle of others) settle("not begun");',
        replace: 'for (const settle of others) settle("died");',
      },
    ],
  },
  {
    id: "progress-by-batch",
    bug: "the counters move when a batch is done, and not for each file",
    kind: "counts",
    caughtBy: "threads.5",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: "    const { progress, onThread } = this.#options;\n    const workerData: ThreadStart = { progress };",
        replace:
          "    const { onThread } = this.#options;\n    const workerData: ThreadStart = { progress: undefined };",
      },
    ],
  },
  {
    id: "threads-not-awaited",
    bug: "the threads are told to end, and nobody waits until they have",
    kind: "too-early",
    caughtBy: "threads.6",
    edits: [
      {
        file: "challenges/thread-seat.ts",
        find: "await this.#thread?.terminate();",
        replace: "void this.#thread?.terminate();",
      },
    ],
  },
  {
    id: "batch-unchecked",
    bug: "a batch of nothing is taken as it is",
    kind: "unchecked",
    caughtBy: "threads.7",
    edits: [
      {
        file: "options.ts",
        find: '  checkCount("hash on threads", "batch", options.batch);\n',
        replace: "",
      },
    ],
  },
]);
