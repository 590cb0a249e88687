import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference or as a whole wrong answer, and the guarantee whose test must
 * catch it. An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "limit-off-by-one",
    bug: "one place too many",
    kind: "bound",
    caughtBy: "1.1",
    edits: [
      {
        file: "buffer.ts",
        find: "this.#events = new RingBuffer(limit);",
        replace: "this.#events = new RingBuffer(limit + 1);",
      },
    ],
  },
  {
    id: "one-place-for-all-who-wait",
    bug: "when a place gets free, everybody who waits is let in",
    kind: "bound",
    caughtBy: "1.2",
    edits: [
      {
        file: "buffer.ts",
        find: "this.#events = new RingBuffer(limit);",
        replace: "this.#events = new RingBuffer(2 ** 30);",
      },
      {
        file: "buffer.ts",
        find: "else if (!this.#events.isFull) this.#events.push(event);",
        replace: "else if (this.#events.size < this.#limit) this.#events.push(event);",
      },
      {
        file: "buffer.ts",
        find: "    this.#events.push(producer.event);\n    producer.accept();",
        replace: "    this.#events.push(producer.event);\n    producer.accept();\n    this.#letNextIn();",
      },
    ],
  },
  {
    id: "nobody-let-in",
    bug: "a place gets free, and nobody who waits is told",
    kind: "wake-up",
    caughtBy: "1.2",
    edits: [{ file: "buffer.ts", find: "      this.#letNextIn();\n", replace: "" }],
  },
  {
    id: "announced-place",
    bug: "a free place is announced, not handed over: two producers take it",
    kind: "gap",
    caughtBy: "1.2",
    wrong: true,
  },
  {
    id: "newcomer-overtakes",
    bug: "a free place is announced, and a newcomer takes it before the one that waits",
    kind: "fairness",
    caughtBy: "1.2",
    wrong: true,
  },
  {
    id: "every-consumer-gets-it",
    bug: "an event goes to all consumers that wait",
    kind: "twice",
    caughtBy: "1.3",
    edits: [
      {
        file: "buffer.ts",
        find: "if (consumer !== undefined) consumer(this.#deliver(event));",
        replace:
          "if (consumer !== undefined) {\n      const result = this.#deliver(event);\n      consumer(result);\n      for (const other of this.#consumers) other(result);\n    }",
      },
    ],
  },
  {
    id: "past-a-waiting-consumer",
    bug: "an event is buffered although a consumer waits for it",
    kind: "wake-up",
    caughtBy: "1.4",
    edits: [
      {
        file: "buffer.ts",
        find: "    if (consumer !== undefined) consumer(this.#deliver(event));\n    else if (!this.#events.isFull) this.#events.push(event);",
        replace:
          "    if (!this.#events.isFull) this.#events.push(event);\n    else if (consumer !== undefined) consumer(this.#deliver(event));",
      },
    ],
  },
  {
    id: "undefined-means-empty",
    bug: "an event that is undefined is taken for an empty buffer",
    kind: "misread",
    caughtBy: "1.5",
    edits: [
      {
        file: "buffer.ts",
        find: "if (this.#events.size > 0) {\n      const result = this.#deliver(this.#events.shift() as T);",
        replace:
          "const event = this.#events.shift();\n    if (event !== undefined) {\n      const result = this.#deliver(event);",
      },
    ],
  },
  {
    id: "deaf-while-waiting",
    bug: "an abort does not end the wait for a place",
    kind: "deaf",
    caughtBy: "1.6",
    edits: [
      {
        file: "buffer.ts",
        find: "const withdraw = onAbort(signal, () => {",
        replace: "const withdraw = onAbort(undefined, () => {",
      },
    ],
  },
  {
    id: "aborted-but-delivered",
    bug: "an aborted offer keeps its place in the line",
    kind: "deaf",
    caughtBy: "1.6",
    edits: [
      { file: "buffer.ts", find: "        this.#producers.remove(place);\n", replace: "" },
      {
        file: "buffer.ts",
        find: "if (!first.signal?.aborted) return first;\n      this.#leave(first);",
        replace: "return first;",
      },
    ],
  },
  {
    id: "let-in-though-aborted",
    bug: "an offer whose signal has aborted is let in, if its own listener has not been called yet",
    kind: "deaf",
    caughtBy: "1.6",
    edits: [
      {
        file: "buffer.ts",
        find: "if (!first.signal?.aborted) return first;\n      this.#leave(first);",
        replace: "return first;",
      },
    ],
  },
  {
    id: "refused-though-aborted",
    bug: "close refuses an offer whose signal has aborted, if its own listener has not been called yet",
    kind: "wrong-error",
    caughtBy: "1.6",
    edits: [
      {
        file: "buffer.ts",
        find: "for (let producer = this.#nextProducer(); producer !== undefined; producer = this.#nextProducer()) {",
        replace:
          "for (let producer = this.#producers.shift(); producer !== undefined; producer = this.#producers.shift()) {\n      producer.withdraw();",
      },
    ],
  },
  {
    id: "passed-over",
    bug: "an aborted offer whose own listener has not been called yet is taken out of the line, and never settles",
    kind: "wake-up",
    caughtBy: "1.6",
    wrong: true,
  },
  {
    id: "listener-left-on-the-signal",
    bug: "whoever leaves the line by a place or by close leaves its listener on the signal",
    kind: "left-behind",
    caughtBy: "1.6",
    edits: [{ file: "buffer.ts", find: "      first.withdraw();\n", replace: "" }],
  },
  {
    id: "signal-looked-at-when-full",
    bug: "a signal is looked at only if there is something to wait for",
    kind: "deaf",
    caughtBy: "1.7",
    edits: [
      {
        file: "buffer.ts",
        find: "if (signal?.aborted) {",
        replace: "if (signal?.aborted && this.#events.isFull) {",
      },
    ],
  },
  {
    id: "close-throws-away",
    bug: "what is buffered is gone when the buffer is closed",
    kind: "lost",
    caughtBy: "1.8",
    edits: [
      {
        file: "buffer.ts",
        find: "    this.#closed = true;\n",
        replace: "    this.#closed = true;\n    this.#events.clear();\n",
      },
    ],
  },
  {
    id: "loop-never-told",
    bug: "a loop that waits does not hear of the end",
    kind: "wake-up",
    caughtBy: "1.8",
    edits: [
      {
        file: "buffer.ts",
        find: "      consumer({ done: true, value: undefined });\n    }\n    for",
        replace: "    }\n    for",
      },
    ],
  },
  {
    id: "producers-forgotten",
    bug: "close leaves those who wait for a place waiting",
    kind: "wake-up",
    caughtBy: "1.9",
    edits: [{ file: "buffer.ts", find: "      producer.reject(new BufferClosedError());\n", replace: "" }],
  },
  {
    id: "open-after-close",
    bug: "offers are accepted after close",
    kind: "too-late",
    caughtBy: "1.9",
    edits: [
      {
        file: "buffer.ts",
        find: "    if (this.#closed) return this.#refuse(new BufferClosedError());\n",
        replace: "",
      },
    ],
  },
  {
    id: "break-closes",
    bug: "leaving a loop closes the buffer for everybody",
    kind: "scope",
    caughtBy: "1.10",
    edits: [
      {
        file: "buffer.ts",
        find: "return { next: () => this.#next() };",
        replace:
          "return {\n      next: () => this.#next(),\n      return: async () => {\n        this.close();\n        return { done: true, value: undefined };\n      },\n    };",
      },
    ],
  },
  {
    id: "reads-ahead",
    bug: "a loop takes the next event while it works on this one, and leaving it loses that",
    kind: "lost",
    caughtBy: "1.10",
    edits: [
      {
        file: "buffer.ts",
        find: "return { next: () => this.#next() };",
        replace:
          "let ahead = this.#next();\n    return {\n      next: async () => {\n        const next = await ahead;\n        if (!next.done) ahead = this.#next();\n        return next;\n      },\n    };",
      },
    ],
  },
  // Step 2
  {
    id: "drops-the-oldest-for-the-newest",
    bug: "drop-newest drops the oldest",
    kind: "lost",
    caughtBy: "2.1",
    edits: [
      {
        file: "buffer.ts",
        find: '      case "drop-newest":\n        return this.#drop(event);\n      case "drop-oldest": {',
        replace: '      case "drop-newest":\n      case "drop-oldest": {',
      },
    ],
  },
  {
    id: "silent-refusal",
    bug: "a refused offer resolves",
    kind: "swallowed",
    caughtBy: "2.3",
    edits: [
      {
        file: "buffer.ts",
        find: "        return this.#refuse(new BufferFullError(this.#limit));",
        replace:
          "        this.#refuse(new BufferFullError(this.#limit)).catch(() => {});\n        return DONE;",
      },
    ],
  },
  {
    id: "woken-consumer",
    bug: "an event goes through the buffer although a consumer waits for it, and is dropped for want of a place",
    kind: "gap",
    caughtBy: "2.4",
    wrong: true,
  },
  {
    id: "tells-of-the-wrong-event",
    bug: "onDrop is given the event that stays",
    kind: "counts",
    caughtBy: "2.5",
    edits: [{ file: "buffer.ts", find: "return this.#drop(oldest);", replace: "return this.#drop(event);" }],
  },
  {
    id: "told-before-it-is-so",
    bug: "onDrop is called before the new event has its place",
    kind: "reentrancy",
    caughtBy: "2.5",
    edits: [
      {
        file: "buffer.ts",
        find: "        this.#events.push(event);\n        return this.#drop(oldest);",
        replace:
          "        const told = this.#drop(oldest);\n        this.#events.push(event);\n        return told;",
      },
    ],
  },
  {
    id: "told-before-it-is-counted",
    bug: "onDrop is called before the drop is counted",
    kind: "reentrancy",
    caughtBy: "2.5",
    edits: [
      { file: "buffer.ts", find: "    this.#tally.dropped += 1;\n    try {\n", replace: "    try {\n" },
      {
        file: "buffer.ts",
        find: "      return DONE;\n    } catch",
        replace: "      this.#tally.dropped += 1;\n      return DONE;\n    } catch",
      },
    ],
  },
  {
    id: "swallows-the-mishap",
    bug: "an error of onDrop disappears",
    kind: "swallowed",
    caughtBy: "2.5",
    edits: [
      {
        file: "buffer.ts",
        find: "} catch (error) {\n      return Promise.reject(error);",
        replace: "} catch {\n      return DONE;",
      },
    ],
  },
  {
    id: "told-in-a-loop",
    bug: "an offer within onDrop returns before its loss is told, and its error goes to the outer offer",
    kind: "reentrancy",
    caughtBy: "2.5",
    wrong: true,
  },
  {
    id: "cancelled-not-counted",
    bug: "an offer that was aborted while it waited is in no count",
    kind: "counts",
    caughtBy: "2.6",
    edits: [
      {
        file: "buffer.ts",
        find: "Producer<T>): void {\n    this.#tally.cancelled += 1;\n",
        replace: "Producer<T>): void {\n",
      },
    ],
  },
  {
    id: "late-offer-not-counted",
    bug: "an offer to a closed buffer is counted as offered, and as nothing else",
    kind: "counts",
    caughtBy: "2.6",
    edits: [
      {
        file: "buffer.ts",
        find: "return this.#refuse(new BufferClosedError());",
        replace: "return Promise.reject(new BufferClosedError());",
      },
    ],
  },
  {
    id: "counted-when-told",
    bug: "an event counts as delivered a moment after it has left the buffer",
    kind: "counts",
    caughtBy: "2.6",
    edits: [
      {
        file: "buffer.ts",
        find: "    this.#tally.delivered += 1;\n",
        replace: "    queueMicrotask(() => {\n      this.#tally.delivered += 1;\n    });\n",
      },
    ],
  },
  {
    id: "counts-change-afterwards",
    bug: "counts are the live record",
    kind: "shared",
    caughtBy: "2.7",
    edits: [
      {
        file: "buffer.ts",
        find: "return { ...this.#tally, buffered: this.#events.size, waiting: this.#producers.size };",
        replace:
          "return Object.assign(this.#tally, { buffered: this.#events.size, waiting: this.#producers.size });",
      },
    ],
  },
  {
    id: "cancelled-counts-as-refused",
    bug: "an offer with an aborted signal counts as refused",
    kind: "counts",
    caughtBy: "2.7",
    edits: [
      {
        file: "buffer.ts",
        find: "      this.#tally.cancelled += 1;\n      return",
        replace: "      this.#tally.refused += 1;\n      return",
      },
    ],
  },
  // Step 3
  {
    id: "admits-one-too-many",
    bug: "one place too many",
    kind: "bound",
    caughtBy: "3.1",
    edits: [
      {
        file: "admission.ts",
        find: "this.#inFlight < this.#places[priority]",
        replace: "this.#inFlight <= this.#places[priority]",
      },
    ],
  },
  {
    id: "each-kind-for-itself",
    bug: "normal requests are held against the other normal ones only",
    kind: "scope",
    caughtBy: "3.2",
    edits: [
      { file: "admission.ts", find: "  #inFlight = 0;\n", replace: "  #inFlight = 0;\n  #normal = 0;\n" },
      {
        file: "admission.ts",
        find: "    return this.#inFlight < this.#places[priority] ? this.#admit() : this.#refuse();",
        replace:
          '    if (this.#inFlight >= this.#places.high) return this.#refuse();\n    if (priority === "normal" && this.#normal >= this.#places.normal) return this.#refuse();\n    if (priority === "normal") this.#normal += 1;\n    return this.#admit();',
      },
    ],
  },
  {
    id: "kept-places-on-top",
    bug: "the places kept for high come on top of the limit",
    kind: "bound",
    caughtBy: "3.2",
    edits: [
      {
        file: "admission.ts",
        find: "{ high: limit, normal: limit - keptForHigh }",
        replace: "{ high: limit + keptForHigh, normal: limit }",
      },
    ],
  },
  {
    id: "status-by-priority",
    bug: "the status depends on who asks, not on whether there is room",
    kind: "wrong-error",
    caughtBy: "3.3",
    edits: [
      {
        file: "admission.ts",
        find: "? this.#admit() : this.#refuse();",
        replace: "? this.#admit() : this.#refuse(priority);",
      },
      {
        file: "admission.ts",
        find: "  #refuse(): Admission {\n    const isFull = this.#inFlight >= this.#places.high;",
        replace: '  #refuse(priority: Priority): Admission {\n    const isFull = priority === "high";',
      },
    ],
  },
  {
    id: "all-come-back-together",
    bug: "everybody is told the same second",
    kind: "retry",
    caughtBy: "3.4",
    edits: [
      {
        file: "admission.ts",
        find: "1 + Math.floor(this.#random() * this.#maxRetryAfterSeconds)",
        replace: "this.#maxRetryAfterSeconds",
      },
    ],
  },
  {
    id: "leaves-twice",
    bug: "calling leave again gives back a place of somebody else",
    kind: "permit",
    caughtBy: "3.5",
    edits: [
      { file: "admission.ts", find: "if (isInside) this.#inFlight -= 1;", replace: "this.#inFlight -= 1;" },
    ],
  },
  {
    id: "shed-awaits-before-answering",
    bug: "a refusal waits before it is given",
    kind: "too-long",
    caughtBy: "3.7",
    edits: [
      {
        file: "admission.ts",
        find: "      const admission = this.enter(",
        replace: "      await null;\n      const admission = this.enter(",
      },
    ],
  },
  {
    id: "handler-called-later",
    bug: "an admitted request waits before its handler is called",
    kind: "gap",
    caughtBy: "3.7",
    edits: [
      {
        file: "admission.ts",
        find: "      try {\n        await whileConnected",
        replace: "      try {\n        await null;\n        await whileConnected",
      },
    ],
  },
  {
    id: "place-lost-with-a-failure",
    bug: "a handler that fails keeps its place",
    kind: "permit",
    caughtBy: "3.8",
    edits: [
      {
        file: "admission.ts",
        find: "      } finally {\n        admission.leave(); // Not",
        replace: "        admission.leave();\n      } catch (error) {\n        throw error; // Not",
      },
    ],
  },
  {
    id: "place-back-at-once",
    bug: "the place is given back as soon as the handler was called",
    kind: "permit",
    caughtBy: "3.8",
    edits: [
      {
        file: "admission.ts",
        find: "        await whileConnected(response, (signal) => handle(request, response, { signal }));",
        replace:
          "        const handled = whileConnected(response, (signal) => handle(request, response, { signal }));\n        admission.leave();\n        await handled;",
      },
    ],
  },
  {
    id: "guard-swallows-the-error",
    bug: "an error of the handler disappears",
    kind: "swallowed",
    caughtBy: "3.8",
    edits: [
      {
        file: "admission.ts",
        find: "      } finally {\n        admission.leave(); // Not",
        replace: "      } catch {\n      } finally {\n        admission.leave(); // Not",
      },
    ],
  },
  {
    id: "listener-left-on-the-response",
    bug: "a listener stays on each response",
    kind: "left-behind",
    caughtBy: "3.8",
    edits: [
      {
        file: "admission.ts",
        find: '  try {\n    await work(client.signal);\n  } finally {\n    response.off("close", close);\n  }\n',
        replace: "  await work(client.signal);\n",
      },
    ],
  },
  {
    id: "place-lost-with-the-client",
    bug: "the place is not given back when the client disconnects",
    kind: "permit",
    caughtBy: "3.9",
    edits: [
      {
        file: "admission.ts",
        find: "        admission.leave(); // Not",
        replace: "        if (!gone) admission.leave(); // Not",
      },
      {
        file: "admission.ts",
        find: "      try {\n        await whileConnected",
        replace:
          '      let gone = false;\n      const leave = () => {\n        gone = !response.writableFinished;\n      };\n      response.on("close", leave);\n      try {\n        await whileConnected',
      },
    ],
  },
  {
    id: "place-back-with-the-client",
    bug: "the place is given back when the client leaves, while the handler still works",
    kind: "permit",
    caughtBy: "3.9",
    edits: [
      {
        file: "admission.ts",
        find: "        await whileConnected(response, (signal) => handle(request, response, { signal }));",
        replace:
          '        response.on("close", admission.leave);\n        await whileConnected(response, (signal) => handle(request, response, { signal }));\n        response.off("close", admission.leave);',
      },
    ],
  },
  {
    id: "served-is-gone",
    bug: "a client that was served is taken for one that left",
    kind: "misread",
    caughtBy: "3.9",
    edits: [
      { file: "admission.ts", find: "if (!response.writableFinished) client.abort", replace: "client.abort" },
    ],
  },
  {
    id: "signal-on-demand",
    bug: "the signal is made when the handler first looks at it: a client that has left before is missed",
    kind: "deaf",
    caughtBy: "3.9",
    wrong: true,
  },
  {
    id: "any-priority-is-high",
    bug: "whoever sends the header is high, whatever it says",
    kind: "misread",
    caughtBy: "3.10",
    edits: [
      {
        file: "admission.ts",
        find: 'request.headers["x-priority"] === "high" ?',
        replace: 'request.headers["x-priority"] !== undefined ?',
      },
    ],
  },
  {
    id: "all-kept-for-high",
    bug: "keptForHigh may take every place",
    kind: "unchecked",
    caughtBy: "3.11",
    edits: [
      {
        file: "admission.ts",
        find: 'checkCount("create an admission", "keptForHigh", keptForHigh, 0, limit - 1);',
        replace: 'checkCount("create an admission", "keptForHigh", keptForHigh, 0, limit);',
      },
    ],
  },
  // Step 4
  {
    id: "one-more-per-key",
    bug: "one place too many for each key",
    kind: "bound",
    caughtBy: "4.1",
    edits: [
      {
        file: "semaphore.ts",
        find: "if (this.#taken === this.#limit) return false;",
        replace: "if (this.#taken > this.#limit) return false;",
      },
    ],
  },
  {
    id: "one-at-a-time",
    bug: "one work of a key at a time, whatever the limit",
    kind: "idle",
    caughtBy: "4.1",
    edits: [
      {
        file: "semaphore.ts",
        find: "if (this.#taken === this.#limit) return false;",
        replace: "if (this.#taken > 0) return false;",
      },
    ],
  },
  {
    id: "forgets-a-busy-key",
    bug: "a key is forgotten when one of its works has ended, though others run",
    kind: "permit",
    caughtBy: "4.1",
    edits: [
      {
        file: "bulkhead.ts",
        find: "if (compartment.taken === 0) this.#compartments.delete(key);",
        replace: "this.#compartments.delete(key);",
      },
    ],
  },
  {
    id: "one-wall-around-all",
    bug: "one limit for all keys together",
    kind: "scope",
    caughtBy: "4.2",
    edits: [
      {
        file: "bulkhead.ts",
        find: "const known = this.#compartments.get(key);",
        replace: 'const known = this.#compartments.get("all");',
      },
      {
        file: "bulkhead.ts",
        find: "this.#compartments.set(key, compartment);",
        replace: 'this.#compartments.set("all", compartment);',
      },
    ],
  },
  {
    id: "place-announced",
    bug: "a free place is announced, not handed over",
    kind: "gap",
    caughtBy: "4.3",
    edits: [
      {
        file: "semaphore.ts",
        find: "if (!this.#line.wake()) this.#taken -= 1;",
        replace: "this.#taken -= 1;\n    this.#line.wake();",
      },
      {
        file: "semaphore.ts",
        find: "      await runUnder([signal, patience.signal], (either) => this.#line.wait(either));",
        replace:
          "      await runUnder([signal, patience.signal], (either) => this.#line.wait(either));\n      this.#taken += 1;",
      },
    ],
  },
  {
    id: "line-one-longer",
    bug: "one more may wait than was said",
    kind: "bound",
    caughtBy: "4.4",
    edits: [
      { file: "bulkhead.ts", find: "compartment.waiting >= this", replace: "compartment.waiting > this" },
    ],
  },
  {
    id: "place-lost-with-a-failing-work",
    bug: "a work that fails keeps its place",
    kind: "permit",
    caughtBy: "4.5",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      return await work({ signal: signal ?? new AbortController().signal });\n    } finally {\n      compartment.release();",
        replace:
          "      const result = await work({ signal: signal ?? new AbortController().signal });\n      compartment.release();\n      return result;\n    } finally {",
      },
    ],
  },
  {
    id: "work-called-later",
    bug: "a work is called a moment later although there is a place",
    kind: "gap",
    caughtBy: "4.5",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      return await work(",
        replace: "      await null;\n      return await work(",
      },
    ],
  },
  {
    id: "deaf-in-line",
    bug: "an abort does not end the wait",
    kind: "deaf",
    caughtBy: "4.6",
    edits: [
      {
        file: "semaphore.ts",
        find: "runUnder([signal, patience.signal],",
        replace: "runUnder([patience.signal],",
      },
    ],
  },
  {
    id: "grant-lost-by-an-abort",
    bug: "a place that was granted to somebody who has gone is lost",
    kind: "permit",
    caughtBy: "4.6",
    edits: [
      {
        file: "bulkhead.ts",
        find: "    try {\n      signal?.throwIfAborted(); //",
        replace: "    signal?.throwIfAborted();\n    try {\n      //",
      },
    ],
  },
  {
    id: "called-after-the-abort",
    bug: "a work is called although its signal aborted after the grant",
    kind: "gap",
    caughtBy: "4.6",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      signal?.throwIfAborted(); // It may have aborted between the grant and this line.\n",
        replace: "",
      },
    ],
  },
  {
    id: "checked-in-turn",
    bug: "the signal is looked at when the place is granted, and the work is called a few microtasks later, though it has aborted by then",
    kind: "gap",
    caughtBy: "4.6",
    wrong: true,
  },
  {
    id: "abort-frees-the-place",
    bug: "an aborted work gives its place back while it still runs",
    kind: "permit",
    caughtBy: "4.7",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      return await work({ signal: signal ?? new AbortController().signal });",
        replace:
          '      const gone = new Promise<never>((_, reject) =>\n        signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),\n      );\n      return await Promise.race([work({ signal: signal ?? new AbortController().signal }), gone]);',
      },
    ],
  },
  {
    id: "answers-for-the-work",
    bug: "run rejects with the reason although the work came to its end",
    kind: "wrong-error",
    caughtBy: "4.7",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      return await work({ signal: signal ?? new AbortController().signal });",
        replace:
          "      const result = await work({ signal: signal ?? new AbortController().signal });\n      signal?.throwIfAborted();\n      return result;",
      },
    ],
  },
  {
    id: "work-not-told",
    bug: "the work has a signal that never aborts",
    kind: "untold",
    caughtBy: "4.7",
    edits: [
      {
        file: "bulkhead.ts",
        find: "signal: signal ?? new AbortController().signal",
        replace: "signal: new AbortController().signal",
      },
    ],
  },
  {
    id: "late-but-still-in-line",
    bug: "whoever has waited too long stays in the line, and is handed a place",
    kind: "permit",
    caughtBy: "4.8",
    edits: [
      {
        file: "semaphore.ts",
        find: "      await runUnder([signal, patience.signal], (either) => this.#line.wait(either));",
        replace:
          "      const tooLong = new Promise<never>((_, reject) => onAbort(patience.signal, () => reject(patience.signal.reason)));\n      await Promise.race([this.#line.wait({ signal }), tooLong]);",
      },
      { file: "semaphore.ts", find: "import { runUnder } from", replace: "import { onAbort } from" },
    ],
  },
  {
    id: "timer-left-behind",
    bug: "the timer of a wait goes on when the place is there",
    kind: "left-behind",
    caughtBy: "4.8",
    edits: [
      {
        file: "semaphore.ts",
        find: "    const stop = startTimer(waitLimitMs, () => patience.abort(late()));\n    try {\n      await runUnder([signal, patience.signal], (either) => this.#line.wait(either));\n    } finally {\n      stop();\n    }\n",
        replace:
          "    startTimer(waitLimitMs, () => patience.abort(late()));\n    await runUnder([signal, patience.signal], (either) => this.#line.wait(either));\n",
      },
    ],
  },
  {
    id: "one-timer-a-line",
    bug: "one timer for the line, which is not set anew when the first leaves by an abort: the next is sent away too early",
    kind: "deadline",
    caughtBy: "4.8",
    wrong: true,
  },
  {
    id: "keeps-every-key",
    bug: "each key that was ever seen is kept",
    kind: "growth",
    caughtBy: "4.9",
    edits: [
      {
        file: "bulkhead.ts",
        find: "      if (compartment.taken === 0) this.#compartments.delete(key); // Otherwise each key ever seen would stay.\n",
        replace: "",
      },
    ],
  },
  // Challenge pace
  {
    id: "interval-from-the-last",
    bug: "counts each interval from the last timer: whole milliseconds add up",
    kind: "rate",
    caughtBy: "pace.2",
    edits: [
      {
        file: "challenges/pace.ts",
        find: "await until(beganAt + point * intervalMs, signal);",
        replace: "if (point > 0) await sleep(Math.ceil(intervalMs), { signal });",
      },
    ],
  },
  {
    id: "missed-turns-in-a-burst",
    bug: "turns that were missed come all at once",
    kind: "rate",
    caughtBy: "pace.3",
    edits: [
      {
        file: "challenges/pace.ts",
        find: "point = Math.max(point, passed) + 1;",
        replace: "point += 1 + 0 * passed;",
      },
    ],
  },
  {
    id: "takes-before-its-turn",
    bug: "an event is taken from the source before its turn",
    kind: "rate",
    caughtBy: "pace.4",
    edits: [
      {
        file: "challenges/pace.ts",
        find: "      await until(beganAt + point * intervalMs, signal);\n",
        replace: "",
      },
      {
        file: "challenges/pace.ts",
        find: "      if (next.done === true) return;",
        replace:
          "      if (next.done === true) return;\n      await until(beganAt + point * intervalMs, signal);",
      },
    ],
  },
  {
    id: "source-left-open",
    bug: "the source is not closed",
    kind: "left-open",
    caughtBy: "pace.5",
    edits: [
      {
        file: "challenges/pace.ts",
        find: "  try {\n    for (;;) {\n      await until(beganAt + point * intervalMs, signal);\n      const next = await source.next(); // Only now: what is not yet due stays with the source.\n      if (next.done === true) return;\n      const passed = Math.floor((performance.now() - beganAt) / intervalMs);\n      point = Math.max(point, passed) + 1;\n      yield next.value;\n    }\n  } finally {\n    await source.return?.();\n  }\n",
        replace:
          "  for (;;) {\n    await until(beganAt + point * intervalMs, signal);\n    const next = await source.next(); // Only now: what is not yet due stays with the source.\n    if (next.done === true) return;\n    const passed = Math.floor((performance.now() - beganAt) / intervalMs);\n    point = Math.max(point, passed) + 1;\n    yield next.value;\n  }\n",
      },
    ],
  },
  {
    id: "deaf-between-turns",
    bug: "an abort is noticed at the next turn",
    kind: "deaf",
    caughtBy: "pace.5",
    edits: [
      {
        file: "challenges/pace.ts",
        find: "await sleep(Math.ceil(leftMs), { signal });",
        replace: "await sleep(Math.ceil(leftMs));",
      },
    ],
  },
  // Challenge latest
  {
    id: "keeps-the-first",
    bug: "the first value of a key stays",
    kind: "lost",
    caughtBy: "latest.1",
    edits: [
      {
        file: "challenges/latest.ts",
        find: "    this.#values.set(key, value);\n",
        replace: "    if (!this.#values.has(key)) this.#values.set(key, value);\n",
      },
    ],
  },
  {
    id: "goes-to-the-end",
    bug: "a key whose value is replaced goes to the end of the line",
    kind: "fairness",
    caughtBy: "latest.2",
    edits: [
      {
        file: "challenges/latest.ts",
        find: "if (this.#values.has(key)) this.#tally.replaced += 1;",
        replace:
          "if (this.#values.has(key)) {\n      this.#tally.replaced += 1;\n      const others = [...this.#line].filter((other) => other !== key);\n      this.#line.clear();\n      for (const other of [...others, key]) this.#line.push(other);\n    }",
      },
    ],
  },
  {
    id: "loop-not-told",
    bug: "the loop does not hear of the end",
    kind: "wake-up",
    caughtBy: "latest.3",
    edits: [{ file: "challenges/latest.ts", find: "    this.#news.wakeAll();\n", replace: "" }],
  },
  {
    id: "full-for-the-known",
    bug: "a key that waits is refused when the buffer is full",
    kind: "bound",
    caughtBy: "latest.4",
    edits: [
      {
        file: "challenges/latest.ts",
        find: "if (this.#values.has(key)) this.#tally.replaced += 1;\n    else if (this.#line.isFull) throw this.#refusal(new BufferFullError(this.#line.capacity));",
        replace:
          "if (this.#line.isFull) throw this.#refusal(new BufferFullError(this.#line.capacity));\n    else if (this.#values.has(key)) this.#tally.replaced += 1;",
      },
    ],
  },
  // Challenge adaptive
  {
    id: "never-forgets",
    bug: "latencies count for ever",
    kind: "resilience",
    caughtBy: "adaptive.1",
    edits: [
      {
        file: "challenges/adaptive.ts",
        find: "    this.#forget();\n    this.#samples.push(",
        replace: "    this.#samples.push(",
      },
      {
        file: "challenges/adaptive.ts",
        find: "    this.#forget();\n    const sorted",
        replace: "    const sorted",
      },
      {
        file: "challenges/adaptive.ts",
        find: "\n  #forget(): void {\n    const oldest = performance.now() - this.#windowMs;\n    while ((this.#samples.first?.value.at ?? Infinity) <= oldest) this.#samples.shift();\n  }\n",
        replace: "",
      },
    ],
  },
  {
    id: "never-lowers",
    bug: "the limit stays whatever the latency is",
    kind: "resilience",
    caughtBy: "adaptive.3",
    edits: [
      {
        file: "challenges/adaptive.ts",
        find: "Math.max(this.#minLimit, Math.floor(this.#limit * BACKOFF))",
        replace: "this.#limit",
      },
    ],
  },
  {
    id: "lowers-at-every-answer",
    bug: "decides at every answer, before it can have seen what the last decision did",
    kind: "resilience",
    caughtBy: "adaptive.3",
    edits: [{ file: "challenges/adaptive.ts", find: "    if (now < this.#decideAt) return;\n", replace: "" }],
  },
  {
    id: "never-recovers",
    bug: "the limit only ever falls",
    kind: "resilience",
    caughtBy: "adaptive.4",
    edits: [
      {
        file: "challenges/adaptive.ts",
        find: "    // A limit that nobody reaches has not been tried: raising it would say nothing about the service.\n    else if (this.#wasReached) this.#limit = Math.min(this.#maxLimit, this.#limit + 1);\n",
        replace: "",
      },
    ],
  },
  {
    id: "down-to-nothing",
    bug: "the limit falls below minLimit",
    kind: "resilience",
    caughtBy: "adaptive.5",
    edits: [
      {
        file: "challenges/adaptive.ts",
        find: "Math.max(this.#minLimit, Math.floor(",
        replace: "Math.max(0, Math.floor(",
      },
    ],
  },
]);
