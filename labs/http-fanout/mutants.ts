import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference or as a whole wrong answer, and the guarantee whose test must
 * catch it. An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "one-after-the-other",
    bug: "each service is called when the one before it has answered",
    kind: "idle",
    caughtBy: "1.1",
    edits: [
      {
        file: "gateway.ts",
        find: "      calls.push(permit === undefined ? Promise.resolve(LATE) : this.#begin(service, permit, request));",
        replace:
          "      calls.push(permit === undefined ? Promise.resolve(LATE) : this.#begin(service, permit, request));\n      await calls.at(-1);",
      },
    ],
  },
  {
    id: "in-order-of-coming",
    bug: "what comes first is put under the first name",
    kind: "order",
    caughtBy: "1.2",
    edits: [
      {
        file: "gateway.ts",
        find: "const fates = await Promise.all(calls);",
        replace:
          "const fates: Fate[] = [];\n    await Promise.all(calls.map(async (call) => fates.push(await call)));",
      },
    ],
  },
  {
    id: "one-fails-all-fail",
    bug: "one failure fails the whole answer",
    kind: "contagion",
    caughtBy: "1.3",
    edits: [
      {
        file: "answer.ts",
        find: "if (data.length > 0) return",
        replace: "if (data.length > 0 && !fates.includes(FAILED)) return",
      },
    ],
  },
  {
    id: "warnings-as-they-come",
    bug: "`warnings` stand in the order in which the calls have failed",
    kind: "order",
    caughtBy: "1.4",
    edits: [
      {
        file: "gateway.ts",
        find: "const fates = await Promise.all(calls);",
        replace:
          "const order: number[] = [];\n    const fates = await Promise.all(calls.map((call, n) => call.finally(() => order.push(n))));",
      },
      {
        file: "gateway.ts",
        find: "return toAnswer(services, fates);",
        replace:
          "return toAnswer(order.map((n) => services[n] as string), order.map((n) => fates[n] as Fate));",
      },
    ],
  },
  {
    id: "all-settled",
    bug: "a call that throws at once makes `handle` reject, and its permit is lost",
    kind: "unhandled",
    caughtBy: "1.5",
    wrong: true,
  },
  {
    id: "nothing-is-an-answer",
    bug: "if all have failed it is a 200 without data",
    kind: "swallowed",
    caughtBy: "1.6",
    edits: [
      {
        file: "answer.ts",
        find: "if (data.length > 0) return",
        replace: "if (data.length > 0 || fates.length > 0) return",
      },
    ],
  },
  {
    id: "unknown-is-called",
    bug: "a service that nobody knows is called",
    kind: "unchecked",
    caughtBy: "1.7",
    edits: [{ file: "gateway.ts", find: " && asked.isSubsetOf(this.#services)", replace: "" }],
  },

  // Step 2
  {
    id: "limit-per-request",
    bug: "each request has `callLimit` permits of its own",
    kind: "scope",
    caughtBy: "2.1",
    edits: [
      {
        file: "gateway.ts",
        find: "const calls: Promise<Fate>[] = [];",
        replace:
          "const calls: Promise<Fate>[] = [];\n    const permits = new Semaphore(this.#options.callLimit);",
      },
      {
        file: "gateway.ts",
        find: "this.#permits.tryAcquire() ?? (await this.#waitForPermit(request.signal));",
        replace: "permits.tryAcquire() ?? (await permits.acquire({ signal: request.signal }));",
      },
    ],
  },
  {
    id: "in-waves",
    bug: "a request begins more calls only when all that it has begun have ended",
    kind: "idle",
    caughtBy: "2.2",
    edits: [
      {
        file: "gateway.ts",
        find: "this.#permits.tryAcquire() ?? (await this.#waitForPermit(request.signal));",
        replace:
          "this.#permits.tryAcquire() ??\n        (await Promise.all(calls).then(() => this.#waitForPermit(request.signal)));",
      },
    ],
  },
  {
    id: "call-by-call",
    bug: "a request stands in the line of the permits with all its calls, and who comes later waits behind them",
    kind: "fairness",
    caughtBy: "2.3",
    edits: [
      {
        file: "gateway.ts",
        find: "    for (const service of services) {",
        replace:
          "    const permits = services.map(() => this.#permits.tryAcquire() ?? this.#waitForPermit(request.signal));\n    for (const [n, service] of services.entries()) {",
      },
      {
        file: "gateway.ts",
        find: "this.#permits.tryAcquire() ?? (await this.#waitForPermit(request.signal));",
        replace: "await permits[n];",
      },
    ],
  },
  {
    id: "stands-in-line-twice",
    bug: "a request asks for the next permit while it still waits for one, and so gets two in a round",
    kind: "fairness",
    caughtBy: "2.3",
    edits: [
      {
        file: "gateway.ts",
        find: "    for (const service of services) {",
        replace:
          "    const ask = () => this.#permits.tryAcquire() ?? this.#waitForPermit(request.signal);\n    const asked = [ask()];\n    for (const [n, service] of services.entries()) {\n      if (n + 1 < services.length) asked.push(ask());",
      },
      {
        file: "gateway.ts",
        find: "this.#permits.tryAcquire() ?? (await this.#waitForPermit(request.signal));",
        replace: "await asked[n];",
      },
    ],
  },
  {
    id: "served-again-after-a-throw",
    bug: "a call that throws at once leaves its permit to the next call of its request, past all who wait",
    kind: "fairness",
    caughtBy: "2.3",
    wrong: true,
  },
  {
    id: "newcomer-overtakes",
    bug: "a permit that got free is handed on one microtask later, and a newcomer takes it in between",
    kind: "fairness",
    caughtBy: "2.4",
    wrong: true,
  },
  {
    id: "line-without-bound",
    bug: "any number of requests may wait",
    kind: "bound",
    caughtBy: "2.5",
    edits: [
      { file: "gateway.ts", find: "if (mustWait && place === undefined) return this.#full();", replace: "" },
    ],
  },
  {
    id: "looked-before-taken",
    bug: "it looks for free permits, and takes them some microtasks later",
    kind: "gap",
    caughtBy: "2.6",
    edits: [
      {
        file: "gateway.ts",
        find: "const first = this.#nextFirst(services.length);",
        replace: "await null;\n    const first = this.#nextFirst(services.length);",
      },
    ],
  },
  {
    id: "calls-are-counted",
    bug: "`waitLimit` bounds the calls that wait, and so refuses large requests first",
    kind: "scope",
    caughtBy: "2.6",
    edits: [
      {
        file: "gateway.ts",
        find: "mustWait ? this.#places.tryAcquire() : undefined;",
        replace:
          "mustWait && services.length - this.#permits.available <= this.#options.waitLimit\n        ? this.#places.tryAcquire({ weight: services.length - this.#permits.available })\n        : undefined;",
      },
    ],
  },
  {
    id: "promised-permit-is-room",
    bug: "a permit that is about to be handed on counts as free for whoever comes in between, and a full line grows",
    kind: "gap",
    caughtBy: "2.6",
    wrong: true,
  },
  {
    id: "place-kept-until-the-answer",
    bug: "a request keeps its place in the line until it is answered",
    kind: "permit",
    caughtBy: "2.7",
    edits: [
      { file: "gateway.ts", find: "    using _place = place;\n", replace: "" },
      {
        file: "gateway.ts",
        find: "const first = this.#nextFirst(services.length);",
        replace: "using _place = place;\n    const first = this.#nextFirst(services.length);",
      },
    ],
  },
  {
    id: "failure-keeps-its-permit",
    bug: "a call that fails does not give its permit back",
    kind: "permit",
    caughtBy: "2.8",
    edits: [
      { file: "gateway.ts", find: "      permit[Symbol.dispose]();\n", replace: "" },
      {
        file: "gateway.ts",
        find: "value: await this.#options.call(service, patience) });",
        replace: "value: await this.#options.call(service, patience) });\n      permit[Symbol.dispose]();",
      },
    ],
  },

  // Step 3
  {
    id: "only-its-own-limit",
    bug: "a call is told a deadline that its request does not live to see",
    kind: "deadline",
    caughtBy: "3.1",
    edits: [
      {
        file: "gateway.ts",
        find: "Math.min(request.deadline, performance.now() + this.#options.callTimeoutMs)",
        replace: "performance.now() + this.#options.callTimeoutMs",
      },
    ],
  },
  {
    id: "abandoned",
    bug: "a call that is late is left to itself, and not told to stop",
    kind: "untold",
    caughtBy: "3.2",
    edits: [
      {
        file: "gateway.ts",
        find: "this.#options.call(service, patience)",
        replace: "this.#options.call(service, { ...patience, signal: new AbortController().signal })",
      },
    ],
  },
  {
    id: "waits-for-the-deaf",
    bug: "the answer waits for a call that is late and pays no heed to its signal",
    kind: "too-long",
    caughtBy: "3.3",
    edits: [
      {
        file: "gateway.ts",
        find: "new Patience(deadline, request.signal, () => decide(LATE));",
        replace: "new Patience(deadline, request.signal);",
      },
    ],
  },
  {
    id: "fate-counted-twice",
    bug: "a call that is late and then ends counts twice, and the answer leaves without another one",
    kind: "twice",
    caughtBy: "3.3",
    wrong: true,
  },
  {
    id: "deadline-from-the-call",
    bug: "the time of a request begins with its calls, and not with its arrival",
    kind: "deadline",
    caughtBy: "3.4",
    edits: [
      {
        file: "gateway.ts",
        find: "const deadline = performance.now() + this.#options.requestTimeoutMs;",
        replace: "const deadline = Infinity;",
      },
    ],
  },
  {
    id: "waits-past-the-deadline",
    bug: "a request that waits does not leave the line at its deadline",
    kind: "too-long",
    caughtBy: "3.5",
    edits: [
      { file: "gateway.ts", find: "this.#permits.acquire({ signal })", replace: "this.#permits.acquire()" },
    ],
  },
  {
    id: "late-only-if-all-are",
    bug: "if one call has failed and the others were late it is a 502",
    kind: "wrong-error",
    caughtBy: "3.6",
    edits: [
      {
        file: "answer.ts",
        find: "if (fates.includes(LATE)) return",
        replace: "if (!fates.includes(FAILED)) return",
      },
    ],
  },
  {
    id: "not-begun-is-not-late",
    bug: "if all calls that have begun have failed it is a 502, even if others never began",
    kind: "wrong-error",
    caughtBy: "3.6",
    edits: [
      {
        file: "gateway.ts",
        find: "? Promise.resolve(LATE)",
        replace: '? Promise.resolve({ is: "late" as const })',
      },
      {
        file: "answer.ts",
        find: "if (fates.includes(LATE)) return",
        replace: "if (fates.includes(LATE) || !fates.includes(FAILED)) return",
      },
    ],
  },
  {
    id: "permit-back-at-the-deadline",
    bug: "a call gives its permit back at its deadline, although it runs on",
    kind: "permit",
    caughtBy: "3.7",
    edits: [
      {
        file: "gateway.ts",
        find: "() => decide(LATE));",
        replace:
          "() => {\n      decide(LATE);\n      if (!request.signal.aborted) permit[Symbol.dispose]();\n    });",
      },
    ],
  },
  {
    id: "permit-lost-at-the-deadline",
    bug: "a call that was late never gives its permit back",
    kind: "permit",
    caughtBy: "3.7",
    edits: [
      {
        file: "gateway.ts",
        find: "      permit[Symbol.dispose]();\n",
        replace: "      if (!patience.signal.aborted) permit[Symbol.dispose]();\n",
      },
    ],
  },

  // Step 4
  {
    id: "calls-are-not-told",
    bug: "the calls of a client that has gone are told at their deadline",
    kind: "untold",
    caughtBy: "4.1",
    edits: [
      {
        file: "gateway.ts",
        find: "new Patience(deadline, request.signal, () => decide(LATE));",
        replace: "new Patience(deadline, new AbortController().signal, () => decide(LATE));",
      },
    ],
  },
  {
    id: "no-reason-is-a-timeout",
    bug: "a client that goes with the reason null tells its calls that they took too long",
    kind: "misread",
    caughtBy: "4.1",
    edits: [
      {
        file: "deadline.ts",
        find: "onAbort(above, () => stop(above.reason))",
        replace: "onAbort(above, () => stop(above.reason ?? new TimeoutError(ms)))",
      },
    ],
  },
  {
    id: "reason-as-cause",
    bug: "`handle` wraps the reason of the client in an error of its own",
    kind: "wrong-error",
    caughtBy: "4.2",
    edits: [
      {
        file: "gateway.ts",
        find: "    client.throwIfAborted();\n    return toAnswer",
        replace:
          '    if (client.aborted) throw new Error("client gone", { cause: client.reason });\n    return toAnswer',
      },
    ],
  },
  {
    id: "place-lost-on-leaving",
    bug: "a client that leaves while it waits keeps its place in the line for ever",
    kind: "permit",
    caughtBy: "4.3",
    edits: [
      { file: "gateway.ts", find: "    using _place = place;\n", replace: "" },
      {
        file: "gateway.ts",
        find: "    return calls;",
        replace: "    if (!request.signal.aborted) place?.[Symbol.dispose]();\n    return calls;",
      },
    ],
  },
  {
    id: "permit-back-on-leaving",
    bug: "the permits of a client that has gone come back at once, although its calls run on",
    kind: "permit",
    caughtBy: "4.4",
    edits: [
      {
        file: "gateway.ts",
        find: "() => decide(LATE));",
        replace:
          '() => {\n      decide(LATE);\n      const { aborted, reason } = request.signal;\n      if (aborted && reason.name !== "TimeoutError") permit[Symbol.dispose]();\n    });',
      },
    ],
  },
  {
    id: "signal-looked-at-late",
    bug: "a request whose client has gone before it came is judged first",
    kind: "deaf",
    caughtBy: "4.5",
    edits: [
      {
        file: "gateway.ts",
        find: "    client.throwIfAborted();\n    if (!this.#canAsk(services))",
        replace: "    if (!this.#canAsk(services))",
      },
    ],
  },
  {
    id: "permit-lost-in-between",
    bug: "a permit that is granted to a client which goes before it has noticed is lost",
    kind: "permit",
    caughtBy: "4.6",
    edits: [
      {
        file: "gateway.ts",
        find: "this.#permits.acquire({ signal }).catch(() => undefined);",
        replace:
          "this.#permits\n      .acquire({ signal })\n      .then((permit) => (signal.aborted ? undefined : permit))\n      .catch(() => undefined);",
      },
    ],
  },
  {
    id: "lost-wake-up",
    bug: "a permit whose request ended before it began its call is free, and nobody in the line is told",
    kind: "wake-up",
    caughtBy: "4.6",
    wrong: true,
  },
  {
    id: "listener-left",
    bug: "a request leaves its listener on the signal of the client",
    kind: "left-behind",
    caughtBy: "4.7",
    edits: [
      {
        file: "deadline.ts",
        find: "    this.#withdraw();\n",
        replace: "    void this.#withdraw;\n",
      },
    ],
  },
  {
    id: "timer-left",
    bug: "the timer of a call that throws at once runs on",
    kind: "left-behind",
    caughtBy: "4.7",
    edits: [
      {
        file: "gateway.ts",
        find: "await this.#options.call(service, patience) });",
        replace: "await this.#options.call(service, patience).finally(() => patience[Symbol.dispose]()) });",
      },
      {
        file: "gateway.ts",
        find: "      patience[Symbol.dispose](); // Not two `using`: they cost each call up to a microsecond more.\n",
        replace: "",
      },
    ],
  },

  {
    id: "timer-of-the-deaf-left",
    bug: "a call that is told to stop keeps its timer until it has settled",
    kind: "left-behind",
    caughtBy: "4.7",
    edits: [
      {
        file: "deadline.ts",
        find: "      this[Symbol.dispose]();\n      whenOver();\n",
        replace: "      this.#withdraw();\n      whenOver();\n",
      },
    ],
  },

  // Challenge breaker
  {
    id: "waits-for-the-ill",
    bug: "calls beyond the limit of a service wait, each with a permit of the gateway",
    kind: "resilience",
    caughtBy: "breaker.1",
    edits: [{ file: "challenges/breaker.ts", find: "queueLimit: 0", replace: "queueLimit: Infinity" }],
  },
  {
    id: "cancelled-is-failed",
    bug: "the breaker counts cancelled calls as failures",
    kind: "resilience",
    caughtBy: "breaker.3",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "call(service, patience), client)",
        replace: "call(service, patience))",
      },
    ],
  },
  {
    id: "late-is-no-failure",
    bug: "the breaker does not count calls that were late",
    kind: "resilience",
    caughtBy: "breaker.3",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "call(service, patience), client)",
        replace: "call(service, patience), patience)",
      },
    ],
  },
  {
    id: "half-open-for-all",
    bug: "half open lets everybody through",
    kind: "resilience",
    caughtBy: "breaker.4",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "{ failuresInARow, coolDownMs }),",
        replace: "{ failuresInARow, coolDownMs, probes: 1_000 }),",
      },
    ],
  },

  // Challenge coalescing
  {
    id: "first-cancels-all",
    bug: "the shared call has the signal of the first caller, whose cancelling fails the others",
    kind: "cache",
    caughtBy: "coalescing.2",
    edits: [
      {
        file: "challenges/coalescing.ts",
        find: "begin(service, all.signal)",
        replace: "begin(service, signal, all.signal)",
      },
      {
        file: "challenges/coalescing.ts",
        find: "function begin(service: string, nobodyWaits: AbortSignal)",
        replace: "function begin(service: string, first: AbortSignal, nobodyWaits: AbortSignal)",
      },
      {
        file: "challenges/coalescing.ts",
        find: "ask(service, nobodyWaits);",
        replace: "ask(service, first);",
      },
    ],
  },
  {
    id: "last-does-not-stay",
    bug: "the last one who leaves gives its permit back, although the shared call still runs",
    kind: "permit",
    caughtBy: "coalescing.3",
    edits: [
      {
        file: "challenges/coalescing.ts",
        find: "      if (shared?.nobodyWaits.aborted) await shared.ended;\n",
        replace: "      void shared;\n",
      },
    ],
  },
  {
    id: "joins-what-hangs",
    bug: "a call whose time is up is told to stop, and newcomers join it all the same",
    kind: "cache",
    caughtBy: "coalescing.5",
    edits: [
      {
        file: "challenges/coalescing.ts",
        find: "nobodyWaits, () => flights.forget(service));",
        replace: "nobodyWaits);",
      },
    ],
  },

  // Challenge cache
  {
    id: "cached-error",
    bug: "the promise of a call is kept, and so an error is",
    kind: "cache",
    caughtBy: "cache.2",
    edits: [
      {
        file: "challenges/cache.ts",
        find: "const value = await call(service, patience);",
        replace: "const value = call(service, patience);",
      },
      {
        file: "challenges/cache.ts",
        find: "      return value;\n    } catch",
        replace: "      return await value;\n    } catch",
      },
    ],
  },
  {
    id: "cache-without-bound",
    bug: "every value is kept",
    kind: "growth",
    caughtBy: "cache.3",
    edits: [
      { file: "challenges/cache.ts", find: "Entry>({ limit, ", replace: "Entry>({ limit: 1_000_000, " },
    ],
  },
  {
    id: "all-refresh",
    bug: "everybody who finds a value due refreshes it",
    kind: "cache",
    caughtBy: "cache.5",
    edits: [{ file: "challenges/cache.ts", find: " && !entry?.isRefreshed;", replace: ";" }],
  },
  {
    id: "refreshed-once",
    bug: "if refreshing fails nobody tries again",
    kind: "cache",
    caughtBy: "cache.6",
    edits: [
      {
        file: "challenges/cache.ts",
        find: "      if (entry !== undefined) entry.isRefreshed = false; // It is the next one's turn.\n",
        replace: "",
      },
    ],
  },

  // Challenge budget
  {
    id: "retries-for-all",
    bug: "every call that fails is made again",
    kind: "retry",
    caughtBy: "budget.2",
    edits: [
      {
        file: "challenges/budget.ts",
        find: "patience.signal.aborted || !budget.spend()",
        replace: "patience.signal.aborted",
      },
    ],
  },
  {
    id: "saved-for-ever",
    bug: "any number of retries is saved for the day of the outage",
    kind: "retry",
    caughtBy: "budget.3",
    edits: [
      {
        file: "challenges/budget.ts",
        find: "Math.min(this.#saved + 1, this.#most)",
        replace: "this.#saved + 1",
      },
    ],
  },
  {
    id: "retries-for-nobody",
    bug: "a call that was cancelled is made again",
    kind: "retry",
    caughtBy: "budget.4",
    edits: [
      {
        file: "challenges/budget.ts",
        find: "patience.signal.aborted || !budget.spend()",
        replace: "!budget.spend()",
      },
    ],
  },

  // Challenge hedging
  {
    id: "loser-runs-on",
    bug: "the call that has lost is not told",
    kind: "untold",
    caughtBy: "hedging.2",
    edits: [
      {
        file: "challenges/hedging.ts",
        find: '      this.#won.abort(new Error("The other one has answered"));\n',
        replace: "",
      },
    ],
  },
  {
    id: "first-to-settle",
    bug: "the first of the two that settles counts, be it a failure",
    kind: "contagion",
    caughtBy: "hedging.3",
    edits: [
      {
        file: "challenges/hedging.ts",
        find: "if (this.#running === 0) this.#result.reject(error);",
        replace: "this.#result.reject(error);",
      },
    ],
  },
  {
    id: "place-back-with-the-answer",
    bug: "the place of a pair comes back with the answer, although the other call runs on",
    kind: "permit",
    caughtBy: "hedging.5",
    edits: [
      {
        file: "challenges/hedging.ts",
        find: "    if (this.#running === 0) this.#slot?.[Symbol.dispose]();",
        replace: "    this.#slot?.[Symbol.dispose]();",
      },
    ],
  },

  // Challenge rate
  {
    id: "one-quota-for-all",
    bug: "all keys share one quota",
    kind: "scope",
    caughtBy: "rate.1",
    edits: [
      {
        file: "challenges/rate.ts",
        find: "this.#fullAt.get(key) ?? 0",
        replace: "Math.max(0, ...this.#fullAt.values())",
      },
    ],
  },
  {
    id: "refusal-costs",
    bug: "a request that is refused is counted, so who keeps asking never gets in",
    kind: "rate",
    caughtBy: "rate.4",
    edits: [
      {
        file: "challenges/rate.ts",
        find: "    if (refusedForMs > SLACK_MS) {\n",
        replace: "    if (refusedForMs > SLACK_MS) {\n      this.#fullAt.set(key, wouldBeFullAt);\n",
      },
    ],
  },
  {
    id: "keys-for-ever",
    bug: "every key that ever came is remembered",
    kind: "growth",
    caughtBy: "rate.5",
    edits: [{ file: "challenges/rate.ts", find: "    this.#forgetFull(now);\n", replace: "" }],
  },

  // Challenge balancing
  {
    id: "in-turn-only",
    bug: "replicas are called in turn, however much each has to do",
    kind: "resilience",
    caughtBy: "balancing.1",
    edits: [
      {
        file: "challenges/balancing.ts",
        find: "(replica.running < best.running ? replica : best)",
        replace: "(replica.running < 0 ? replica : best)",
      },
    ],
  },
  {
    id: "all-try-it",
    bug: "when its rest is over everybody tries the replica that was ill",
    kind: "resilience",
    caughtBy: "balancing.3",
    edits: [
      {
        file: "challenges/balancing.ts",
        find: "this.#restsUntil && !this.#isTried;",
        replace: "this.#restsUntil;",
      },
    ],
  },
  {
    id: "client-makes-it-ill",
    bug: "a replica whose clients have gone is taken for ill",
    kind: "resilience",
    caughtBy: "balancing.4",
    edits: [
      {
        file: "challenges/balancing.ts",
        find: "if (isFailure(patience.signal)) this.#fail(isTrial);",
        replace: "this.#fail(isTrial);\n      void isFailure;",
      },
    ],
  },
]);
