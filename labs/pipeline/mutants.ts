import { defineMutants } from "@pattern-labs/testkit/mutants";

export default defineMutants([
  {
    id: "utf8-decoded-per-chunk",
    bug: "decodes each piece of a line on its own, and so tears a character that was cut in two",
    kind: "misread",
    caughtBy: "1.2",
    edits: [
      {
        file: "lines.ts",
        find: "    this.#beginning.add(piece);",
        replace: "    this.#beginning.add(new TextEncoder().encode(decoder.decode(piece)));",
      },
    ],
  },
  {
    id: "cr-kept",
    bug: "takes LF alone for the ending, and leaves the CR of a CRLF in the line",
    kind: "misread",
    caughtBy: "1.1",
    edits: [
      {
        file: "lines.ts",
        find: "this.#lineOf(withoutCr(this.#beginning.completeWith(rest)))",
        replace: "this.#lineOf(this.#beginning.completeWith(rest))",
      },
    ],
  },
  {
    id: "last-line-dropped",
    bug: "forgets what came after the last line end",
    kind: "lost",
    caughtBy: "1.3",
    edits: [
      {
        file: "lines.ts",
        find: "return bytes.length > 0 ?",
        replace: "return bytes.length > this.#maxBytes ?",
      },
    ],
  },
  {
    id: "rest-of-a-long-line-is-a-line",
    bug: "takes what comes after the limit for the next line",
    kind: "misread",
    caughtBy: "1.4",
    edits: [{ file: "lines.ts", find: "    this.#skipping = true;\n", replace: "" }],
  },
  {
    id: "limit-looked-at-at-the-end",
    bug: "finds out that a line is too long when it ends",
    kind: "bound",
    caughtBy: "1.4",
    edits: [
      {
        file: "lines.ts",
        find: "    if (withoutCr(this.#beginning.bytes).length <= this.#maxBytes) return;\n    this.#skipping = true;\n    this.#lineOf(this.#beginning.take());\n",
        replace: "",
      },
    ],
  },
  {
    id: "error-looks-like-the-end",
    bug: "ends quietly when the input throws, with the half line as the last one",
    kind: "swallowed",
    caughtBy: "1.5",
    edits: [
      {
        file: "input.ts",
        find: "    } catch (error) {\n      this.#finish(nothingMore);\n      throw error;",
        replace: "    } catch {\n      this.#finish(nothingMore);\n      return ended;",
      },
    ],
  },
  {
    id: "reads-all-chunks-first",
    bug: "reads on while there are lines to give",
    kind: "bound",
    caughtBy: "1.6",
    edits: [
      {
        file: "lines.ts",
        find: "    for await (const chunk of new Input(input, signal)) {",
        replace: "    for (const chunk of await Array.fromAsync(new Input(input, signal))) {",
      },
    ],
  },
  {
    id: "each-leaves-its-input-open",
    bug: "does not close its input when the work throws",
    kind: "left-open",
    caughtBy: "1.6",
    edits: [
      {
        file: "each.ts",
        find: "      this.#input.return().catch(() => {}); // It is told, and not waited for: it may be stuck.\n",
        replace: "",
      },
    ],
  },
  {
    id: "deaf-to-the-abort",
    bug: "looks at the signal only when a value has come",
    kind: "deaf",
    caughtBy: "1.7",
    edits: [
      {
        file: "input.ts",
        find: "      else queueMicrotask(() => this.#abandon());\n",
        replace: "",
      },
    ],
  },
  {
    id: "lines-after-the-abort",
    bug: "goes on giving the lines of a chunk after the abort",
    kind: "deaf",
    caughtBy: "1.7",
    edits: [
      {
        file: "lines.ts",
        find: "        signal.throwIfAborted(); // A chunk may hold thousands of lines.\n",
        replace: "",
      },
    ],
  },
  {
    id: "socket-left-open",
    bug: "does not close the input when it is aborted",
    kind: "left-open",
    caughtBy: "1.7",
    edits: [
      {
        file: "input.ts",
        find: "    await this.#source?.return();",
        replace: "    if (!this.#signal.aborted) await this.#source?.return();",
      },
    ],
  },
  {
    id: "listener-kept",
    bug: "leaves its abort listener on the signal",
    kind: "left-behind",
    caughtBy: "1.7",
    edits: [
      {
        file: "input.ts",
        find: "    this.#end = end;\n    this.#withdraw();",
        replace: "    this.#end = end;",
      },
    ],
  },
  {
    id: "a-list-of-pieces",
    bug: "keeps each piece of an unfinished line in an object of its own, however small it is",
    kind: "bound",
    caughtBy: "1.8",
    edits: [
      {
        file: "lines.ts",
        find: "    if (withoutCr(this.#beginning.bytes).length <= this.#maxBytes) return;",
        replace:
          "    const withCr = piece.at(-1) === CR ? 1 : 0;\n    if (this.#beginning.length - withCr <= this.#maxBytes) return;",
      },
      {
        file: "lines.ts",
        find: " * The bytes of a line whose end has not come, in one array that doubles: a list of pieces would take some 200 bytes for\n * each byte of a sender that sends them singly. Beyond `limit` nothing is kept.\n",
        replace:
          " * The bytes of a line whose end has not come, joined when it is whole: to join them at every chunk would be quadratic.\n * Beyond `limit` nothing is kept.\n",
      },
      { file: "lines.ts", find: "  #room = new Uint8Array(0);", replace: "  #pieces: Uint8Array[] = [];" },
      {
        file: "lines.ts",
        find: "  /** Good until the next change. */\n  get bytes(): Uint8Array {\n    return this.#room.subarray(0, this.#length);\n  }",
        replace: "  get length(): number {\n    return this.#length;\n  }",
      },
      {
        file: "lines.ts",
        find: "    if (length > this.#room.length) this.#growTo(length);\n    this.#room.set(piece.subarray(0, length - this.#length), this.#length);\n",
        replace: "    this.#pieces.push(piece.subarray(0, length - this.#length));\n",
      },
      {
        file: "lines.ts",
        find: "    const { bytes } = this;\n    this.#length = 0;\n",
        replace:
          "    const bytes = Buffer.concat(this.#pieces);\n    this.#pieces = [];\n    this.#length = 0;\n",
      },
      {
        file: "lines.ts",
        find: "\n  #growTo(length: number): void {\n    const larger = new Uint8Array(Math.min(Math.max(length, 2 * this.#room.length), this.#limit));\n    larger.set(this.bytes);\n    this.#room = larger;\n  }\n",
        replace: "",
      },
    ],
  },
  {
    id: "stages-take-turns",
    bug: "reads the next value only when the reader comes back for it",
    kind: "idle",
    caughtBy: "2.1",
    edits: [
      {
        file: "pipe.ts",
        find: "return this.#values.size > this.#buffer;",
        replace: "return this.#values.size > 0 || !this.#reader.awaited;",
      },
      {
        file: "pipe.ts",
        find: "    this.#reader.wait(wake);\n    return notReady;",
        replace: "    this.#reader.wait(wake);\n    this.#makeRoom();\n    return notReady;",
      },
    ],
  },
  {
    id: "unbounded-buffer",
    bug: "never waits for room",
    kind: "bound",
    caughtBy: "2.2",
    edits: [
      { file: "pipe.ts", find: "return this.#values.size > this.#buffer;", replace: "return false;" },
      { file: "pipe.ts", find: "new RingBuffer(buffer + 1)", replace: "new RingBuffer(1_000_000)" },
    ],
  },
  {
    id: "buffer-not-used",
    bug: "has no more than one value ready, whatever the buffer",
    kind: "idle",
    caughtBy: "2.3",
    edits: [
      {
        file: "pipe.ts",
        find: "return this.#values.size > this.#buffer;",
        replace: "return this.#values.size > Math.min(this.#buffer, 1);",
      },
    ],
  },
  {
    id: "undefined-means-nothing",
    bug: "takes the value undefined for nothing",
    kind: "misread",
    caughtBy: "2.4",
    edits: [
      {
        file: "connect.ts",
        find: "        else this.#put(value);",
        replace: "        else if (value !== undefined) this.#put(value);",
      },
    ],
  },
  {
    id: "error-overtakes",
    bug: "an error overtakes the values that came before it",
    kind: "order",
    caughtBy: "2.4",
    edits: [
      {
        file: "connect.ts",
        find: "this.#end((pipe) => pipe.close(failure(error)));",
        replace: "this.#end((pipe) => pipe.cut(failure(error)));",
      },
    ],
  },
  {
    id: "goes-on-when-left",
    bug: "leaves its input open when its own reader has left",
    kind: "left-open",
    caughtBy: "2.5",
    edits: [{ file: "connect.ts", find: "    await this.#source?.return();\n", replace: "" }],
  },
  {
    id: "abort-waits-for-the-buffer",
    bug: "gives what lies in the buffer before it heeds the abort",
    kind: "deaf",
    caughtBy: "2.6",
    edits: [
      { file: "connect.ts", find: "pipe.cut(failure(reason))", replace: "pipe.close(failure(reason))" },
    ],
  },
  {
    id: "one-worker-too-many",
    bug: "works on one item more than there are workers",
    kind: "bound",
    caughtBy: "3.1",
    edits: [
      { file: "parallel.ts", find: "    this.#free = workers;", replace: "    this.#free = workers + 1;" },
      { file: "parallel.ts", find: "new RingBuffer(workers)", replace: "new RingBuffer(workers + 1)" },
    ],
  },
  {
    id: "order-of-the-items",
    bug: "gives the results in the order of the items, so that a slow one holds up the others",
    kind: "order",
    caughtBy: "3.3",
    edits: [
      {
        file: "parallel.ts",
        find: "    if (this.#ordered) this.#line.push(job);",
        replace: "    this.#line.push(job);",
      },
      { file: "parallel.ts", find: "      if (!this.#ordered) this.#line.push(job);\n", replace: "" },
    ],
  },
  {
    id: "results-pile-up",
    bug: "a worker begins anew although nobody has taken its result",
    kind: "bound",
    caughtBy: "3.4",
    edits: [
      {
        file: "parallel.ts",
        find: "      job.result = await this.#work(item, this.#told);\n",
        replace:
          "      job.result = await this.#work(item, this.#told);\n      if (this.#line.size < 900) this.#free += 1;\n      queueMicrotask(this.#feed);\n",
      },
      {
        file: "parallel.ts",
        find: "    this.#line.shift();\n    this.#free += 1;\n",
        replace: "    this.#line.shift();\n",
      },
      { file: "parallel.ts", find: "new RingBuffer(workers)", replace: "new RingBuffer(1_000)" },
    ],
  },
  {
    id: "failure-does-not-wait",
    bug: "throws while other works are still under way",
    kind: "too-early",
    caughtBy: "3.6",
    edits: [
      {
        file: "parallel.ts",
        find: "if (end !== undefined && this.#underWay.count === 0)",
        replace: "if (end !== undefined && (end === this.#end || this.#underWay.count === 0))",
      },
    ],
  },
  {
    id: "work-error-swallowed",
    bug: "leaves out an item whose work fails",
    kind: "swallowed",
    caughtBy: "3.5",
    edits: [
      {
        file: "parallel.ts",
        find: "    this.#reading = false;\n    job.end = failure(error);\n    if (!this.#ordered) this.#finish(job.end, error);",
        replace:
          "    if (this.#ordered) {\n      this.#reading = false;\n      job.end = failure(error);\n    } else {\n      this.#free += 1;\n      queueMicrotask(this.#feed);\n    }",
      },
    ],
  },
  {
    id: "works-not-told",
    bug: "hands the works the signal from outside, which knows nothing of leaving",
    kind: "untold",
    caughtBy: "3.6",
    edits: [
      {
        file: "parallel.ts",
        find: "this.#work(item, this.#told)",
        replace: "this.#work(item, { signal: this.#signal })",
      },
    ],
  },
  {
    id: "silence-holds-up-the-failure",
    bug: "waits for the item that it has asked for before it notices an end",
    kind: "too-long",
    caughtBy: "3.6",
    edits: [
      {
        file: "parallel.ts",
        find: "  #begun = false;\n",
        replace: "  #begun = false;\n  #silent = false;\n",
      },
      {
        file: "parallel.ts",
        find: "        if (item === notReady) return;",
        replace: "        this.#silent = item === notReady;\n        if (item === notReady) return;",
      },
      {
        file: "parallel.ts",
        find: "  readonly #feed = (): void => {\n",
        replace: "  readonly #feed = (): void => {\n    if (this.#reading) this.#silent = false;\n",
      },
      {
        file: "parallel.ts",
        find: "if (end !== undefined && this.#underWay.count === 0)",
        replace: "if (end !== undefined && this.#underWay.count === 0 && !this.#silent)",
      },
    ],
  },
  {
    id: "tee-without-bound",
    bug: "keeps for the slow side whatever the fast one has taken",
    kind: "bound",
    caughtBy: "4.2",
    edits: [
      {
        file: "connect.ts",
        find: "    for (const pipe of this.#pipes) {\n",
        replace: "    for (const pipe of this.#pipes.slice(0, 1)) {\n",
      },
      { file: "pipe.ts", find: "new RingBuffer(buffer + 1)", replace: "new RingBuffer(1_000_000)" },
    ],
  },
  {
    id: "tee-takes-turns",
    bug: "gives each value to one side only, in turn",
    kind: "lost",
    caughtBy: "4.1",
    edits: [
      {
        file: "connect.ts",
        find: "    for (const pipe of this.#pipes) pipe.put(value);",
        replace:
          "    const [pipe] = this.#pipes;\n    pipe?.put(value);\n    this.#pipes = [...this.#pipes.slice(1), ...this.#pipes.slice(0, 1)];",
      },
    ],
  },
  {
    id: "left-side-still-counts",
    bug: "goes on filling a side that was left",
    kind: "too-long",
    caughtBy: "4.3",
    edits: [
      {
        file: "connect.ts",
        find: "    this.#pipes = this.#pipes.filter((other) => other !== pipe);\n    if (this.#pipes.length > 0 || this.#ended) return;",
        replace:
          "    this.#left.add(pipe);\n    if (this.#left.size < this.#pipes.length || this.#ended) return;",
      },
      {
        file: "connect.ts",
        find: "  #begun = false;\n",
        replace: "  readonly #left = new Set<Pipe<T>>();\n  #begun = false;\n",
      },
    ],
  },
  {
    id: "done-before-it-is-written",
    bug: "is done when everything was handed to the outputs",
    kind: "too-early",
    caughtBy: "4.4",
    edits: [
      {
        file: "outputs.ts",
        find: "      await output(text, { signal });",
        replace: "      output(text, { signal });",
      },
    ],
  },
  {
    id: "one-source-after-the-other",
    bug: "reads the second source when the first has ended",
    kind: "idle",
    caughtBy: "4.5",
    edits: [
      {
        file: "pipeline.ts",
        find: "connect(merge(parsed, { signal }), between)",
        replace: "connect(inTurn(parsed), between)",
      },
      {
        file: "pipeline.ts",
        find: "interface Stoppable {",
        replace:
          "async function* inTurn<T>(streams: readonly AsyncIterable<T>[]) {\n  for (const stream of streams) yield* stream;\n}\n\ninterface Stoppable {",
      },
      { file: "pipeline.ts", find: 'import { merge } from "@pattern-labs/primitives/merge";\n', replace: "" },
    ],
  },
  {
    id: "writes-overlap",
    bug: "calls an output again before it has taken the last line",
    kind: "too-early",
    caughtBy: "4.4",
    edits: [
      {
        file: "outputs.ts",
        find: "        if (works) works = await this.#send(parcel.text, output, index);",
        replace:
          "        const last = works;\n        works = this.#send(parcel.text, output, index);\n        await last;",
      },
      {
        file: "outputs.ts",
        find: "    let works = true;",
        replace: "    let works = Promise.resolve(true);",
      },
    ],
  },
  {
    id: "stage-not-bounded",
    bug: "puts no bound on what waits for the workers",
    kind: "bound",
    caughtBy: "4.6",
    edits: [
      {
        file: "pipeline.ts",
        find: "connect(each(this.#keep)(entries, { signal }), between)",
        replace: "connect(each(this.#keep)(entries, { signal }), { buffer: 100_000, signal })",
      },
    ],
  },
  {
    id: "a-bad-line-ends-it",
    bug: "a line that cannot be parsed ends the pipeline",
    kind: "contagion",
    caughtBy: "5.1",
    edits: [
      {
        file: "pipeline.ts",
        find: "      this.#reject({ source, line: number, text, reason: messageOf(error) });\n      return undefined;",
        replace:
          "      this.#reject({ source, line: number, text, reason: messageOf(error) });\n      throw error;",
      },
    ],
  },
  {
    id: "rejected-not-counted",
    bug: "does not count the lines that were rejected",
    kind: "counts",
    caughtBy: "5.2",
    edits: [{ file: "pipeline.ts", find: '    this.#ledger.count("rejected");\n', replace: "" }],
  },
  {
    id: "failure-stands-in-line",
    bug: "lets a failure make its way through the buffers",
    kind: "too-long",
    caughtBy: "5.3",
    edits: [
      {
        file: "shutdown.ts",
        find: "    if (!this.signal.aborted) this.stop(new PipelineFailure(stage, cause));\n    return this.signal.reason;",
        replace: "    return this.signal.aborted ? this.signal.reason : new PipelineFailure(stage, cause);",
      },
    ],
  },
  {
    id: "output-blamed-too-late",
    bug: "tells of an output's failure when its loop has been left: by then works that were told to stop have failed",
    kind: "wrong-error",
    caughtBy: "5.3",
    edits: [
      {
        file: "outputs.ts",
        find: "      this.#shutdown.stop(error);",
        replace: '      this.#shutdown.fail("output", error);',
      },
      {
        file: "outputs.ts",
        find: 'throw this.#shutdown.fail("output", error);',
        replace: "throw error;",
      },
    ],
  },
  {
    id: "failed-source-is-an-ended-one",
    bug: "takes a source that fails for one that has ended",
    kind: "swallowed",
    caughtBy: "5.3",
    edits: [
      {
        file: "pipeline.ts",
        find: '    } catch (error) {\n      if (!reading.aborted) throw this.#shutdown.fail("source", error);\n    } finally {',
        replace: "    } catch {\n      // There is nothing more to read of it.\n    } finally {",
      },
    ],
  },
  {
    id: "drain-drops-the-buffers",
    bug: "a drain ends before the buffers are empty",
    kind: "lost",
    caughtBy: "5.4",
    edits: [
      {
        file: "shutdown.ts",
        find: "    this.#drain.abort();",
        replace: "    this.#drain.abort();\n    this.#stop.abort();",
      },
      {
        file: "pipeline.ts",
        find: "    signal.throwIfAborted();\n    return this.#ledger.read();",
        replace:
          "    if (this.#options.signal?.aborted) signal.throwIfAborted();\n    return this.#ledger.read();",
      },
    ],
  },
  {
    id: "drain-leaves-the-sources-open",
    bug: "does not close the sources at a drain",
    kind: "left-open",
    caughtBy: "5.7",
    edits: [
      {
        file: "pipeline.ts",
        find: "      yield* new Input(source, reading);",
        replace:
          "      const iterator = source[Symbol.asyncIterator]();\n      const chunks = { next: () => iterator.next() };\n      yield* new Input({ [Symbol.asyncIterator]: () => chunks }, reading);",
      },
    ],
  },
  {
    id: "drain-waits-for-silence",
    bug: "a drain waits for the next chunk of each source",
    kind: "too-long",
    caughtBy: "5.5",
    edits: [
      {
        file: "pipeline.ts",
        find: "      yield* new Input(source, reading);",
        replace:
          "      for await (const chunk of source) {\n        if (reading.aborted) return;\n        yield chunk;\n      }",
      },
      { file: "pipeline.ts", find: 'import { Input } from "./input.ts";\n', replace: "" },
    ],
  },
  {
    id: "drain-cuts-the-chunk",
    bug: "a drain drops the lines of a chunk that have not been cut yet",
    kind: "lost",
    caughtBy: "5.5",
    edits: [
      {
        file: "pipeline.ts",
        find: "(this.#untilDrained(source), { signal });",
        replace: "(this.#untilDrained(source), { signal: this.#shutdown.reading });",
      },
      {
        file: "pipeline.ts",
        find: "    return each((line: Line) => this.#parse(line, index))(cut, { signal });",
        replace:
          "    return each((line: Line) => this.#parse(line, index))(untilEnd(cut, this.#shutdown.reading), { signal });",
      },
      {
        file: "pipeline.ts",
        find: "interface Stoppable {",
        replace:
          "async function* untilEnd<T>(stream: AsyncIterable<T>, reading: AbortSignal) {\n  try {\n    yield* stream;\n  } catch (error) {\n    if (!reading.aborted) throw error;\n  }\n}\n\ninterface Stoppable {",
      },
    ],
  },
  {
    id: "abort-does-not-wait-for-enrich",
    bug: "settles while entries are still being enriched",
    kind: "too-early",
    caughtBy: "5.3",
    edits: [{ file: "pipeline.ts", find: "    await this.#underWay.wait();\n", replace: "" }],
  },
  {
    id: "abort-drains",
    bug: "treats an abort like a drain",
    kind: "deaf",
    caughtBy: "5.6",
    edits: [
      {
        file: "pipeline.ts",
        find: "onAbort(signal, () => this.#shutdown.stop(signal?.reason))",
        replace: "onAbort(signal, () => this.#shutdown.drain())",
      },
    ],
  },
  {
    id: "written-when-handed-over",
    bug: "counts an entry as written when it is handed to the last output",
    kind: "counts",
    caughtBy: "5.2",
    edits: [
      {
        file: "outputs.ts",
        find: "        if (works) works = await this.#send(parcel.text, output, index);\n        parcel.missing -= 1;\n        if (parcel.missing === 0) this.#written();",
        replace:
          "        parcel.missing -= 1;\n        if (parcel.missing === 0) this.#written();\n        if (works) works = await this.#send(parcel.text, output, index);",
      },
    ],
  },
  {
    id: "aborted-signal-not-looked-at",
    bug: "heeds only an abort that comes while it runs",
    kind: "deaf",
    caughtBy: "5.6",
    edits: [
      {
        file: "pipeline.ts",
        find: "    const withdraw = onAbort(signal, ",
        replace: "    const withdraw = onAbort(signal?.aborted ? undefined : signal, ",
      },
    ],
  },
  {
    id: "order-lost-after-an-error",
    bug: "an error comes as soon as it happens, before the results of the items before it",
    kind: "order",
    caughtBy: "ordered.2",
    edits: [
      {
        file: "parallel.ts",
        find: "    if (!this.#ordered) this.#finish(job.end, error);",
        replace: "    this.#finish(job.end, error);",
      },
    ],
  },
  {
    id: "age-of-the-last",
    bug: "counts the age of a batch from its last item",
    kind: "deadline",
    caughtBy: "batches.2",
    edits: [
      {
        file: "challenges/batches.ts",
        find: "        const batch = [first.step.value];",
        replace: "        const batch = [first.step.value];\n        let { at } = first;",
      },
      {
        file: "challenges/batches.ts",
        find: "reader.nextBefore(first.at + maxAgeMs)",
        replace: "reader.nextBefore(at + maxAgeMs)",
      },
      {
        file: "challenges/batches.ts",
        find: "          batch.push(next.step.value);",
        replace: "          batch.push(next.step.value);\n          at = next.at;",
      },
    ],
  },
  {
    id: "last-batch-dropped",
    bug: "drops the batch that is not full when the input ends",
    kind: "lost",
    caughtBy: "batches.1",
    edits: [
      {
        file: "challenges/batches.ts",
        find: "        yield batch;\n        if (next?.step.done) return;",
        replace: "        if (next?.step.done) return;\n        yield batch;",
      },
    ],
  },
  {
    id: "window-tumbles",
    bug: "forgets everything when it has told a window",
    kind: "counts",
    caughtBy: "windows.2",
    edits: [
      {
        file: "challenges/windows.ts",
        find: "        buckets.delete(bucket - width + 1);",
        replace: "        buckets.delete(bucket);",
      },
    ],
  },
  {
    id: "given-up-holds-up",
    bug: "leaves the entries of an output that was given up uncounted",
    kind: "counts",
    caughtBy: "outputs.1",
    edits: [
      {
        file: "outputs.ts",
        find: "        if (works) works = await this.#send(parcel.text, output, index);\n",
        replace:
          "        if (works) works = await this.#send(parcel.text, output, index);\n        if (!works) continue;\n",
      },
    ],
  },
  {
    id: "writes-nowhere",
    bug: "goes on when the last output has failed",
    kind: "swallowed",
    caughtBy: "outputs.2",
    edits: [{ file: "outputs.ts", find: " || this.#working === 0) throw", replace: ") throw" }],
  },
  {
    id: "rate-for-each-worker",
    bug: "gives every worker a rate of its own",
    kind: "scope",
    caughtBy: "rate.1",
    edits: [
      {
        file: "pipeline.ts",
        find: "new RateLimiter({ ratePerSecond, burst: 1 })",
        replace: "new RateLimiter({ ratePerSecond: ratePerSecond * workers, burst: 1 })",
      },
    ],
  },
  {
    id: "abort-waits-for-its-turn",
    bug: "an abort waits for the turn of the next entry",
    kind: "deaf",
    caughtBy: "rate.2",
    edits: [
      {
        file: "pipeline.ts",
        find: "await this.#limiter?.acquire(options);",
        replace: "await this.#limiter?.acquire();",
      },
    ],
  },
  {
    id: "polls-for-a-place",
    bug: "lets 4 ms pass before a worker that is free begins anew",
    kind: "idle",
    caughtBy: "3.2",
    edits: [
      {
        file: "parallel.ts",
        find: "    this.#feed(); // The worker goes on while its result is being used.",
        replace: "    setTimeout(this.#feed, 4);",
      },
    ],
  },
  {
    id: "empty-windows-left-out",
    bug: "tells of no window in which nothing happened",
    kind: "counts",
    caughtBy: "windows.1",
    edits: [
      {
        file: "challenges/windows.ts",
        find: "        yield window(bucket, endMs);",
        replace: "        if (buckets.has(bucket)) yield window(bucket, endMs);",
      },
    ],
  },
  {
    id: "drain-close-first",
    bug: "a drain takes the error of a source that it has just told to close for a failure",
    kind: "wrong-error",
    caughtBy: "5.5",
    wrong: true,
  },
  {
    id: "parallel-late-begin",
    bug: "does not look again between the moment at which a worker becomes free and the beginning of its next item",
    kind: "gap",
    caughtBy: "3.6",
    wrong: true,
  },
  {
    id: "late-write-discarded",
    bug: "counts an entry as discarded whose write was under way at the abort, and succeeded",
    kind: "counts",
    caughtBy: "5.2",
    edits: [
      {
        file: "outputs.ts",
        find: "        parcel.missing -= 1;",
        replace: "        this.#shutdown.signal.throwIfAborted();\n        parcel.missing -= 1;",
      },
    ],
  },
]);
