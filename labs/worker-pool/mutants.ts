import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "limit-off-by-one",
    bug: "one worker too many",
    kind: "bound",
    caughtBy: "1.1",
    edits: [
      {
        file: "options.ts",
        find: 'workers: checkCount("workers", workers, 1),',
        replace: "workers: workers + 1,",
      },
      { file: "options.ts", find: "options.minWorkers ?? workers, 0, workers)", replace: "workers + 1, 0)" },
    ],
  },
  {
    id: "no-limit",
    bug: "every job begins as soon as it is submitted",
    kind: "bound",
    caughtBy: "1.1",
    edits: [
      { file: "options.ts", find: 'workers: checkCount("workers", workers, 1),', replace: "workers: 1000," },
      { file: "options.ts", find: "options.minWorkers ?? workers, 0, workers)", replace: "1000, 0)" },
    ],
  },
  {
    id: "sequential",
    bug: "one job after the other, however many workers there are",
    kind: "idle",
    caughtBy: "1.2",
    edits: [
      { file: "options.ts", find: 'workers: checkCount("workers", workers, 1),', replace: "workers: 1," },
      { file: "options.ts", find: "options.minWorkers ?? workers, 0, workers)", replace: "1, 0)" },
    ],
  },
  {
    id: "never-runs-anything",
    bug: "every result settles at once, and no job is ever called",
    kind: "lost",
    caughtBy: "1.2",
    edits: [
      {
        file: "pool.ts",
        find: "    this.#enqueue(entry);\n    return ticket;",
        replace: '    this.#settle(entry, "succeeded", () => entry.resolve(undefined));\n    return ticket;',
      },
    ],
  },
  {
    id: "worker-waits-for-its-batch",
    bug: "a woken worker does not wake the next: jobs that come together run one by one",
    kind: "wake-up",
    caughtBy: "1.2",
    edits: [
      {
        file: "pool.ts",
        find: "if (this.#queue.size > 0) this.#wakeWorker(); // There is more to do: one worker wakes the next.",
        replace: "",
      },
      {
        file: "pool.ts",
        find: "this.#wakeWorker(this.#queue.add(entry));",
        replace: "this.#queue.add(entry); if (this.#roster.allRest) this.#wakeWorker();",
      },
    ],
  },
  {
    id: "deaf-while-it-calls",
    bug: "a job that is submitted by another as it begins wakes nobody",
    kind: "wake-up",
    caughtBy: "1.2",
    edits: [
      {
        file: "pool.ts",
        find: "      return underTimeLimit(() => entry.job(context), { ms: timeLimitMs, controller });",
        replace:
          "      this.#calling = true;\n      try {\n        return underTimeLimit(() => entry.job(context), { ms: timeLimitMs, controller });\n      } finally {\n        this.#calling = false;\n      }",
      },
      {
        file: "pool.ts",
        find: "    const worker = this.#roster.wake(preferred);",
        replace: "    if (this.#calling) return;\n    const worker = this.#roster.wake(preferred);",
      },
      { file: "pool.ts", find: "  #closed = false;\n", replace: "  #closed = false;\n  #calling = false;\n" },
    ],
  },
  {
    id: "unbounded-queue",
    bug: "the queue has no bound, so `submit` never waits",
    kind: "bound",
    caughtBy: "1.3",
    edits: [
      {
        file: "pool.ts",
        find: "return this.#queue.size + this.#retries.size < this.#settings.queueLimit;",
        replace: "return true;",
      },
    ],
  },
  {
    id: "queue-off-by-one",
    bug: "one more waits in the queue than it has places",
    kind: "bound",
    caughtBy: "1.3",
    edits: [
      { file: "pool.ts", find: "< this.#settings.queueLimit;", replace: "<= this.#settings.queueLimit;" },
    ],
  },
  {
    id: "place-never-handed-over",
    bug: "who waits in `submit` is not admitted when a place becomes free",
    kind: "wake-up",
    caughtBy: "1.3",
    edits: [
      {
        file: "pool.ts",
        find: "this.#entrance.admitWhile(() => this.#hasRoom()); // In the same breath: no newcomer can take the place.",
        replace: "",
      },
    ],
  },
  {
    id: "submit-waits-for-result",
    bug: "`submit` resolves only when its job has ended",
    kind: "idle",
    caughtBy: "1.4",
    edits: [
      {
        file: "pool.ts",
        find: "const accept = () => resolve(this.#accept(job, options));",
        replace:
          "const accept = () => { const ticket = this.#accept(job, options); const done = () => resolve(ticket); ticket.result.then(done, done); };",
      },
    ],
  },
  {
    id: "newcomers-overtake",
    bug: "a freed place goes to whoever comes next, not to whoever waits",
    kind: "fairness",
    caughtBy: "1.5",
    edits: [
      {
        file: "pool.ts",
        find: "this.#entrance.admitWhile(() => this.#hasRoom()); // In the same breath: no newcomer can take the place.",
        replace:
          "    Promise.resolve().then(() => null).then(() => null).then(() => null).then(() => null).then(() => this.#entrance.admitWhile(() => this.#hasRoom()));\n",
      },
      {
        file: "pool.ts",
        find: "if (this.#hasRoom() && this.#entrance.isEmpty) accept();",
        replace: "if (this.#hasRoom()) accept();",
      },
    ],
  },
  {
    id: "newcomer-overtakes-the-granted",
    bug: "a freed place is promised to the first in line, who takes it some microtasks later; a newcomer slips in between",
    kind: "fairness",
    caughtBy: "1.5",
    wrong: true,
  },
  {
    id: "worker-dies",
    bug: "a rejection ends the worker's loop, and nobody replaces the worker",
    kind: "contagion",
    caughtBy: "1.6",
    edits: [
      {
        file: "pool.ts",
        find: "      this.#fail(entry, attempt, error);",
        replace: "      this.#fail(entry, attempt, error);\n      throw error;",
      },
      { file: "pool.ts", find: "void this.#work(worker);", replace: "this.#work(worker).catch(() => {});" },
    ],
  },
  {
    id: "error-wrapped",
    bug: "the result rejects with an error of the pool's own instead of the job's",
    kind: "wrong-error",
    caughtBy: "1.6",
    edits: [
      {
        file: "pool.ts",
        find: '"failed", () => entry.reject(error)',
        replace: '"failed", () => entry.reject(new Error("job failed: " + error))',
      },
    ],
  },
  {
    id: "unhandled-rejection",
    bug: "a failed job that nobody looks at becomes an unhandled rejection, which ends the process",
    kind: "unhandled",
    caughtBy: "1.7",
    edits: [{ file: "entry.ts", find: "promise.catch(() => {}); //", replace: "//" }],
  },
  {
    id: "submit-listener-stays",
    bug: "the abort listener of whoever waited for a place stays on the caller's signal",
    kind: "left-behind",
    caughtBy: "1.8",
    edits: [
      { file: "entrance.ts", find: "        withdraw();\n        accept();", replace: "        accept();" },
    ],
  },
  {
    id: "abort-does-not-end-the-waiting",
    bug: "`submit` looks at the signal when it is called, and then waits for a place regardless",
    kind: "deaf",
    caughtBy: "1.8",
    edits: [{ file: "entrance.ts", find: "onAbort(signal, () => {", replace: "onAbort(undefined, () => {" }],
  },
  {
    id: "ghost-in-line",
    bug: "who gave up waiting stays in line: its job runs all the same",
    kind: "deaf",
    caughtBy: "1.8",
    edits: [{ file: "entrance.ts", find: "      this.#line.remove(place);\n", replace: "" }],
  },
  {
    id: "reason-replaced",
    bug: "an aborted `submit` rejects with an error of its own instead of the signal's reason",
    kind: "wrong-error",
    caughtBy: "1.8",
    edits: [
      { file: "entrance.ts", find: "reject(signal?.reason);", replace: 'reject(new Error("aborted"));' },
    ],
  },
  {
    id: "aborted-signal-accepted",
    bug: "`submit` looks at the signal only while it waits",
    kind: "deaf",
    caughtBy: "1.9",
    edits: [{ file: "pool.ts", find: "      options.signal?.throwIfAborted();\n", replace: "" }],
  },
  {
    id: "options-unchecked",
    bug: "a pool without workers is created without a word",
    kind: "unchecked",
    caughtBy: "1.10",
    edits: [
      {
        file: "options.ts",
        find: 'queueLimit: checkCount("queueLimit", options.queueLimit, 1),',
        replace: "queueLimit: options.queueLimit,",
      },
    ],
  },

  // Step 2
  {
    id: "close-drops-the-queue",
    bug: "`close` gives up the jobs that have not begun",
    kind: "lost",
    caughtBy: "2.1",
    edits: [
      {
        file: "pool.ts",
        find: "    this.#stopIntake();\n    this.#endIfDone();\n    await",
        replace:
          "    this.#stopIntake();\n    for (const entry of this.#queue.clear()) this.#cancel(entry, new PoolClosedError());\n    this.#endIfDone();\n    await",
      },
    ],
  },
  {
    id: "close-does-not-wait",
    bug: "`close` resolves as soon as the queue is empty, while jobs still run",
    kind: "too-early",
    caughtBy: "2.1",
    edits: [
      {
        file: "pool.ts",
        find: "this.#open.size > 0 || !this.#roster.allRest",
        replace: "this.#queue.size > 0",
      },
    ],
  },
  {
    id: "accepts-after-close",
    bug: "a closed pool goes on accepting",
    kind: "too-late",
    caughtBy: "2.2",
    edits: [{ file: "pool.ts", find: "      if (this.#closed) throw new PoolClosedError();\n", replace: "" }],
  },
  {
    id: "waiting-admitted-after-close",
    bug: "who waits in `submit` when the pool is closed is let in later, or waits for ever",
    kind: "wake-up",
    caughtBy: "2.2",
    edits: [{ file: "pool.ts", find: "    this.#entrance.close();\n", replace: "" }],
  },
  {
    id: "deadline-ignored",
    bug: "`close` waits for slow jobs beyond its deadline",
    kind: "too-long",
    caughtBy: "2.3",
    edits: [
      {
        file: "pool.ts",
        find: "this.#stop(new DeadlineError(deadlineMs));",
        replace: "undefined;",
      },
    ],
  },
  {
    id: "nearest-deadline",
    bug: "of two deadlines the shorter one is kept, not the one that is reached first",
    kind: "deadline",
    caughtBy: "2.3",
    edits: [
      {
        file: "pool.ts",
        find: '      deadline = setTimeout(giveUp, checkDuration("deadlineMs", deadlineMs, "close the pool"));',
        replace:
          '      checkDuration("deadlineMs", deadlineMs, "close the pool");\n      if (this.#nearest === undefined || deadlineMs < this.#nearest.ms) {\n        clearTimeout(this.#nearest?.timer);\n        deadline = setTimeout(giveUp, deadlineMs);\n        this.#nearest = { ms: deadlineMs, timer: deadline };\n      }',
      },
      {
        file: "pool.ts",
        find: "  #closed = false;\n",
        replace: "  #closed = false;\n  #nearest: { ms: number; timer: NodeJS.Timeout } | undefined;\n",
      },
    ],
  },
  {
    id: "signal-not-passed-on",
    bug: "`abort` empties the queue but does not tell the running jobs",
    kind: "untold",
    caughtBy: "2.4",
    edits: [
      {
        file: "pool.ts",
        find: "    for (const { controller } of this.#ledger.running) controller.abort(reason);\n",
        replace: "",
      },
    ],
  },
  {
    id: "generic-abort-error",
    bug: "tickets of aborted jobs reject with an error of the pool's own",
    kind: "wrong-error",
    caughtBy: "2.4",
    edits: [
      {
        file: "pool.ts",
        find: '"cancelled", () => entry.reject(reason)',
        replace: '"cancelled", () => entry.reject(new Error("aborted"))',
      },
    ],
  },
  {
    id: "abort-lets-the-queue-run",
    bug: "`abort` ends the running jobs, and the workers go on to the next ones",
    kind: "deaf",
    caughtBy: "2.4",
    edits: [
      {
        file: "pool.ts",
        find: "[...this.#queue.clear(), ...this.#retries.clear()]",
        replace: "this.#retries.clear()",
      },
    ],
  },
  {
    id: "abort-does-not-wait",
    bug: "`abort` resolves while jobs are still putting their things away",
    kind: "too-early",
    caughtBy: "2.5",
    edits: [
      {
        file: "pool.ts",
        find: "    await this.#ended.promise;\n    return neverBegun;",
        replace: "    return neverBegun;",
      },
    ],
  },
  {
    id: "begun-given-as-never-begun",
    bug: "jobs that were running are handed back as never begun, and will be done twice",
    kind: "twice",
    caughtBy: "2.5",
    edits: [{ file: "pool.ts", find: ".filter(({ begun }) => !begun)", replace: "" }],
  },
  {
    id: "waking-worker-loses-a-job",
    bug: "a worker takes its job a moment before it begins it; an abort in between loses the job",
    kind: "gap",
    caughtBy: "2.6",
    edits: [
      {
        file: "pool.ts",
        find: "    const controller = new AbortController();\n",
        replace:
          "    this.#open.delete(entry.id);\n    await null;\n    if (this.#aborted !== undefined) return;\n    this.#open.set(entry.id, entry);\n    const controller = new AbortController();\n",
      },
    ],
  },
  {
    id: "job-listener-stays",
    bug: "each attempt leaves an abort listener on the pool's own signal",
    kind: "left-behind",
    caughtBy: "2.7",
    edits: [
      {
        file: "pool.ts",
        find: "    const controller = new AbortController();\n",
        replace:
          '    const controller = new AbortController();\n    this.#stopping.signal.addEventListener("abort", () => controller.abort(this.#stopping.signal.reason));\n',
      },
      {
        file: "pool.ts",
        find: "  #closed = false;\n",
        replace: "  #closed = false;\n  readonly #stopping = new AbortController();\n",
      },
    ],
  },
  {
    id: "deadline-timer-stays",
    bug: "the timer of a deadline that was not needed keeps the process alive",
    kind: "left-behind",
    caughtBy: "2.7",
    edits: [
      {
        file: "pool.ts",
        find: ".finally(() => clearTimeout(deadline))",
        replace: "",
      },
    ],
  },
  {
    id: "workers-parked-for-ever",
    bug: "idle workers wait for a job, and nobody wakes them when the pool is closed",
    kind: "left-behind",
    caughtBy: "2.7",
    edits: [
      {
        file: "pool.ts",
        find: "    this.#roster.rest(worker);\n    this.#endIfDone();\n",
        replace:
          "    this.#roster.rest(worker);\n    this.#endIfDone();\n    await new Promise<void>((wake) => this.#parked.push(wake));\n",
      },
      {
        file: "pool.ts",
        find: "  #closed = false;\n",
        replace: "  #closed = false;\n  readonly #parked: (() => void)[] = [];\n",
      },
    ],
  },
  {
    id: "second-abort-forgets",
    bug: "a second `abort` resolves to an empty list",
    kind: "lost",
    caughtBy: "2.8",
    edits: [
      {
        file: "pool.ts",
        find: "if (this.#aborted !== undefined) return this.#aborted;",
        replace: "if (this.#aborted !== undefined) return { reason, neverBegun: [] };",
      },
    ],
  },
  {
    id: "deadline-rings-after-abort",
    bug: "a deadline that is reached after an abort rewrites the reason",
    kind: "too-late",
    caughtBy: "2.8",
    wrong: true,
  },
  {
    id: "deadline-unchecked",
    bug: "a deadline that no timer can count to fires at once",
    kind: "unchecked",
    caughtBy: "2.9",
    edits: [
      {
        file: "pool.ts",
        find: 'checkDuration("deadlineMs", deadlineMs, "close the pool")',
        replace: "deadlineMs",
      },
    ],
  },

  // Step 3
  {
    id: "first-try-counted",
    bug: "the first try counts as a retry: it gives up one too early",
    kind: "retry",
    caughtBy: "3.1",
    edits: [
      {
        file: "pool.ts",
        find: "entry.attempts > this.#settings.retries",
        replace: "entry.attempts >= this.#settings.retries",
      },
    ],
  },
  {
    id: "no-jitter",
    bug: "all clients that failed together come back together",
    kind: "retry",
    caughtBy: "3.2",
    edits: [{ file: "backoff.ts", find: "random() * Math.min", replace: "(random(), 1) * Math.min" }],
  },
  {
    id: "no-cap",
    bug: "the waits double without end",
    kind: "retry",
    caughtBy: "3.2",
    edits: [
      {
        file: "backoff.ts",
        find: "Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1))",
        replace: "(maxDelayMs, baseDelayMs * 2 ** (failures - 1))",
      },
    ],
  },
  {
    id: "doubles-too-soon",
    bug: "the first wait is already doubled",
    kind: "retry",
    caughtBy: "3.2",
    edits: [{ file: "backoff.ts", find: "2 ** (failures - 1)", replace: "2 ** failures" }],
  },
  {
    id: "permanent-retried",
    bug: "a page that does not exist is asked for again and again",
    kind: "retry",
    caughtBy: "3.3",
    edits: [{ file: "pool.ts", find: " || this.#settings.isPermanent(error)", replace: "" }],
  },
  {
    id: "backoff-holds-worker",
    bug: "the worker sleeps until it is time for the retry",
    kind: "retry",
    caughtBy: "3.4",
    edits: [
      {
        file: "pool.ts",
        find: "      this.#fail(entry, attempt, error);",
        replace:
          "      this.#fail(entry, attempt, error);\n      while (this.#open.has(entry.id) && this.#retries.size > 0) await new Promise((resolve) => setTimeout(resolve, 100));",
      },
    ],
  },
  {
    id: "retries-without-bound",
    bug: "jobs that wait for a retry are not counted: an outage fills the memory",
    kind: "bound",
    caughtBy: "3.5",
    edits: [
      { file: "pool.ts", find: "this.#queue.size + this.#retries.size <", replace: "this.#queue.size <" },
    ],
  },
  {
    id: "place-given-away",
    bug: "a job whose retry is due leaves its place a moment before it takes the next one",
    kind: "gap",
    caughtBy: "3.5",
    edits: [
      {
        file: "pool.ts",
        find: "new RetryRoom((entry) => this.#enqueue(entry));",
        replace:
          "new RetryRoom((entry) => {\n    this.#entrance.admitWhile(() => this.#hasRoom());\n    this.#enqueue(entry);\n  });",
      },
    ],
  },
  {
    id: "timeout-abandons",
    bug: "an attempt that is too slow is given up, but not told to stop",
    kind: "untold",
    caughtBy: "3.6",
    edits: [{ file: "time-limit.ts", find: "      controller.abort(timeout);\n", replace: "" }],
  },
  {
    id: "no-time-limit",
    bug: "attempts may take as long as they like",
    kind: "too-long",
    caughtBy: "3.6",
    edits: [
      { file: "time-limit.ts", find: "if (ms === undefined) return outcome;", replace: "return outcome;" },
    ],
  },
  {
    id: "shared-context",
    bug: "all attempts of a job share one context: the signal of the one before becomes that of the next",
    kind: "shared",
    caughtBy: "3.6",
    edits: [
      {
        file: "pool.ts",
        find: "const context = { signal, attempt: entry.attempts, worker, state };",
        replace:
          "const context = Object.assign(((entry as unknown as { context: object }).context ??= {}), { signal, attempt: entry.attempts, worker, state });",
      },
    ],
  },
  {
    id: "told-first",
    bug: "the job is told to stop before its attempt is given up: one that answers at once wins the race",
    kind: "reentrancy",
    caughtBy: "3.6",
    edits: [
      {
        file: "time-limit.ts",
        find: "      reject(timeout);\n",
        replace:
          "      outcome.then(() => null).then(() => null);\n      Promise.resolve().then(() => null).then(() => null).then(() => null).then(() => null).then(() => reject(timeout));\n",
      },
    ],
  },
  {
    id: "timeout-trusts-the-job",
    bug: "an attempt that is too slow is told to stop, and then waited for",
    kind: "too-long",
    caughtBy: "3.7",
    edits: [{ file: "time-limit.ts", find: "      reject(timeout);\n", replace: "" }],
  },
  {
    id: "straggler-frees-its-successor",
    bug: "a job that ends after its time limit frees the worker of its own retry",
    kind: "too-late",
    caughtBy: "3.8",
    wrong: true,
  },
  {
    id: "retry-lost-at-close",
    bug: "`close` forgets the jobs that wait for their retry",
    kind: "lost",
    caughtBy: "3.9",
    edits: [{ file: "pool.ts", find: "this.#open.size > 0 ||", replace: "this.#queue.size > 0 ||" }],
  },
  {
    id: "retry-refused-at-close",
    bug: "a job that fails while the pool is closing is not tried again",
    kind: "lost",
    caughtBy: "3.9",
    edits: [
      {
        file: "pool.ts",
        find: "if (this.#aborted !== undefined || entry.attempts",
        replace: "if (this.#closed || entry.attempts",
      },
    ],
  },
  {
    id: "retry-after-abort",
    bug: "the timers of waiting retries go on after an abort, and call the jobs",
    kind: "deaf",
    caughtBy: "3.10",
    edits: [
      {
        file: "retry-room.ts",
        find: "    for (const timer of this.#timers.values()) clearTimeout(timer);\n",
        replace: "",
      },
    ],
  },
  {
    id: "abort-while-drawing-the-delay",
    bug: "an abort inside `random` sweeps all places, and then the job is put into one of them",
    kind: "reentrancy",
    caughtBy: "3.10",
    wrong: true,
  },
  {
    id: "limit-timer-stays",
    bug: "the time limit's timer runs on when the attempt has ended",
    kind: "left-behind",
    caughtBy: "3.10",
    edits: [
      {
        file: "time-limit.ts",
        find: "outcome.finally(() => clearTimeout(timer)).then(resolve, reject);",
        replace: "outcome.then(resolve, reject);",
      },
      { file: "time-limit.ts", find: "const timer = setTimeout(", replace: "setTimeout(" },
    ],
  },
  {
    id: "delays-unchecked",
    bug: "a delay of NaN retries without any pause",
    kind: "unchecked",
    caughtBy: "3.11",
    edits: [
      {
        file: "options.ts",
        find: 'checkDuration("baseDelayMs", options.baseDelayMs ?? 100)',
        replace: "options.baseDelayMs ?? 100",
      },
    ],
  },

  // Step 4
  {
    id: "fixed-windows",
    bug: "the limiter counts afresh each second: a burst at the end of one and another a moment later",
    kind: "rate",
    caughtBy: "4.1",
    edits: [
      {
        file: "token-bucket.ts",
        find: "    const waitMs = this.#dueAt - this.#toleranceMs - now;\n",
        replace:
          "    const second = Math.floor(now / 1000);\n    if (second !== this.#dueAt) [this.#dueAt, this.#makeGoodMs] = [second, 0];\n    this.#makeGoodMs += 1;\n    const waitMs = this.#makeGoodMs <= (1000 + this.#toleranceMs) / this.#intervalMs ? 0 : (second + 1) * 1000 - now;\n    if (waitMs === 0) return true;\n",
      },
    ],
  },
  {
    id: "token-paid-after-the-call",
    bug: "a job is called before its token is spent: one that submits another as it begins finds the same token again",
    kind: "reentrancy",
    caughtBy: "4.1",
    wrong: true,
  },
  {
    id: "tokens-pile-up",
    bug: "tokens pile up without bound in quiet times, and all go out at once",
    kind: "rate",
    caughtBy: "4.2",
    edits: [
      {
        file: "token-bucket.ts",
        find: "Math.max(this.#dueAt, now - this.#makeGoodMs)",
        replace: "(this.#dueAt < 0 ? now : this.#dueAt)",
      },
    ],
  },
  {
    id: "no-burst",
    bug: "a quiet time earns nothing: one at a time, always",
    kind: "rate",
    caughtBy: "4.2",
    edits: [{ file: "token-bucket.ts", find: "(burst - 1) * this.#intervalMs", replace: "0 * burst" }],
  },
  {
    id: "tokens-on-a-grid",
    bug: "tokens come at fixed times since the creation of the pool, not an interval after the burst",
    kind: "rate",
    caughtBy: "4.2",
    edits: [
      {
        file: "token-bucket.ts",
        find: "Math.max(this.#dueAt, now - this.#makeGoodMs)",
        replace: "Math.max(this.#dueAt, Math.floor(now / this.#intervalMs) * this.#intervalMs)",
      },
    ],
  },
  {
    id: "drifts-slow",
    bug: "each wait is rounded up to whole milliseconds",
    kind: "rate",
    caughtBy: "4.3",
    edits: [
      {
        file: "token-bucket.ts",
        find: "this.#intervalMs = 1000 / ratePerSecond;",
        replace: "this.#intervalMs = Math.ceil(1000 / ratePerSecond);",
      },
    ],
  },
  {
    id: "drifts-fast",
    bug: "each wait is rounded down to whole milliseconds",
    kind: "rate",
    caughtBy: "4.3",
    edits: [
      {
        file: "token-bucket.ts",
        find: "this.#intervalMs = 1000 / ratePerSecond;",
        replace: "this.#intervalMs = Math.floor(1000 / ratePerSecond);",
      },
    ],
  },
  {
    id: "retries-for-free",
    bug: "retries pass without a token",
    kind: "rate",
    caughtBy: "4.4",
    edits: [
      {
        file: "pool.ts",
        find: "new RetryRoom((entry) => this.#enqueue(entry));",
        replace:
          "new RetryRoom((entry) => { const worker = this.#roster.wake(); if (worker === undefined) this.#enqueue(entry); else void this.#attempt(entry, worker).then(() => this.#work(worker)); });",
      },
    ],
  },
  {
    id: "turn-timer-stays",
    bug: "the timer for the next turn goes on after an abort",
    kind: "left-behind",
    caughtBy: "4.5",
    edits: [{ file: "pool.ts", find: "    this.#bucket.close();\n", replace: "" }],
  },
  {
    id: "one-in-hand",
    bug: "the job that waits for its turn is taken out of the queue, and its place given to another",
    kind: "bound",
    caughtBy: "4.5",
    edits: [
      {
        file: "pool.ts",
        find: "    if (this.#queue.size === 0 || !this.#bucket.take()) return undefined;\n    const entry = this.#queue.take(worker);",
        replace:
          "    if (this.#queue.size > 0) this.#inHand ??= this.#queue.take(worker);\n    this.#entrance.admitWhile(() => this.#hasRoom());\n    if (this.#inHand === undefined || !this.#bucket.take()) return undefined;\n    const entry = this.#inHand;\n    this.#inHand = undefined;",
      },
      {
        file: "pool.ts",
        find: "  #closed = false;\n",
        replace: "  #closed = false;\n  #inHand: Entry | undefined;\n",
      },
    ],
  },
  {
    id: "drain-ignores-rate",
    bug: "once it is closing the pool does not keep to the rate any more",
    kind: "rate",
    caughtBy: "4.6",
    edits: [
      {
        file: "pool.ts",
        find: "if (this.#queue.size === 0 || !this.#bucket.take())",
        replace: "if (this.#queue.size === 0 || (!this.#closed && !this.#bucket.take()))",
      },
    ],
  },
  {
    id: "rate-unchecked",
    bug: "a rate of 0 accepts everything and does nothing",
    kind: "unchecked",
    caughtBy: "4.7",
    edits: [
      {
        file: "options.ts",
        find: 'checkPositive("ratePerSecond", options.ratePerSecond ?? Infinity)',
        replace: "options.ratePerSecond ?? Infinity",
      },
    ],
  },

  // Step 5
  {
    id: "retries-not-counted",
    bug: "retries are not counted",
    kind: "counts",
    caughtBy: "5.1",
    edits: [
      { file: "pool.ts", find: '    if (entry.attempts > 1) this.#ledger.count("retries");\n', replace: "" },
    ],
  },
  {
    id: "cancelled-as-failed",
    bug: "jobs that an abort ended are counted as failed",
    kind: "counts",
    caughtBy: "5.1",
    edits: [
      {
        file: "pool.ts",
        find: '"cancelled", () => entry.reject(reason)',
        replace: '"failed", () => entry.reject(reason)',
      },
    ],
  },
  {
    id: "failed-stays-running",
    bug: "a job that failed is shown as running for ever",
    kind: "counts",
    caughtBy: "5.2",
    edits: [
      {
        file: "pool.ts",
        find: "    this.#ledger.end(attempt);\n    if (this.#aborted",
        replace: "    if (this.#aborted",
      },
    ],
  },
  {
    id: "nowhere-for-a-moment",
    bug: "between queue and worker a job is nowhere for the time of an await",
    kind: "counts",
    caughtBy: "5.2",
    edits: [
      {
        file: "pool.ts",
        find: "    const controller = new AbortController();\n",
        replace: "    await null;\n    const controller = new AbortController();\n",
      },
    ],
  },
  {
    id: "settled-before-counted",
    bug: "the result is delivered before the job is counted, and an await lies between",
    kind: "counts",
    caughtBy: "5.2",
    edits: [
      {
        file: "pool.ts",
        find: '      this.#ledger.end(attempt);\n      this.#settle(entry, "succeeded", () => entry.resolve(value));',
        replace:
          '      this.#ledger.end(attempt);\n      entry.resolve(value);\n      await null;\n      this.#settle(entry, "succeeded", () => {});',
      },
    ],
  },
  {
    id: "worker-number-wrong",
    bug: "every job is shown on worker 0",
    kind: "counts",
    caughtBy: "5.3",
    edits: [
      {
        file: "ledger.ts",
        find: "({ id, worker, since }) => ({ id, worker,",
        replace: "({ id, since }) => ({ id, worker: 0,",
      },
    ],
  },
  {
    id: "utilisation-of-the-past",
    bug: "utilisation leaves out the jobs that are running",
    kind: "counts",
    caughtBy: "5.4",
    edits: [
      {
        file: "ledger.ts",
        find: "running.reduce((sum, { sinceMs }) => sum + sinceMs, this.#busyMs)",
        replace: "this.#busyMs",
      },
    ],
  },
  {
    id: "counted-twice",
    bug: "the time of an attempt that has just ended is added before it leaves the running ones",
    kind: "counts",
    caughtBy: "5.4",
    edits: [
      {
        file: "ledger.ts",
        find: "    this.#busyMs += performance.now() - since;\n  }",
        replace:
          "  }\n\n  charge({ since }: Attempt): void {\n    this.#busyMs += performance.now() - since;\n  }",
      },
      { file: "ledger.ts", find: "end({ id, since }: Attempt)", replace: "end({ id }: Attempt)" },
      {
        file: "pool.ts",
        find: "    let delayMs: number | undefined;\n",
        replace: "    let delayMs: number | undefined;\n    this.#ledger.charge(attempt);\n",
      },
      {
        file: "pool.ts",
        find: '      this.#ledger.end(attempt);\n      this.#settle(entry, "succeeded"',
        replace:
          '      this.#ledger.charge(attempt);\n      this.#ledger.end(attempt);\n      this.#settle(entry, "succeeded"',
      },
    ],
  },
  {
    id: "live-snapshot",
    bug: "a snapshot goes on changing after it was taken",
    kind: "shared",
    caughtBy: "5.5",
    edits: [
      {
        file: "ledger.ts",
        find: "return { ...this.#counts, ...waiting, running, utilisation };",
        replace: "return Object.assign(this.#counts, waiting, { running, utilisation });",
      },
    ],
  },

  // Challenges
  {
    id: "unstable-priorities",
    bug: "equals of one priority overtake each other",
    kind: "order",
    caughtBy: "priority.1",
    edits: [
      {
        file: "challenges/priority-queue.ts",
        find: "return first.rank === second.rank ? first.entry.id < second.entry.id : first.rank > second.rank;",
        replace: "return first.rank > second.rank;",
      },
    ],
  },
  {
    id: "low-priority-starves",
    bug: "waiting does not raise a job: low priorities starve",
    kind: "fairness",
    caughtBy: "priority.2",
    edits: [
      {
        file: "challenges/priority-queue.ts",
        find: "entry.priority - entry.acceptedAt / this.#ageingMs",
        replace: "entry.priority - 0 * this.#ageingMs",
      },
    ],
  },
  {
    id: "priority-always-on",
    bug: "priorities count although nobody asked for it",
    kind: "order",
    caughtBy: "priority.3",
    edits: [
      {
        file: "queue.ts",
        find: "settings.ageingMs === undefined ? new FifoQueue() : new PriorityQueue(settings.ageingMs)",
        replace: "new PriorityQueue(settings.ageingMs ?? Infinity)",
      },
    ],
  },
  {
    id: "all-workers-from-the-start",
    bug: "the pool begins with all its workers",
    kind: "bound",
    caughtBy: "scaling.1",
    edits: [
      {
        file: "roster.ts",
        find: "(worker < settings.minWorkers ? this.#resting : this.#absent).push(worker);",
        replace: "this.#resting.push(worker);",
      },
    ],
  },
  {
    id: "never-scales-down",
    bug: "a worker that was once needed stays for ever",
    kind: "growth",
    caughtBy: "scaling.2",
    edits: [
      { file: "roster.ts", find: "if (this.live <= this.#settings.minWorkers) return;", replace: "return;" },
    ],
  },
  {
    id: "scales-below-minimum",
    bug: "all idle workers end, the minimum too",
    kind: "idle",
    caughtBy: "scaling.2",
    edits: [
      { file: "roster.ts", find: "    if (this.live <= this.#settings.minWorkers) return;\n", replace: "" },
    ],
  },
  {
    id: "idle-timers-stay",
    bug: "idle timers keep the process alive after the end",
    kind: "left-behind",
    caughtBy: "scaling.3",
    edits: [
      {
        file: "roster.ts",
        find: "    for (const timer of this.#goingHome.values()) clearTimeout(timer);\n",
        replace: "",
      },
    ],
  },
  {
    id: "failures-not-in-a-row",
    bug: "a success in between does not count: the circuit opens after so many failures in all",
    kind: "resilience",
    caughtBy: "breaker.1",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "      this.#circuits.delete(key);\n      return value;",
        replace: "      return value;",
      },
    ],
  },
  {
    id: "half-open-floods",
    bug: "after the cool-down everybody is let through at once",
    kind: "resilience",
    caughtBy: "breaker.2",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "circuit.probing || performance.now()",
        replace: "performance.now()",
      },
    ],
  },
  {
    id: "never-half-open",
    bug: "an open circuit never lets anybody try again",
    kind: "resilience",
    caughtBy: "breaker.2",
    edits: [
      {
        file: "challenges/breaker.ts",
        find: "performance.now() < circuit.openUntil",
        replace: "circuit.openUntil > 0",
      },
    ],
  },
  {
    id: "refusal-retried",
    bug: "a refused job waits for retries that will be refused as well",
    kind: "resilience",
    caughtBy: "breaker.3",
    edits: [{ file: "pool.ts", find: "error instanceof CircuitOpenError || ", replace: "" }],
  },
  {
    id: "state-per-job",
    bug: "the state is made anew for each job",
    kind: "scope",
    caughtBy: "worker-state.1",
    edits: [
      {
        file: "roster.ts",
        find: "this.#states.get(worker) ?? Promise.try(workerState.create, worker)",
        replace: "Promise.try(workerState.create, worker)",
      },
    ],
  },
  {
    id: "state-not-disposed",
    bug: "states are left open at the end",
    kind: "left-open",
    caughtBy: "worker-state.2",
    edits: [
      {
        file: "roster.ts",
        find: "    for (const worker of [...this.#states.keys()]) this.#putAway(worker);\n",
        replace: "",
      },
    ],
  },
  {
    id: "disposal-not-awaited",
    bug: "the end is announced while states are still being put away",
    kind: "too-early",
    caughtBy: "worker-state.2",
    edits: [
      {
        file: "roster.ts",
        find: "await Promise.allSettled(this.#disposals)",
        replace: "await Promise.allSettled([])",
      },
    ],
  },
  {
    id: "failed-state-remembered",
    bug: "a state that could not be made once is never tried again",
    kind: "cache",
    caughtBy: "worker-state.3",
    edits: [
      {
        file: "roster.ts",
        find: "      this.#states.delete(worker);\n      throw error;",
        replace: "      throw error;",
      },
    ],
  },
  {
    id: "keys-wander",
    bug: "jobs of one key go to whoever comes first",
    kind: "scope",
    caughtBy: "stealing.1",
    edits: [
      { file: "challenges/stealing-queue.ts", find: "if (known !== undefined) return known;", replace: "" },
    ],
  },
  {
    id: "nobody-steals",
    bug: "a worker without work of its own rests while others are overloaded",
    kind: "idle",
    caughtBy: "stealing.2",
    edits: [
      {
        file: "pool.ts",
        find: "if (this.#queue.size > 0) this.#wakeWorker(); // There is more to do: one worker wakes the next.",
        replace: "",
      },
      {
        file: "roster.ts",
        find: "const [worker] = place >= 0 ? this.#resting.splice(place, 1) : [this.#resting.pop()];",
        replace:
          "const [worker] = place >= 0 ? this.#resting.splice(place, 1) : [preferred === undefined ? this.#resting.pop() : undefined];",
      },
      {
        file: "roster.ts",
        find: "if (worker === undefined) return this.#absent.pop();",
        replace: "if (worker === undefined) return undefined;",
      },
    ],
  },
]);
