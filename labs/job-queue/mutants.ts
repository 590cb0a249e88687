import { defineMutants } from "@pattern-labs/testkit/mutants";

/**
 * The classic mistakes, each as an edit of the reference, and the guarantee whose test must catch it.
 * An edit cannot drift from the reference: its text must be found there exactly once.
 */
export default defineMutants([
  // Step 1
  {
    id: "accepted-before-stored",
    bug: "`enqueue` resolves before the job is stored",
    kind: "too-early",
    caughtBy: "1.1",
    edits: [
      {
        file: "queue.ts",
        find: "await this.#insert(job, options);",
        replace: "void this.#insert(job, options);",
      },
    ],
  },
  {
    id: "checked-and-forgotten",
    bug: "the payload is checked, and then stored as it came, not as the schema gives it",
    kind: "unchecked",
    caughtBy: "1.2",
    edits: [
      {
        file: "queue.ts",
        find: "newJob(types, type, payload, id)",
        replace: "{ ...newJob(types, type, payload, id), payload }",
      },
    ],
  },
  {
    id: "eleven-at-once",
    bug: "one job more is taken than there are places",
    kind: "bound",
    caughtBy: "1.3",
    edits: [
      {
        file: "queue.ts",
        find: "this.#inHand.size === concurrency",
        replace: "this.#inHand.size > concurrency",
      },
      {
        file: "queue.ts",
        find: "concurrency - this.#inHand.size",
        replace: "concurrency + 1 - this.#inHand.size",
      },
    ],
  },
  {
    id: "one-after-the-other",
    bug: "one job is done at a time, whatever the concurrency",
    kind: "idle",
    caughtBy: "1.3",
    edits: [
      {
        file: "queue.ts",
        find: "await this.#findJobs()) this.#take(job);",
        replace: "await this.#findJobs()) await this.#take(job);",
      },
      {
        file: "queue.ts",
        find: "  #take(job: JobRecord): void {",
        replace: "  #take(job: JobRecord): Promise<void> {",
      },
      {
        file: "queue.ts",
        find: "    void this.#underWay.go(async () => {\n      await this.#do",
        replace: "    return this.#underWay.go(async () => {\n      await this.#do",
      },
    ],
  },
  {
    id: "lent-payload",
    bug: "the handler is given the very payload that is written back: what it does to it is stored",
    kind: "shared",
    caughtBy: "1.6",
    edits: [{ file: "queue.ts", find: "structuredClone(payload)", replace: "payload" }],
  },
  {
    id: "seen-is-taken",
    bug: "a job that was seen waiting is begun, whatever the store says to the claim",
    kind: "gap",
    caughtBy: "1.7",
    edits: [
      {
        file: "lease.ts",
        find: 'return (await this.#write(claimed)) === "stored" && !this.#isAbandoned;',
        replace: "await this.#write(claimed);\n    return true;",
      },
    ],
  },
  {
    id: "conflict-tried-again",
    bug: "a claim that was refused is tried again with the new version, and takes the job away from whoever has it",
    kind: "lease",
    caughtBy: "1.7",
    edits: [
      {
        file: "lease.ts",
        find: 'if (stored?.leaseId !== this.#id) return "refused";',
        replace:
          'if (stored === undefined) return "refused";\n        if (stored.leaseId !== this.#id) {\n          this.#job = stored;\n          continue;\n        }',
      },
    ],
  },
  {
    id: "rung-while-looking",
    bug: "a job that is enqueued while the queue asks for jobs waits for the next poll",
    kind: "wake-up",
    caughtBy: "1.8",
    edits: [
      { file: "queue.ts", find: "      this.#bell.reset();\n      for", replace: "      for" },
      {
        file: "queue.ts",
        find: "      if (!this.#isStopping) await this.#bell",
        replace: "      this.#bell.reset();\n      if (!this.#isStopping) await this.#bell",
      },
    ],
  },
  {
    id: "rung-while-it-fails",
    bug: "a job that is enqueued while the queue asks for jobs waits for the next poll, if that question fails",
    kind: "wake-up",
    caughtBy: "1.8",
    edits: [
      {
        file: "queue.ts",
        find: "      onError(error);\n",
        replace: "      onError(error);\n      this.#bell.reset();\n",
      },
    ],
  },
  {
    id: "silent-store",
    bug: "a poll that fails is tried again, and nobody is told",
    kind: "swallowed",
    caughtBy: "1.9",
    edits: [
      {
        file: "queue.ts",
        find: "const { store, types, concurrency, onError } = this.#settings;",
        replace: "const { store, types, concurrency } = this.#settings;",
      },
      {
        file: "queue.ts",
        find: "    } catch (error) {\n      onError(error);\n      return [];",
        replace: "    } catch {\n      return [];",
      },
    ],
  },

  // Step 2
  {
    id: "all-at-once-again",
    bug: "there is no jitter: what failed together comes back together",
    kind: "retry",
    caughtBy: "2.1",
    edits: [
      {
        file: "ends.ts",
        find: "fullJitterMs(attempts, settings)",
        replace: "fullJitterMs(attempts, { ...settings, random: () => 1 })",
      },
    ],
  },
  {
    id: "backoff-holds-a-place",
    bug: "a job that waits for its retry holds its place",
    kind: "retry",
    caughtBy: "2.3",
    edits: [
      {
        file: "queue.ts",
        find: "    if (end !== undefined) await lease.end(end);",
        replace:
          '    if (end !== undefined) await lease.end(end);\n    const waitMs = (end?.dueAt ?? 0) - Date.now();\n    if (end?.state === "failed") await new Promise((resolve) => setTimeout(resolve, waitMs));',
      },
    ],
  },
  {
    id: "tried-for-ever",
    bug: "a job that fails each time is tried for ever",
    kind: "retry",
    caughtBy: "2.4",
    edits: [{ file: "ends.ts", find: "attempts > settings.retries || ", replace: "" }],
  },
  {
    id: "counted-in-memory",
    bug: "attempts are counted in the process: a restart forgets them",
    kind: "retry",
    caughtBy: "2.6",
    edits: [
      {
        file: "ends.ts",
        find: "  const attempts = job.attempts + 1;\n",
        replace: "  const attempts = (counts.get(settings) ?? 0) + 1;\n  counts.set(settings, attempts);\n",
      },
      {
        file: "ends.ts",
        find: "type Fields = Partial<JobRecord>;",
        replace: "type Fields = Partial<JobRecord>;\nconst counts = new WeakMap<Settings, number>();",
      },
    ],
  },
  {
    id: "replayed-old",
    bug: "a replayed job keeps its attempts, and is dead again with its first fault",
    kind: "retry",
    caughtBy: "2.7",
    edits: [{ file: "ends.ts", find: "  attempts: 0,\n", replace: "" }],
  },
  {
    id: "replayed-by-both",
    bug: "two who replay the same job are both told that they have done it",
    kind: "twice",
    caughtBy: "2.7",
    edits: [
      {
        file: "queue.ts",
        find: 'if (job?.state !== "dead" || !(await store.swap(replayed(job)))) return false;',
        replace: 'if (job?.state !== "dead") return false;\n    await store.swap(replayed(job));',
      },
    ],
  },

  // Step 3
  {
    id: "never-renewed",
    bug: "the lease is not renewed: a job that takes longer is begun by a second worker",
    kind: "lease",
    caughtBy: "3.1",
    edits: [
      {
        file: "lease.ts",
        find: "    while (!this.#hasEnded && !this.#isLost && !this.#isAbandoned) await this.#renewInTime();\n",
        replace: "    if (this.#hasEnded) await this.#renewInTime();\n",
      },
    ],
  },
  {
    id: "lease-from-the-answer",
    bug: "the lease is counted from the answer, and so believed longer than it holds",
    kind: "lease",
    caughtBy: "3.1",
    edits: [
      {
        file: "lease.ts",
        find: "this.#until = stored.leaseUntil;",
        replace: "this.#until = this.#fromNow();",
      },
    ],
  },
  {
    id: "no-more-than-free-places",
    bug: "the store is asked for as many jobs as there are free places, and tells of those that are in hand, their leases lost",
    kind: "idle",
    caughtBy: "3.2",
    edits: [
      {
        file: "queue.ts",
        find: "limit: concurrency, types",
        replace: "limit: concurrency - this.#inHand.size, types",
      },
    ],
  },
  {
    id: "crash-spends-an-attempt",
    bug: "a crash counts as a failed attempt",
    kind: "retry",
    caughtBy: "3.3",
    edits: [
      {
        file: "lease.ts",
        find: "const claimed = () => ({ state:",
        replace:
          "const attempts = this.#job.attempts + crashes - this.#job.crashes;\n    const claimed = () => ({ attempts, state:",
      },
    ],
  },
  {
    id: "crash-not-counted",
    bug: "crashes are not counted: a poisoned job ends one worker after the other, for ever",
    kind: "retry",
    caughtBy: "3.4",
    edits: [{ file: "lease.ts", find: '(this.#job.state === "running" ? 1 : 0)', replace: "0" }],
  },
  {
    id: "late-end-forced",
    bug: "an end that was refused is written over whatever is there: no fence",
    kind: "lease",
    caughtBy: "3.5",
    edits: [
      {
        file: "lease.ts",
        find: 'if (stored?.leaseId !== this.#id) return "refused";',
        replace:
          'if (stored === undefined || (stored.leaseId !== this.#id && next.state !== "completed")) return "refused";',
      },
    ],
  },
  {
    id: "takes-its-own",
    bug: "a queue whose lease has run out takes its own job a second time, while its handler is still at it",
    kind: "lease",
    caughtBy: "3.5",
    edits: [{ file: "queue.ts", find: " && !this.#inHand.has(job.id));", replace: ");" }],
  },
  {
    id: "waits-for-the-store",
    bug: "the signal aborts when the store says that the lease is lost, and not when its time is up",
    kind: "lease",
    caughtBy: "3.6",
    edits: [
      {
        file: "lease.ts",
        find: "setTimeout(() => this.#lose(), this.#until - Date.now())",
        replace: "setTimeout(() => {}, this.#until - Date.now())",
      },
    ],
  },
  {
    id: "told-counts-as-failed",
    bug: "a handler that stops because its lease is lost is given back, as if the job were still ours",
    kind: "lease",
    caughtBy: "3.6",
    edits: [
      {
        file: "queue.ts",
        find: "    if (lease.isLost) return undefined; // Whoever takes it next counts a crash.\n",
        replace: "",
      },
    ],
  },
  {
    id: "begun-too-late",
    bug: "a claim that is answered when its lease has run out is begun",
    kind: "lease",
    caughtBy: "3.8",
    edits: [
      { file: "queue.ts", find: "!this.#mayBegin(lease.job) || lease.isOver", replace: "this.#isStopping" },
    ],
  },
  {
    id: "one-hiccup",
    bug: "one write that fails, and the lease is given up",
    kind: "lease",
    caughtBy: "3.9",
    edits: [
      {
        file: "lease.ts",
        find: "        if (this.isOver || this.#isAbandoned) break;\n",
        replace: "        if (!this.isOver) break;\n",
      },
    ],
  },
  {
    id: "end-beside-renewal",
    bug: "the end is written while a renewal is under way, with the same version: one of them is refused",
    kind: "lease",
    caughtBy: "3.10",
    edits: [
      {
        file: "lease.ts",
        find: "    while (!this.#hasEnded && !this.#isLost && !this.#isAbandoned) await this.#renewInTime();\n",
        replace:
          "    void (async () => {\n      while (!this.#hasEnded && !this.#isLost && !this.#isAbandoned) await this.#renewInTime();\n    })();\n",
      },
      {
        file: "lease.ts",
        find: "        if (stored.state === next.state) return",
        replace: '        if (stored.state === next.state || next.state === "completed") return',
      },
    ],
  },

  {
    id: "judged-too-late",
    bug: "what a failure means is decided when the renewal under way is answered, not when the handler fails",
    kind: "lease",
    caughtBy: "3.10",
    edits: [
      {
        file: "queue.ts",
        find: "lease.during((signal) =>\n      this.#work(lease, signal).catch((error: unknown) => this.#endAfter(error, lease)),\n    );",
        replace:
          "lease\n      .during((signal) => this.#work(lease, signal))\n      .catch((error: unknown) => this.#endAfter(error, lease));",
      },
    ],
  },

  // Step 4
  {
    id: "taken-and-forgotten",
    bug: "what was claimed and not begun is forgotten at the stop",
    kind: "lost",
    caughtBy: "4.1",
    edits: [
      {
        file: "queue.ts",
        find: "if (!this.#mayBegin(lease.job) || lease.isOver) return await",
        replace: "if (this.#isStopping) return;\n    if (lease.isOver) return await",
      },
    ],
  },
  {
    id: "end-not-awaited",
    bug: "`stop` waits for handlers, but not until their ends are stored",
    kind: "too-early",
    caughtBy: "4.2",
    edits: [
      {
        file: "queue.ts",
        find: "if (end !== undefined) await lease",
        replace: "if (end !== undefined) void lease",
      },
    ],
  },
  {
    id: "interrupted-is-failed",
    bug: "a job that was interrupted by the stop counts as failed",
    kind: "counts",
    caughtBy: "4.3",
    edits: [{ file: "queue.ts", find: "    if (lease.isAborted) return givenBack();\n", replace: "" }],
  },
  {
    id: "failed-but-given-back",
    bug: "a job that failed before the handlers were told is given back, if its end was not written by then",
    kind: "gap",
    caughtBy: "4.3",
    edits: [
      {
        file: "queue.ts",
        find: "if (end !== undefined) await lease.end(end);",
        replace:
          'const isInterrupted = lease.isAborted && !lease.isLost && end?.state !== "completed";\n    if (end !== undefined) await lease.end(isInterrupted ? givenBack() : end);',
      },
    ],
  },
  {
    id: "given-back-while-it-runs",
    bug: "at the end of patience jobs are given back whose handlers are still at work",
    kind: "twice",
    caughtBy: "4.4",
    edits: [
      {
        file: "queue.ts",
        find: "lease.abort(reason);\n  }",
        replace: "{\n      lease.abort(reason);\n      void lease.end(givenBack());\n    }\n  }",
      },
    ],
  },
  {
    id: "waits-for-ever",
    bug: "the deadline is not kept: a store that hangs holds up the stop",
    kind: "too-long",
    caughtBy: "4.4",
    edits: [
      {
        file: "queue.ts",
        find: "const giveUp = setTimeout(() => deadline.abort(), deadlineMs);",
        replace: "const giveUp = setTimeout(() => {}, deadlineMs);",
      },
    ],
  },
  {
    id: "writes-after-the-stop",
    bug: "what ends after the deadline is still written, although the queue has stopped",
    kind: "too-late",
    caughtBy: "4.4",
    edits: [
      {
        file: "queue.ts",
        find: "    for (const lease of this.#inHand.values()) lease.abandon();\n",
        replace: "",
      },
    ],
  },
  {
    id: "looked-before-the-answer",
    bug: "whether the stop is over is looked at when the handler ends, and not again when the renewal under way is answered",
    kind: "gap",
    caughtBy: "4.5",
    edits: [
      {
        file: "lease.ts",
        find: "      this.#hasEnded = true;\n",
        replace: "      this.#hasEnded = !this.#isAbandoned;\n",
      },
      {
        file: "lease.ts",
        find: "    while (!this.#isAbandoned) {\n",
        replace: "    while (!this.#isAbandoned || this.#hasEnded) {\n",
      },
    ],
  },
  {
    id: "timer-left",
    bug: "the timer of the deadline runs on when there is nothing left to wait for",
    kind: "left-behind",
    caughtBy: "4.5",
    edits: [{ file: "queue.ts", find: "    clearTimeout(giveUp);\n", replace: "" }],
  },
  {
    id: "armed-after-the-end",
    bug: "the lease's timer is cleared when the handler ends, and the renewal under way arms it again: it outlives the job",
    kind: "left-behind",
    caughtBy: "4.5",
    edits: [
      {
        file: "lease.ts",
        find: "      this.#hasEnded = true;\n",
        replace: "      this.#hasEnded = true;\n      clearTimeout(this.#timer);\n",
      },
      {
        file: "lease.ts",
        find: "    try {\n      return await working;\n    } finally {\n      clearTimeout(this.#timer);\n    }\n",
        replace: "    return await working;\n",
      },
    ],
  },
  {
    id: "armed-after-the-stop",
    bug: "a renewal that is stored after the deadline arms the lease's timer again, and the process lives on for a lease",
    kind: "left-behind",
    caughtBy: "4.5",
    edits: [
      {
        file: "lease.ts",
        find: "else if (!this.#isAbandoned) this.#setTimer",
        replace: "else this.#setTimer",
      },
    ],
  },

  // Challenge lost-answers
  {
    id: "lost-renewal-taken-for-the-end",
    bug: "a renewal that was stored without an answer is taken for the end that is refused because of it",
    kind: "lease",
    caughtBy: "lost-answers.4",
    edits: [
      {
        file: "lease.ts",
        find: 'if (stored.state === next.state) return "stored";',
        replace: 'return "stored";',
      },
    ],
  },
  {
    id: "lost-answer-lost-lease",
    bug: "a write that was stored, and whose answer was lost, is taken for somebody else's",
    kind: "lease",
    caughtBy: "lost-answers.2",
    edits: [
      {
        file: "lease.ts",
        find: 'if (stored?.leaseId !== this.#id) return "refused";',
        replace: 'if (stored !== undefined) return "refused";\n        throw new Error("It is gone");',
      },
    ],
  },
  {
    id: "lease-of-the-last-try",
    bug: "a claim whose answer was lost is believed to hold from its last try, and not from the one that is stored",
    kind: "lease",
    caughtBy: "lost-answers.3",
    edits: [
      {
        file: "lease.ts",
        find: "this.#adopt(stored);",
        replace: "this.#adopt({ ...stored, leaseUntil: next.leaseUntil });",
      },
    ],
  },
  {
    id: "taken-for-ones-own",
    bug: "a running record of the right version is taken for one's own, whatever name it bears",
    kind: "lease",
    caughtBy: "lost-answers.5",
    edits: [
      {
        file: "lease.ts",
        find: 'if (stored?.leaseId !== this.#id) return "refused";',
        replace: 'if (stored?.version !== next.version) return "refused";',
      },
    ],
  },
  {
    id: "unknown-claim-dropped",
    bug: "a claim that failed is taken for one that was not made, if `stop` is called before it is tried again",
    kind: "lost",
    caughtBy: "lost-answers.6",
    edits: [
      {
        file: "lease.ts",
        find: "export class Lease {",
        replace: "export const stopping = new WeakSet<Settings>();\n\nexport class Lease {",
      },
      {
        file: "lease.ts",
        find: "        if (this.isOver || this.#isAbandoned) break;\n",
        replace:
          "        if (stopping.has(this.#settings) && this.#job.leaseId !== this.#id) break;\n        if (this.isOver || this.#isAbandoned) break;\n",
      },
      {
        file: "queue.ts",
        find: 'import { Lease } from "./lease.ts";',
        replace: 'import { Lease, stopping } from "./lease.ts";',
      },
      {
        file: "queue.ts",
        find: "    this.#isStopping = true;\n",
        replace: "    this.#isStopping = true;\n    stopping.add(this.#settings);\n",
      },
    ],
  },

  // Challenge idempotency
  {
    id: "checked-before-written-after",
    bug: "the queue looks whether the key is known, and writes it down when the job is stored",
    kind: "gap",
    caughtBy: "idempotency.1",
    edits: [
      {
        file: "queue.ts",
        find: "    const isNew = await store.insert(job);\n",
        replace:
          '    const found = key === undefined ? undefined : await store.get(job.id);\n    const isNew = found === undefined && (await store.insert({ ...job, id: job.id + Math.random() }));\n    if (isNew) await store.insert({ ...job, state: "cancelled" });\n',
      },
    ],
  },
  {
    id: "key-of-a-finished-job",
    bug: "a key whose job has ended is free again: whoever asks late has it done twice",
    kind: "twice",
    caughtBy: "idempotency.2",
    edits: [
      {
        file: "queue.ts",
        find: "    if (key !== undefined && stored !== undefined) checkSameBody(key, job, stored);\n",
        replace:
          '    if (key !== undefined && stored?.state === "completed")\n      await store.swap({ ...job, version: stored.version + 1 });\n    else if (key !== undefined && stored !== undefined) checkSameBody(key, job, stored);\n',
      },
    ],
  },
  {
    id: "any-body",
    bug: "a key used again for something else gives the first job's id",
    kind: "twice",
    caughtBy: "idempotency.3",
    edits: [
      {
        file: "queue.ts",
        find: "    if (key !== undefined && stored !== undefined) checkSameBody(key, job, stored);\n",
        replace: '    if (key === undefined && stored !== undefined) checkSameBody(id ?? "", job, stored);\n',
      },
    ],
  },
  {
    id: "known-by-its-lease",
    bug: "the handler is given a new id with each claim: the receiver takes the second run for another order",
    kind: "twice",
    caughtBy: "idempotency.4",
    edits: [{ file: "queue.ts", find: "      id: job.id,\n", replace: "      id: job.leaseId,\n" }],
  },

  // Challenge scheduling
  {
    id: "priority-forgotten",
    bug: "a job's priority is written when it is enqueued, and lost when it fails",
    kind: "order",
    caughtBy: "scheduling.1",
    edits: [
      {
        file: "ends.ts",
        find: '  return { state: "failed", attempts,',
        replace: '  return { state: "failed", priority: undefined, attempts,',
      },
    ],
  },
  {
    id: "fires-early",
    bug: "a delay is kept in the memory of the queue that enqueues: the job is stored as due at once",
    kind: "deadline",
    caughtBy: "scheduling.2",
    edits: [
      {
        file: "challenges/scheduling.ts",
        find: "dueAt: job.dueAt + delayMs, ",
        replace: "updatedAt: job.updatedAt + delayMs, ",
      },
    ],
  },
  {
    id: "unique-while-it-waits",
    bug: "a unique job that runs is replaced, as if only waiting ones counted",
    kind: "twice",
    caughtBy: "scheduling.3",
    edits: [
      {
        file: "challenges/scheduling.ts",
        find: "if (!hasEnded(stored)) return;",
        replace: 'if (!hasEnded(stored) && stored.state !== "running") return;',
      },
    ],
  },
  {
    id: "replaced-by-force",
    bug: "who finds that somebody else was faster writes over the new job",
    kind: "lease",
    caughtBy: "scheduling.4",
    edits: [
      {
        file: "challenges/scheduling.ts",
        find: "if (!hasEnded(stored)) return;",
        replace: "if (!hasEnded(stored) && stored.version < 2) return;",
      },
    ],
  },

  // Challenge cancel
  {
    id: "cancelled-over-the-end",
    bug: "a job that was completed a moment ago is written as cancelled all the same",
    kind: "lease",
    caughtBy: "cancel.3",
    edits: [
      {
        file: "challenges/cancelling.ts",
        find: 'if (job === undefined || job.state === "completed" || job.state === "dead") return false;',
        replace: "if (job === undefined) return false;",
      },
    ],
  },
  {
    id: "cancelled-at-first-sight",
    bug: "a renewal between the look and the write, and the cancelling is given up",
    kind: "gap",
    caughtBy: "cancel.1",
    edits: [
      {
        file: "challenges/cancelling.ts",
        find: "    // It was written meanwhile, by a renewal perhaps: look again.\n",
        replace: "    return false;\n",
      },
    ],
  },
  {
    id: "cancelled-on-paper",
    bug: "the record says cancelled, and the handler hears of it when it next renews its lease",
    kind: "untold",
    caughtBy: "cancel.2",
    edits: [
      {
        file: "queue.ts",
        find: "    if (isCancelled) this.#inHand.get(id)?.cancel();\n",
        replace: "",
      },
    ],
  },
  {
    id: "begun-although-cancelled",
    bug: "a claim that was under way when its job was cancelled is begun",
    kind: "gap",
    caughtBy: "cancel.1",
    edits: [{ file: "lease.ts", find: ' === "stored" && !this.#isAbandoned;', replace: ' === "stored";' }],
  },

  // Challenge pause
  {
    id: "paused-but-claimed",
    bug: "a claim that is under way when its type is paused is begun",
    kind: "gap",
    caughtBy: "pause.1",
    edits: [
      {
        file: "queue.ts",
        find: "if (!this.#mayBegin(lease.job) || lease.isOver)",
        replace: "if (this.#isStopping || lease.isOver)",
      },
    ],
  },
  {
    id: "all-types-paused",
    bug: "whoever pauses one type pauses the queue",
    kind: "scope",
    caughtBy: "pause.2",
    edits: [
      {
        file: "queue.ts",
        find: "return !this.#isStopping && !this.#paused.has(type);",
        replace: 'return !this.#isStopping && this.#paused.size === 0 && type !== "";',
      },
    ],
  },
  {
    id: "resumed-at-the-next-poll",
    bug: "nobody rings when a type is resumed",
    kind: "wake-up",
    caughtBy: "pause.3",
    edits: [
      {
        file: "queue.ts",
        find: "    this.#paused.delete(type);\n    this.#bell.ring();\n",
        replace: "    this.#paused.delete(type);\n",
      },
    ],
  },

  // Challenge progress
  {
    id: "each-report-written",
    bug: "each report is a write of its own",
    kind: "rate",
    caughtBy: "progress.2",
    edits: [{ file: "lease.ts", find: "this.#sentAt + REPORT_MS", replace: "this.#sentAt" }],
  },
  {
    id: "last-report-lost",
    bug: "what is reported while a write is under way is forgotten when that is stored",
    kind: "lost",
    caughtBy: "progress.2",
    edits: [
      {
        file: "lease.ts",
        find: "if (isStored && this.#report === report) this.#report = undefined;",
        replace: "if (isStored) this.#report = undefined;",
      },
    ],
  },
  {
    id: "lent-progress",
    bug: "the reported object itself is kept, and stored as the handler has changed it since",
    kind: "shared",
    caughtBy: "progress.2",
    edits: [{ file: "lease.ts", find: "{ progress: structuredClone(progress) }", replace: "{ progress }" }],
  },

  // Challenge children
  {
    id: "waits-in-its-place",
    bug: "the handler's place is held until the children have ended",
    kind: "permit",
    caughtBy: "children.1",
    edits: [
      {
        file: "queue.ts",
        find: "    if (children.ids.length > 0) return waitingFor(children.ids, result, this.#settings);\n",
        replace:
          '    for (let end = {}; children.ids.length > 0 && !("error" in end); ) {\n      await new Promise((resolve) => setTimeout(resolve, this.#settings.pollMs));\n      end = await afterChildren({ ...job, children: children.ids }, this.#settings);\n    }\n',
      },
    ],
  },
  {
    id: "born-twice",
    bug: "each run of the handler has children of its own",
    kind: "twice",
    caughtBy: "children.2",
    edits: [
      {
        file: "challenges/children.ts",
        find: "this.#parent = parent;",
        replace: "this.#parent = parent + Math.random();",
      },
    ],
  },
  {
    id: "first-child-done",
    bug: "a parent is completed with the first of its children",
    kind: "too-early",
    caughtBy: "children.3",
    edits: [
      {
        file: "challenges/children.ts",
        find: "if (children.some(({ state }) => !HAS_ENDED.has(state)))",
        replace: "if (children.every(({ state }) => !HAS_ENDED.has(state)))",
      },
    ],
  },
]);
