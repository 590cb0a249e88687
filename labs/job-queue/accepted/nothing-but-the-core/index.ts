import { fullJitterMs } from "@pattern-labs/primitives/retry";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { JobQueue, JobRecord, Lab, QueueOptions, StopOptions } from "../../contract.ts";
import { Bell } from "../../given/bell.ts";
import { LeaseLostError, StoppedError, textOf } from "../../given/errors.ts";
import { newJob, typeOf } from "../../given/new-job.ts";
import { checkStop, settingsOf } from "../../given/options.ts";

/*
 * As little as the core asks for: a claim is tried once, and forgotten if it fails or is answered too late; a refusal is
 * a refusal, since a call that fails has written nothing; renewals and the end are one loop.
 */

export const attempted: Lab["attempted"] = [];

type Fields = Partial<JobRecord>;

/** What `stop` has to know of a job in hand. */
interface Hand {
  readonly controller: AbortController;
  readonly bell: Bell;
}

export function createQueue(options: QueueOptions): JobQueue {
  const settings = settingsOf(options);
  const { store, types, concurrency, pollMs, leaseMs, retries, crashRetries, onError, isPermanent } =
    settings;
  const inHand = new Map<string, Hand>();
  const underWay = new WaitGroup();
  const bell = new Bell();
  let state: "new" | "started" | "stopping" | "closed" = "new";
  let stopped: Promise<void> | undefined;
  const isStopping = () => state === "stopping" || state === "closed";
  const isClosed = () => state === "closed";

  async function look(): Promise<void> {
    while (!isStopping()) {
      bell.reset();
      if (inHand.size < concurrency) {
        const query = { now: Date.now(), limit: concurrency, types: Object.keys(types) };
        const found = await store.claimable(query).catch(tell);
        for (const job of found ?? []) {
          if (isStopping() || inHand.size === concurrency) break;
          if (!inHand.has(job.id)) void underWay.go(() => take(job));
        }
      }
      if (!isStopping()) await bell.wait(pollMs);
    }
  }

  async function take(found: JobRecord): Promise<void> {
    const hand: Hand = { controller: new AbortController(), bell: new Bell() };
    inHand.set(found.id, hand);
    const until = Date.now() + leaseMs;
    const hasCrashed = found.state === "running";
    const crashes = found.crashes + Number(hasCrashed);
    const isPoison = hasCrashed && found.crashes >= crashRetries;
    const job = isPoison
      ? next(found, { state: "dead", crashes, error: `its lease ran out ${crashes} times` })
      : next(found, { state: "running", crashes, leaseUntil: until });
    const isOurs = await store.swap(job).catch(tell);
    if (isOurs === true && !isPoison && Date.now() < until) {
      if (isStopping()) await attend(job, hand, Promise.resolve(givenBack()));
      else await attend(job, hand, work(job, hand));
    }
    inHand.delete(found.id);
    bell.ring();
  }

  /** What the end of the handler is to write; nothing, if it was told that its lease is lost. */
  async function work({ type, payload, id, attempts: before }: JobRecord, { controller }: Hand) {
    const { signal } = controller;
    const attempts = before + 1;
    try {
      const copy = structuredClone(payload);
      const result = await typeOf(types, type).run(copy, { id, attempt: attempts, signal });
      return { state: "completed", attempts, result, error: undefined } as const;
    } catch (cause) {
      if (signal.aborted) return signal.reason instanceof StoppedError ? givenBack() : undefined;
      const error = textOf(cause);
      if (attempts > retries || isPermanent(cause)) return { state: "dead", attempts, error } as const;
      return {
        state: "failed",
        attempts,
        error,
        dueAt: Date.now() + fullJitterMs(attempts, settings),
      } as const;
    }
  }

  /** Renews the lease until the end is known, and writes that: one write after the other. */
  async function attend(claimed: JobRecord, hand: Hand, working: Promise<Fields | undefined>): Promise<void> {
    let job = claimed;
    let until = claimed.leaseUntil;
    let renewAt = until - leaseMs + leaseMs / 3;
    let isLost = false;
    let isRefused = false;
    let end: Fields | undefined;
    let hasEnded = false;
    const lose = () => {
      clearTimeout(expiry);
      if (isLost || isClosed()) return;
      isLost = true;
      const error = new LeaseLostError(job.id);
      if (!hasEnded) onError(error);
      hand.controller.abort(error);
    };
    let expiry = setTimeout(lose, until - Date.now());
    const ended = working.then((fields) => {
      hasEnded = true;
      end = fields;
      hand.bell.ring();
    });

    while (!hasEnded && !isClosed()) {
      hand.bell.reset();
      if (isLost) await ended;
      else if (Date.now() < renewAt) await hand.bell.wait(renewAt - Date.now());
      else {
        const renewed = next(job, { leaseUntil: Date.now() + leaseMs });
        const isStored = await store.swap(renewed).catch(tell);
        renewAt = isStored === true ? renewed.leaseUntil - leaseMs + leaseMs / 3 : Date.now() + leaseMs / 20;
        isRefused = isStored === false;
        if (isRefused) lose();
        if (isStored !== true) continue;
        job = renewed;
        if (isLost) continue; // It came too late to be relied on, but it is the version that the end goes on from.
        until = renewed.leaseUntil;
        clearTimeout(expiry);
        expiry = setTimeout(lose, until - Date.now());
      }
    }
    clearTimeout(expiry);

    while (end !== undefined && !isRefused && !isClosed()) {
      const isStored = await store.swap(next(job, end)).catch(tell);
      if (isStored !== undefined || Date.now() >= until || isClosed()) break;
      hand.bell.reset();
      await hand.bell.wait(leaseMs / 20);
    }
    await ended; // A handler that goes on after the deadline holds its place.
  }

  async function finish({ deadlineMs, graceMs = 0 }: StopOptions): Promise<void> {
    state = "stopping";
    bell.ring();
    const tellAll = () => {
      for (const { controller } of inHand.values()) controller.abort(new StoppedError());
    };
    const isOver = new AbortController();
    const grace = setTimeout(tellAll, deadlineMs - graceMs);
    const deadline = setTimeout(() => isOver.abort(), deadlineMs);
    await underWay.wait(isOver).catch(() => {});
    clearTimeout(grace);
    clearTimeout(deadline);
    tellAll();
    state = "closed";
    for (const hand of inHand.values()) hand.bell.ring();
  }

  function tell(error: unknown): undefined {
    if (!isClosed()) onError(error);
  }

  return {
    async enqueue(type, payload, { id } = {}) {
      const job = newJob(types, type, payload, id);
      await store.insert(job);
      bell.ring();
      return job.id;
    },
    get: async (id) => await store.get(id),
    list: async (query) => await store.list(query),
    async replay(id) {
      const job = await store.get(id);
      if (job?.state !== "dead") return false;
      const isDone = await store.swap(next(job, { ...givenBack(), attempts: 0, crashes: 0 }));
      bell.ring();
      return isDone;
    },
    start() {
      if (isStopping()) throw new StoppedError();
      if (state === "started") return;
      state = "started";
      void underWay.go(look);
    },
    async stop(given) {
      checkStop(given);
      stopped ??= finish(given);
      return await stopped;
    },
  };
}

const next = (job: JobRecord, fields: Fields): JobRecord => ({
  ...job,
  leaseUntil: 0,
  ...fields,
  version: job.version + 1,
  updatedAt: Date.now(),
});

const givenBack = () => ({ state: "pending", dueAt: Date.now() }) as const;
