import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference or as a whole wrong answer, and the guarantee whose test must
 * catch it. An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "unescaped-expression",
    bug: "a token is taken for a regular expression",
    kind: "misread",
    caughtBy: "1.1",
    edits: [
      {
        file: "topics.ts",
        find: "token === tokens[i])",
        replace: 'new RegExp("^" + token + "$").test(tokens[i] ?? ""))',
      },
    ],
  },
  {
    id: "star-matches-several",
    bug: "`*` at the end stands for several tokens",
    kind: "misread",
    caughtBy: "1.2",
    edits: [
      {
        file: "topics.ts",
        find: ": tokens.length === wanted.length;",
        replace:
          ': tokens.length === wanted.length || (wanted.at(-1) === "*" && tokens.length > wanted.length);',
      },
    ],
  },
  {
    id: "rest-matches-nothing",
    bug: "`>` stands for no token as well",
    kind: "misread",
    caughtBy: "1.3",
    edits: [
      { file: "topics.ts", find: "tokens.length > wanted.length", replace: "tokens.length >= wanted.length" },
    ],
  },
  {
    id: "wildcard-published",
    bug: "a topic may have wildcards in it",
    kind: "misread",
    caughtBy: "1.4",
    edits: [{ file: "topics.ts", find: "TOPIC.test(topic)", replace: "PATTERN.test(topic)" }],
  },
  {
    id: "rest-in-the-middle",
    bug: "a pattern may have tokens after `>`",
    kind: "misread",
    caughtBy: "1.4",
    edits: [
      { file: "topics.ts", find: "/^(?:(?:[^\\s.*>]+|\\*)\\.)*", replace: "/^(?:(?:[^\\s.*>]+|[*>])\\.)*" },
    ],
  },

  // Step 2
  {
    id: "one-pattern-each",
    bug: "a message goes to the first pattern that matches, and to no other",
    kind: "lost",
    caughtBy: "2.1",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "const members = lists.length > 1 ? lists.flat() : only;",
        replace: "const members = only;",
      },
    ],
  },
  {
    id: "copied-payload",
    bug: "each message has a copy of the payload",
    kind: "shared",
    caughtBy: "2.2",
    edits: [
      {
        file: "broker.ts",
        find: "{ topic, payload,",
        replace: "{ topic, payload: structuredClone(payload),",
      },
    ],
  },
  {
    id: "delivered-later",
    bug: "`publish` returns before anybody has the message",
    kind: "gap",
    caughtBy: "2.3",
    edits: [
      {
        file: "broker.ts",
        find: "for (const target of targets) target.put(message, tally);",
        replace: "for (const target of targets) queueMicrotask(() => target.put(message, tally));",
      },
    ],
  },
  {
    id: "waits-for-the-sleeper",
    bug: "a message is held back for everybody until there is room in every buffer",
    kind: "too-long",
    caughtBy: "2.4",
    wrong: true,
  },
  {
    id: "numbers-what-was-delivered",
    bug: "a message that reaches nobody has no number",
    kind: "counts",
    caughtBy: "2.5",
    edits: [
      {
        file: "broker.ts",
        find: "    return tally;\n",
        replace: "    if (tally.delivered === 0) this.#published -= 1;\n    return tally;\n",
      },
    ],
  },
  {
    id: "woken-reader",
    bug: "a `next` that waits is woken to fetch its message, which takes a place until then",
    kind: "gap",
    caughtBy: "2.6",
    edits: [
      {
        file: "inbox.ts",
        find: "    else reader({ done: false, value: this.#withGap(message) });\n",
        replace:
          "    else {\n      this.#push(message);\n      queueMicrotask(() => reader({ done: false, value: this.#shift() as Message }));\n    }\n",
      },
    ],
  },
  {
    id: "limit-off-by-one",
    bug: "one place too many",
    kind: "bound",
    caughtBy: "2.7",
    edits: [
      {
        file: "inbox.ts",
        find: "if (this.#buffer.size === this.#bufferLimit)",
        replace: "if (this.#buffer.size > this.#bufferLimit)",
      },
    ],
  },
  {
    id: "newest-replaced",
    bug: "`drop-newest` drops the newest that is buffered, and keeps the one that comes",
    kind: "lost",
    caughtBy: "2.9",
    edits: [
      {
        file: "inbox.ts",
        find: '    } else if (this.#whenFull === "disconnect") {',
        replace:
          '    } else if (this.#whenFull === "drop-newest") {\n      const kept: Message[] = [];\n      for (let one = this.#buffer.shift(); one !== undefined; one = this.#buffer.shift()) kept.push(one);\n      for (const one of [...kept.slice(0, -1), message]) this.#buffer.push(one);\n    } else if (this.#whenFull === "disconnect") {',
      },
    ],
  },
  {
    id: "gap-told-too-early",
    bug: "with `drop-newest` the gap is told by the message that is read next, which stands before it",
    kind: "counts",
    caughtBy: "2.10",
    edits: [
      {
        file: "inbox.ts",
        find: 'this.#buffer.push(this.#whenFull === "drop-newest" ? this.#withGap(message) : message)',
        replace: "this.#buffer.push(message)",
      },
      {
        file: "inbox.ts",
        find: 'message !== undefined && this.#whenFull === "drop-oldest" ?',
        replace: "message !== undefined ?",
      },
    ],
  },
  {
    id: "gap-told-too-late",
    bug: "with `drop-oldest` the gap is told by the message that made it, at the other end of the buffer",
    kind: "counts",
    caughtBy: "2.10",
    edits: [
      {
        file: "inbox.ts",
        find: 'this.#buffer.push(this.#whenFull === "drop-newest" ? this.#withGap(message) : message)',
        replace: "this.#buffer.push(this.#withGap(message))",
      },
      {
        file: "inbox.ts",
        find: 'message !== undefined && this.#whenFull === "drop-oldest" ? this.#withGap(message) : message',
        replace: "message",
      },
    ],
  },
  {
    id: "gap-for-everybody",
    bug: "the gap is written into the message that all share",
    kind: "shared",
    caughtBy: "2.10",
    edits: [
      {
        file: "inbox.ts",
        find: "return { ...message, missed };",
        replace: "return Object.assign(message, { missed });",
      },
    ],
  },
  {
    id: "gap-in-the-sequence",
    bug: "the gap is taken from the broker's numbers, so what does not match counts as missed",
    kind: "counts",
    caughtBy: "2.10",
    edits: [
      {
        file: "inbox.ts",
        find: "    const missed = this.#missed - this.#missedAndTold;\n    if (missed === 0) return message;\n    this.#missedAndTold = this.#missed;\n",
        replace:
          "    const missed = message.sequence - this.#missedAndTold - 1;\n    this.#missedAndTold = message.sequence;\n",
      },
    ],
  },
  {
    id: "gap-kept-in-a-byte",
    bug: "a gap of more than 255 messages is told modulo 256",
    kind: "counts",
    caughtBy: "2.10",
    edits: [
      {
        file: "inbox.ts",
        find: "const missed = this.#missed - this.#missedAndTold;",
        replace: "const missed = (this.#missed - this.#missedAndTold) & 0xff;",
      },
    ],
  },
  {
    id: "newest-not-counted",
    bug: "what `drop-newest` drops is not counted as missed",
    kind: "counts",
    caughtBy: "2.11",
    edits: [
      {
        file: "inbox.ts",
        find: "    this.#missed += 1;\n",
        replace: '    if (this.#whenFull !== "drop-newest") this.#missed += 1;\n',
      },
    ],
  },
  {
    id: "places-never-let-go",
    bug: "the places of a queue are let go only when it gets quite empty",
    kind: "growth",
    caughtBy: "2.12",
    edits: [
      {
        file: "ring.ts",
        find: "    if (this.#size === this.#slots.length) this.#grow();\n    this.#slots[(this.#first + this.#size) & (this.#slots.length - 1)] = value;\n",
        replace:
          "    if (this.#size === 0) this.clear();\n    this.#slots[this.#first + this.#size] = value;\n",
      },
      {
        file: "ring.ts",
        find: "this.#first = (this.#first + 1) & (this.#slots.length - 1);",
        replace: "this.#first += 1;",
      },
    ],
  },
  {
    id: "disconnected-with-empty-hands",
    bug: "what is buffered is gone when a subscription is disconnected",
    kind: "lost",
    caughtBy: "3.8",
    edits: [
      {
        file: "inbox.ts",
        find: "      this.#endWith(() => Promise.reject(error));\n",
        replace: "      this.#buffer.clear();\n      this.#endWith(() => Promise.reject(error));\n",
      },
    ],
  },
  {
    id: "next-one-skipped",
    bug: "who is disconnected is taken out of the list that is walked through, and the one behind is passed over",
    kind: "reentrancy",
    caughtBy: "3.7",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "      this.#members.delete(member);\n      this.#snapshot = undefined;\n",
        replace:
          "      this.#members.delete(member);\n      const list = this.#snapshot as T[] | undefined;\n      list?.splice(list.indexOf(member), 1);\n",
      },
    ],
  },
  {
    id: "bad-topic-numbered",
    bug: "a topic that is refused uses up a number",
    kind: "counts",
    caughtBy: "2.13",
    edits: [
      {
        file: "broker.ts",
        find: "    const targets = this.#routes.matching(topic);\n    this.#published += 1;\n",
        replace: "    this.#published += 1;\n    const targets = this.#routes.matching(topic);\n",
      },
    ],
  },
  {
    id: "options-unchecked",
    bug: "options are taken as they come",
    kind: "unchecked",
    caughtBy: "2.13",
    edits: [
      {
        file: "broker.ts",
        find: "const checked = checkedOptions(options);",
        replace: "const checked = { ...checkedOptions({}), ...options };",
      },
    ],
  },

  // Step 3
  {
    id: "last-message-remembered",
    bug: "whoever subscribes is given the last message of the topic, from before",
    kind: "order",
    caughtBy: "3.1",
    edits: [
      {
        file: "broker.ts",
        find: "  #unnamed = 0;\n",
        replace: '  #unnamed = 0;\n  #last: Parameters<Inbox["put"]>[0] | undefined;\n',
      },
      {
        file: "broker.ts",
        find: "    return tally;\n",
        replace: "    this.#last = message;\n    return tally;\n",
      },
      {
        file: "broker.ts",
        find: "    return inbox;\n",
        replace:
          "    if (this.#last?.topic === pattern) inbox.put(this.#last, { delivered: 0, dropped: 0 });\n    return inbox;\n",
      },
    ],
  },
  {
    id: "waiting-never-told",
    bug: "a `next` that waits does not hear of the end",
    kind: "wake-up",
    caughtBy: "3.2",
    edits: [
      {
        file: "inbox.ts",
        find: "      reader(end());\n",
        replace: "      if (reader === undefined) end();\n",
      },
    ],
  },
  {
    id: "async-generator",
    bug: "`return()` stands in line behind a `next` that waits",
    kind: "too-long",
    caughtBy: "3.3",
    edits: [
      {
        file: "inbox.ts",
        find: "  [Symbol.asyncIterator](): MessageLoop {\n    return {\n      next: () => this.#next(),\n      return: () => {\n        this.#close();\n        return Promise.resolve(DONE);\n      },\n    };\n",
        replace:
          "  async *[Symbol.asyncIterator](): AsyncGenerator<Message, undefined> {\n    try {\n      for (let result = await this.#next(); !result.done; result = await this.#next()) yield result.value;\n    } finally {\n      this.#close();\n    }\n",
      },
    ],
  },
  {
    id: "reason-wrapped",
    bug: "an abort gives an error of its own instead of the reason",
    kind: "wrong-error",
    caughtBy: "3.4",
    edits: [
      {
        file: "inbox.ts",
        find: "Promise.reject(signal.reason)",
        replace: 'Promise.reject(new Error("aborted", { cause: signal.reason }))',
      },
    ],
  },
  {
    id: "taken-back",
    bug: "a message that was handed over is taken back if the subscription ends before its reader has woken",
    kind: "lost",
    caughtBy: "3.10",
    edits: [
      {
        file: "inbox.ts",
        find: "    else reader({ done: false, value: this.#withGap(message) });\n",
        replace:
          "    else queueMicrotask(() => reader(this.#end?.() ?? { done: false, value: this.#withGap(message) }));\n",
      },
    ],
  },
  {
    id: "left-with-empty-hands",
    bug: "who leaves its loop while a message is on its way to its `next` is told that nothing came",
    kind: "lost",
    caughtBy: "3.10",
    edits: [
      {
        file: "inbox.ts",
        find: "    return {\n      next: () => this.#next(),\n      return: () => {\n",
        replace:
          "    let hasLeft = false;\n    return {\n      next: async () => {\n        const result = await this.#next();\n        return hasLeft ? DONE : result;\n      },\n      return: () => {\n        hasLeft = true;\n",
      },
    ],
  },
  {
    id: "overflow-before-the-abort",
    bug: "a full buffer overflows before anybody looks at the signal, which has aborted a moment ago",
    kind: "deaf",
    caughtBy: "3.5",
    edits: [
      {
        file: "inbox.ts",
        find: "    if (this.hasGone) return;\n    if (this.#buffer.size === this.#bufferLimit) this.#overflow(message, tally);\n    else this.#take(message, tally);\n",
        replace:
          "    if (this.#buffer.size === this.#bufferLimit) this.#overflow(message, tally);\n    else if (!this.hasGone) this.#take(message, tally);\n",
      },
    ],
  },
  {
    id: "half-subscribed",
    bug: "`subscribe` throws the reason of its signal, and keeps the id",
    kind: "growth",
    caughtBy: "3.6",
    edits: [
      {
        file: "broker.ts",
        find: "    options.signal?.throwIfAborted();\n",
        replace: "    this.#ids.add(id);\n    options.signal?.throwIfAborted();\n",
      },
    ],
  },
  {
    id: "last-end-counts",
    bug: "a later end hides the first: a disconnected subscription that is left ends in silence",
    kind: "too-late",
    caughtBy: "3.9",
    edits: [
      {
        file: "inbox.ts",
        find: "    if (this.#end !== undefined) return;\n",
        replace: "    if (this.#end !== undefined) {\n      this.#end = end;\n      return;\n    }\n",
      },
    ],
  },
  {
    id: "listener-left-on-the-signal",
    bug: "an ended subscription leaves its listener on the signal",
    kind: "left-behind",
    caughtBy: "3.11",
    edits: [{ file: "inbox.ts", find: "    this.#withdraw();\n", replace: "" }],
  },
  {
    id: "only-marked-as-gone",
    bug: "an ended subscription stays among the routes, and is passed over for each message",
    kind: "growth",
    caughtBy: "3.11",
    edits: [
      { file: "broker.ts", find: "      routes.delete(pattern, inbox);\n", replace: "" },
      {
        file: "inbox.ts",
        find: "if (this.hasGone) return;",
        replace: "if (this.#end !== undefined || this.hasGone) return;",
      },
    ],
  },
  {
    id: "pattern-left-behind",
    bug: "a pattern that nobody asks for any more stays",
    kind: "growth",
    caughtBy: "3.11",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "    if (branch?.isEmpty) this.branches.delete(token);\n",
        replace: "",
      },
    ],
  },
  {
    id: "left-with-messages-unread",
    bug: "whoever leaves a disconnected subscription with messages unread takes the id from whoever has it by now",
    kind: "too-late",
    caughtBy: "3.12",
    edits: [
      {
        file: "inbox.ts",
        find: "    this.#replayed.clear();\n",
        replace: "    if (this.unread > 0) this.#leave();\n    this.#replayed.clear();\n",
      },
    ],
  },
  {
    id: "two-of-one-id",
    bug: "two subscriptions may have the same id",
    kind: "unchecked",
    caughtBy: "3.12",
    edits: [
      { file: "broker.ts", find: "    if (this.#ids.has(id)) throw new IdTakenError(id);\n", replace: "" },
    ],
  },
  {
    id: "walks-a-living-list",
    bug: "between two subscribers `publish` lets others run: who subscribes meanwhile gets what was published before",
    kind: "reentrancy",
    caughtBy: "3.13",
    edits: [
      {
        file: "broker.ts",
        find: "    const targets = this.#routes.matching(topic);\n",
        replace: "    const targets = { *[Symbol.iterator]() {} } as unknown as readonly Target[];\n",
      },
      {
        file: "broker.ts",
        find: "    for (const target of targets) target.put(message, tally);\n",
        replace:
          "    for (const target of targets) target.put(message, tally);\n    void (async () => {\n      const met = new Set<Target>();\n      for (let found = true; found; ) {\n        found = false;\n        for (const target of this.#routes.matching(topic)) {\n          if (met.has(target)) continue;\n          met.add(target);\n          target.put(message, tally);\n          found = true;\n          for (let turn = 0; turn < 9; turn += 1) await null;\n          break;\n        }\n      }\n    })();\n",
      },
    ],
  },
  {
    id: "newest-first",
    bug: "what one handler publishes in one breath is delivered later, the last first",
    kind: "order",
    caughtBy: "3.14",
    edits: [
      {
        file: "broker.ts",
        find: "  #unnamed = 0;\n",
        replace: "  #unnamed = 0;\n  readonly #later: (() => void)[] = [];\n",
      },
      {
        file: "broker.ts",
        find: "    for (const target of targets) target.put(message, tally);\n",
        replace:
          "    this.#later.push(() => {\n      for (const target of targets) target.put(message, tally);\n    });\n    queueMicrotask(() => this.#later.pop()?.());\n",
      },
    ],
  },
  {
    id: "thrown-away-is-missed",
    bug: "what is thrown away at the end counts as missed",
    kind: "counts",
    caughtBy: "3.15",
    edits: [
      {
        file: "inbox.ts",
        find: "    this.#buffer.clear();\n",
        replace: "    this.#missed += this.#buffer.size;\n    this.#buffer.clear();\n",
      },
    ],
  },

  // Challenge trie
  {
    id: "literal-hides-star",
    bug: "a branch for the token itself hides the one for `*`",
    kind: "misread",
    caughtBy: "trie.1",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "      if (any !== undefined) next.push(any);\n",
        replace: "      if (any !== undefined && same === undefined) next.push(any);\n",
      },
    ],
  },
  {
    id: "others-cut-off",
    bug: "a branch is cut off with its last own subscriber, and with it those who hang further out",
    kind: "lost",
    caughtBy: "trie.1",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "return this.#members.size === 0 && this.branches.size === 0;",
        replace: "return this.#members.size === 0;",
      },
    ],
  },
  {
    id: "every-branch-looked-at",
    bug: "the branches of a level are compared one by one",
    kind: "growth",
    caughtBy: "trie.2",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "branches.get(token), branches",
        replace: "[...branches].find(([each]) => each === token)?.[1], branches",
      },
    ],
  },
  {
    id: "members-compared",
    bug: "who leaves is looked for among all that have the same pattern",
    kind: "growth",
    caughtBy: "trie.3",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "      this.#members.delete(member);\n",
        replace:
          "      for (const each of [...this.#members]) if (each === member) this.#members.delete(each);\n",
      },
    ],
  },
  {
    id: "unsubscribed-stay-in-the-trie",
    bug: "who leaves takes its own leaf along, and the empty branch stays",
    kind: "growth",
    caughtBy: "trie.4",
    edits: [
      {
        file: "challenges/trie.ts",
        find: "    if (branch?.isEmpty) this.branches.delete(token);\n",
        replace: "    if (branch?.isEmpty && rest.length === 0) this.branches.delete(token);\n",
      },
    ],
  },

  // Challenge replay
  {
    id: "replay-last-of-all",
    bug: "the last N of all topics are looked through, instead of the last N that match",
    kind: "lost",
    caughtBy: "replay.3",
    edits: [
      {
        file: "challenges/history.ts",
        find: '    const messages = this.#kept.toArray().filter(({ topic }) => matches(topic));\n    if ("last" in from) return messages.slice(Math.max(0, messages.length - from.last));\n',
        replace:
          '    const all = this.#kept.toArray();\n    const messages = all.filter(({ topic }) => matches(topic));\n    if ("last" in from) return messages.filter((one) => all.indexOf(one) >= all.length - from.last);\n',
      },
    ],
  },
  {
    id: "replay-gap",
    bug: "it goes live a moment after the replay was put together: what is published between is lost",
    kind: "gap",
    caughtBy: "replay.4",
    edits: [
      {
        file: "broker.ts",
        find: "    routes.add(pattern, inbox);\n",
        replace:
          "    if (from === undefined) routes.add(pattern, inbox);\n    else queueMicrotask(() => routes.add(pattern, inbox));\n",
      },
    ],
  },
  {
    id: "replay-duplicate",
    bug: "the replay is put together when it is read: what is published between comes twice",
    kind: "twice",
    caughtBy: "replay.4",
    edits: [
      {
        file: "broker.ts",
        find: "const replayed = from === undefined ? [] : this.#history.since(from, pattern, this.#published);",
        replace:
          "const replayed = (() =>\n      from === undefined ? [] : this.#history.since(from, pattern, this.#published)) as never;",
      },
      {
        file: "inbox.ts",
        find: "    for (const message of replayed) this.#replayed.push(message);\n",
        replace: "    Object.assign(this, { replayed });\n",
      },
      {
        file: "inbox.ts",
        find: "    this.#reads += 1;\n",
        replace:
          "    this.#reads += 1;\n    const late = this as unknown as { replayed(): Message[] };\n    if (this.#reads === 1) for (const message of late.replayed()) this.#replayed.push(message);\n",
      },
    ],
  },
  {
    id: "replay-into-the-buffer",
    bug: "what is replayed is limited by the buffer",
    kind: "lost",
    caughtBy: "replay.5",
    edits: [
      {
        file: "inbox.ts",
        find: "for (const message of replayed) this",
        replace: "for (const message of replayed.slice(-bufferLimit)) this",
      },
    ],
  },

  // Challenge acks
  {
    id: "acknowledged-comes-again",
    bug: "the timer of a delivery goes on after the message was acknowledged",
    kind: "twice",
    caughtBy: "acks.1",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "    if (!this.#tasks.delete(task)) return;\n    clearTimeout(task.timer);\n",
        replace: "    if (!this.#tasks.delete(task)) return;\n",
      },
    ],
  },
  {
    id: "late-ack-ignored",
    bug: "only the last delivery can be acknowledged",
    kind: "twice",
    caughtBy: "acks.1",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "ack: () => this.#finish(task),",
        replace:
          "ack: () => {\n        if (task.isInWork && task.attempts === attempt) this.#finish(task);\n      },",
      },
    ],
  },
  {
    id: "nak-at-once",
    bug: "the delay of a `nak` is not waited for",
    kind: "retry",
    caughtBy: "acks.2",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "else if (delayMs === 0) this.#becomeDue(task);",
        replace: "else if (delayMs >= 0) this.#becomeDue(task);",
      },
    ],
  },
  {
    id: "one-delivery-too-many",
    bug: "a message is given out once more than `maxDeliveries`",
    kind: "retry",
    caughtBy: "acks.4",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "if (task.attempts === this.#options.maxDeliveries)",
        replace: "if (task.attempts > this.#options.maxDeliveries)",
      },
    ],
  },
  {
    id: "in-flight-without-bound",
    bug: "messages are taken however many are not acknowledged",
    kind: "bound",
    caughtBy: "acks.5",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "if (this.#isFetching || this.#tasks.size >= this.#options.maxInFlight) return;",
        replace: "if (this.#isFetching) return;",
      },
    ],
  },
  {
    id: "timers-outlive-the-consumer",
    bug: "the timers of a consumer that has ended go on",
    kind: "left-behind",
    caughtBy: "acks.6",
    edits: [
      {
        file: "challenges/consumer.ts",
        find: "    for (const { timer } of this.#tasks) clearTimeout(timer);\n",
        replace: "",
      },
    ],
  },

  // Challenge groups
  {
    id: "group-delivers-to-two",
    bug: "whoever waits for a message gets it as well as the one whose turn it is",
    kind: "twice",
    caughtBy: "groups.1",
    edits: [
      {
        file: "challenges/groups.ts",
        find: "    inbox.put(message, tally);\n",
        replace:
          "    inbox.put(message, tally);\n    const [next] = this.members;\n    if (next !== inbox) next?.put(message, { delivered: 0, dropped: 0 });\n",
      },
    ],
  },
  {
    id: "always-the-first",
    bug: "the first with room gets everything",
    kind: "fairness",
    caughtBy: "groups.2",
    edits: [
      {
        file: "challenges/groups.ts",
        find: "    this.members.delete(inbox);\n    this.members.add(inbox);\n",
        replace: "",
      },
    ],
  },
  {
    id: "full-not-passed-over",
    bug: "whose turn it is gets the message, room or not",
    kind: "lost",
    caughtBy: "groups.3",
    edits: [
      {
        file: "challenges/groups.ts",
        find: "    for (const inbox of this.members) if (inbox.hasRoom) return inbox;\n",
        replace: "",
      },
    ],
  },
  {
    id: "group-gives-to-the-gone",
    bug: "a member whose signal has aborted a moment ago takes its turn",
    kind: "deaf",
    caughtBy: "groups.5",
    edits: [{ file: "inbox.ts", find: "this.#bufferLimit && !this.hasGone;", replace: "this.#bufferLimit;" }],
  },
  {
    id: "group-remembered",
    bug: "a group whose last member has gone stays",
    kind: "growth",
    caughtBy: "groups.6",
    edits: [
      {
        file: "challenges/groups.ts",
        find: "    this.#groups.delete(key);\n    this.#routes.delete(pattern, group);\n",
        replace: "",
      },
    ],
  },

  // Challenge health
  {
    id: "slow-is-dead",
    bug: "reading is no sign of life, only an empty buffer is",
    kind: "misread",
    caughtBy: "health.2",
    edits: [
      {
        file: "challenges/health.ts",
        find: "last.silent = wasRead ? 1 : last.silent + 1;",
        replace: "last.silent = wasRead && inbox.unread === 0 ? 1 : last.silent + 1;",
      },
    ],
  },
  {
    id: "idle-is-dead",
    bug: "who has had nothing to read for long is removed with its first message",
    kind: "misread",
    caughtBy: "health.2",
    edits: [
      {
        file: "challenges/health.ts",
        find: "    if (inbox.unread === 0) last.silent = 0;\n      else last.silent",
        replace: "    last.silent",
      },
      {
        file: "challenges/health.ts",
        find: "if ((last.silent - 1)",
        replace: "if (inbox.unread > 0 && (last.silent - 1)",
      },
    ],
  },
  {
    id: "removed-in-silence",
    bug: "nobody is told of a removal",
    kind: "swallowed",
    caughtBy: "health.3",
    edits: [
      {
        file: "challenges/health.ts",
        find: "    this.#announce(this.#topic, { id, pattern, unread });\n",
        replace: "    void [this.#announce, pattern, unread];\n",
      },
    ],
  },
  {
    id: "watch-goes-on",
    bug: "the timer goes on when nobody is subscribed any more",
    kind: "left-behind",
    caughtBy: "health.4",
    edits: [
      {
        file: "challenges/health.ts",
        find: "    clearInterval(this.#timer);\n    this.#timer = undefined;\n",
        replace: "",
      },
    ],
  },
]);
