import { Mutex } from "@pattern-labs/primitives/mutex";
import type { JobQueue, JobRecord, Lab, QueueOptions, StopOptions } from "../../contract.ts";
import { LeaseLostError, StoppedError, textOf } from "../../given/errors.ts";
import { newJob, typeOf } from "../../given/new-job.ts";
import { checkStop, settingsOf } from "../../given/options.ts";

// No loop that hands out jobs: as many slots as the concurrency, each of which looks for a job, does it, and looks again.
// A job's writes are put in line by a mutex, and its renewals come from timers.

export const attempted: Lab["attempted"] = ["lost-answers"];

export function createQueue(options: QueueOptions): JobQueue {
  const { store, types, concurrency, pollMs, leaseMs, ...settings } = settingsOf(options);
  const { retries, baseDelayMs, maxDelayMs, crashRetries, onError, random, isPermanent } = settings;

  const busy = new Set<string>();
  /** What aborts the handlers that run, and what clears the timers of each. */
  const inHand = new Map<AbortController, () => void>();
  const naps = new Set<() => void>();
  let phase: "new" | "started" | "stopping" | "closed" = "new";
  let slots: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  let wakes = 0;

  const isClosed = () => phase === "closed";
  const isStopping = () => phase === "stopping" || phase === "closed";

  function wakeAll(): void {
    wakes += 1;
    for (const end of naps) end();
  }

  /** Cut short when anybody is woken. */
  async function nap(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    naps.add(resolve);
    await promise;
    naps.delete(resolve);
    clearTimeout(timer);
  }

  async function slot(): Promise<void> {
    while (!isStopping()) {
      const before = wakes;
      const job = await find();
      if (job !== undefined) await attend(job);
      else if (wakes === before && !isStopping()) await nap(pollMs);
    }
  }

  async function find(): Promise<JobRecord | undefined> {
    try {
      const query = { now: Date.now(), limit: concurrency, types: Object.keys(types) };
      const found = await store.claimable(query);
      const job = isStopping() ? undefined : found.find(({ id }) => !busy.has(id));
      if (job !== undefined) busy.add(job.id); // Before another slot can look.
      return job;
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  async function attend(found: JobRecord): Promise<void> {
    try {
      await work(found);
    } finally {
      busy.delete(found.id);
    }
  }

  async function work(found: JobRecord): Promise<void> {
    const leaseId = crypto.randomUUID();
    const controller = new AbortController();
    const writing = new Mutex();
    const timers: { renewal?: NodeJS.Timeout; end?: NodeJS.Timeout } = {};
    let job = found;
    let until = Date.now() + leaseMs;
    let isLost = false;
    let hasEnded = false;

    const clearTimers = () => {
      clearTimeout(timers.renewal);
      clearTimeout(timers.end);
    };
    const lose = () => {
      clearTimers();
      if (isLost || isClosed()) return;
      isLost = true;
      const error = new LeaseLostError(found.id);
      onError(error);
      controller.abort(error);
    };

    /** "mine": the record is as wanted. "theirs": somebody else has written it. */
    const write = async (change: () => Partial<JobRecord>): Promise<"mine" | "theirs" | "unknown"> => {
      using _ = await writing.lock();
      while (!isClosed()) {
        const next: JobRecord = {
          ...job,
          ...change(),
          leaseId,
          version: job.version + 1,
          updatedAt: Date.now(),
        };
        try {
          if (await store.swap(next)) {
            job = next;
            until = next.leaseUntil || until;
            return "mine";
          }
          if (isClosed()) break;
          const stored = await store.get(next.id);
          if (stored === undefined || stored.leaseId !== leaseId) return "theirs";
          job = stored;
          until = stored.leaseUntil || until;
          if (stored.state === next.state) return "mine";
        } catch (error) {
          onError(error);
          if (Date.now() >= until || isClosed()) break;
          await nap(leaseMs / 20);
        }
      }
      return "unknown";
    };

    const keep = () => {
      clearTimeout(timers.end);
      timers.end = setTimeout(lose, until - Date.now());
      timers.renewal = setTimeout(renew, until - leaseMs + leaseMs / 3 - Date.now());
    };
    const renew = async () => {
      const written = await write(() => (hasEnded ? {} : { leaseUntil: Date.now() + leaseMs }));
      if (isLost || hasEnded || isClosed()) return;
      if (written === "mine") keep();
      else lose();
    };

    const hadCrashed = found.state === "running";
    if (hadCrashed && found.crashes >= crashRetries) {
      const error = `given up: its lease ran out ${found.crashes + 1} times`;
      await write(() => ({ state: "dead", crashes: found.crashes + 1, error, leaseUntil: 0 }));
      return;
    }
    const crashes = found.crashes + Number(hadCrashed);
    const claimed = await write(() => ({ state: "running", crashes, leaseUntil: Date.now() + leaseMs }));
    if (claimed !== "mine") return;
    const back = () => ({ state: "pending", dueAt: Date.now(), leaseUntil: 0 }) as const;
    if (isStopping() || Date.now() >= until) {
      await write(back);
      return;
    }

    inHand.set(controller, clearTimers);
    keep();
    let end: Partial<JobRecord> | undefined;
    const attempts = found.attempts + 1;
    try {
      const context = { id: found.id, attempt: attempts, signal: controller.signal };
      const run = async () => await typeOf(types, found.type).run(structuredClone(found.payload), context);
      end = { state: "completed", attempts, result: await run(), error: undefined, leaseUntil: 0 };
    } catch (error) {
      const text = textOf(error);
      if (isLost) end = undefined;
      else if (controller.signal.aborted) end = back();
      else if (attempts > retries || isPermanent(error))
        end = { state: "dead", attempts, error: text, leaseUntil: 0 };
      else {
        const delay = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempts - 1));
        end = { state: "failed", attempts, error: text, dueAt: Date.now() + delay, leaseUntil: 0 };
      }
    }
    hasEnded = true;
    inHand.delete(controller);
    clearTimers();
    const last = end;
    if (last !== undefined && (await write(() => last)) !== "mine") lose();
  }

  async function finish({ deadlineMs, graceMs = 0 }: StopOptions): Promise<void> {
    wakeAll();
    const reason = new StoppedError();
    const tellAll = () => {
      for (const controller of inHand.keys()) controller.abort(reason);
    };
    const patience = setTimeout(tellAll, deadlineMs - graceMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadline = setTimeout(resolve, deadlineMs);
    void slots.then(() => resolve());
    await promise;
    clearTimeout(patience);
    clearTimeout(deadline);
    tellAll();
    phase = "closed";
    for (const clearTimers of inHand.values()) clearTimers(); // Their handlers may never end.
    wakeAll();
  }

  return {
    async enqueue(type, payload, { id } = {}) {
      const job = newJob(types, type, payload, id);
      await store.insert(job);
      wakeAll();
      return job.id;
    },
    get: async (id) => await store.get(id),
    list: async (query) => await store.list(query),
    async replay(id) {
      const job = await store.get(id);
      if (job === undefined || job.state !== "dead") return false;
      const now = Date.now();
      const young = { state: "pending", attempts: 0, crashes: 0, dueAt: now, updatedAt: now } as const;
      const isDone = await store.swap({ ...job, ...young, leaseId: "", version: job.version + 1 });
      if (isDone) wakeAll();
      return isDone;
    },
    start() {
      if (isStopping()) throw new StoppedError();
      if (phase === "started") return;
      phase = "started";
      slots = Promise.all(Array.from({ length: concurrency }, slot));
    },
    async stop(given) {
      checkStop(given);
      if (stopped === undefined) {
        phase = "stopping";
        stopped = finish(given);
      }
      return await stopped;
    },
  };
}
