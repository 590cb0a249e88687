import { randomUUID, randomUUIDv7 } from "node:crypto";
import type { JobRecord, JobStore } from "../../contract.ts";

/** How many calls, or jobs, are in hand at once. */
export const CONCURRENCY = 10;

/** As `enqueue` stores it: an id that begins with the time, and a payload of a hundred bytes. */
export function newJob(): JobRecord {
  const now = Date.now();
  return {
    id: randomUUIDv7(),
    type: "mail",
    payload: { to: "somebody@example.org", subject: "Your order has been sent", items: [1, 2, 3] },
    state: "pending",
    attempts: 0,
    crashes: 0,
    version: 1,
    dueAt: now,
    leaseUntil: 0,
    leaseId: "",
    createdAt: now,
    updatedAt: now,
  };
}

export async function enqueue(store: JobStore, count: number, concurrency = CONCURRENCY): Promise<void> {
  let begun = 0;
  const caller = async () => {
    while (begun < count) {
      begun += 1;
      await store.insert(newJob());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

/** Claims as a queue does, for all its free places at once; what each job does takes no time. */
export async function claimAndComplete(store: JobStore, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let inHand = 0;
  let done = 0;
  let isClaiming = false;

  async function claim(): Promise<void> {
    if (isClaiming || inHand === CONCURRENCY) return;
    isClaiming = true;
    const limit = Math.min(CONCURRENCY - inHand, count - done - inHand);
    const found = limit > 0 ? await store.claimable({ now: Date.now(), limit, types: ["mail"] }) : [];
    isClaiming = false;
    for (const job of found) complete(job).catch(reject);
  }

  async function complete(job: JobRecord): Promise<void> {
    inHand += 1;
    const now = Date.now();
    const claimed: JobRecord = {
      ...job,
      state: "running",
      leaseUntil: now + 30_000,
      leaseId: randomUUID(),
      updatedAt: now,
      version: job.version + 1,
    };
    const ended: JobRecord = {
      ...claimed,
      state: "completed",
      result: { sent: true },
      attempts: 1,
      leaseUntil: 0,
      version: job.version + 2,
    };
    const isMine = await store.swap(claimed);
    if (isMine) await store.swap(ended);
    inHand -= 1;
    if (isMine) done += 1;
    if (done === count) resolve();
    else await claim();
  }

  await claim();
  await promise;
}
