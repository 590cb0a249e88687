import { PriorityQueue } from "@pattern-labs/primitives/priority-queue";
import type { ClaimQuery, JobRecord, JobStore, ListQuery } from "../contract.ts";

/**
 * Jobs in the memory of this process: for tests, and to measure against. Several queues may share it, as several
 * processes share a database; all is lost when the process ends.
 */
export function createMemoryStore(): JobStore {
  return new MemoryStore();
}

/** A job in the line of those that wait. */
interface Place {
  readonly job: JobRecord;
  /** Of those that are due at the same time, who was written first is first. */
  readonly order: number;
}

/** First by priority, then by when it was due, then by order. */
const byRank = (a: Place, b: Place) =>
  priorityOf(b.job) - priorityOf(a.job) || a.job.dueAt - b.job.dueAt || a.order - b.order;

const priorityOf = ({ priority = 0 }: JobRecord) => priority;

const isWaiting = ({ state }: JobRecord) => state === "pending" || state === "failed";

class MemoryStore implements JobStore {
  readonly #jobs = new Map<string, JobRecord>();
  /** Those that are pending or failed, by `dueAt`. One that was written since stays until it is met, and is thrown out. */
  readonly #waiting = new PriorityQueue<Place, Place>({
    compare: (a, b) => a.job.dueAt - b.job.dueAt || a.order - b.order,
  });
  /** Those of them that somebody's clock has found due. */
  readonly #due = new PriorityQueue<Place, Place>({ compare: byRank });
  /** Never more than all workers have in hand, and those of the dead. */
  readonly #running = new Set<JobRecord>();
  #lastOrder = 0;

  async insert(job: JobRecord): Promise<boolean> {
    if (this.#jobs.has(job.id)) return false;
    this.#write(job);
    return true;
  }

  async get(id: string): Promise<JobRecord | undefined> {
    return structuredClone(this.#jobs.get(id));
  }

  async claimable({ now, limit, types }: ClaimQuery): Promise<readonly JobRecord[]> {
    const expired = [...this.#running]
      .filter(({ leaseUntil, type }) => leaseUntil < now && types.includes(type))
      .map((job) => ({ job, since: job.leaseUntil }));
    const due = this.#findDue(now, limit, types).map((job) => ({ job, since: job.dueAt }));
    return [...expired, ...due]
      .sort((a, b) => priorityOf(b.job) - priorityOf(a.job) || a.since - b.since)
      .slice(0, limit)
      .map(({ job }) => structuredClone(job));
  }

  async swap(next: JobRecord): Promise<boolean> {
    const stored = this.#jobs.get(next.id);
    if (stored === undefined || stored.version !== next.version - 1) return false;
    this.#write(next);
    this.#running.delete(stored);
    return true;
  }

  async list({ state, limit }: ListQuery): Promise<readonly JobRecord[]> {
    const inState = this.#jobs.values().filter((job) => job.state === state);
    const byAge = [...inState].sort((a, b) => a.createdAt - b.createdAt);
    return byAge.slice(0, limit).map((job) => structuredClone(job));
  }

  #write(given: JobRecord): void {
    const job = structuredClone(given);
    this.#jobs.set(job.id, job);
    if (job.state === "running") this.#running.add(job);
    if (isWaiting(job)) this.#line(job);
  }

  #line(job: JobRecord): void {
    this.#lastOrder += 1;
    const place = { job, order: this.#lastOrder };
    this.#waiting.push(place, place);
  }

  #findDue(now: number, limit: number, types: readonly string[]): JobRecord[] {
    for (
      let place = this.#waiting.peek();
      place !== undefined && place.job.dueAt <= now;
      place = this.#waiting.peek()
    ) {
      this.#waiting.pop();
      this.#due.push(place, place);
    }
    const found: JobRecord[] = [];
    const met: Place[] = []; // They wait on: to ask for them claims none.
    while (found.length < limit) {
      const place = this.#due.pop();
      if (place === undefined) break;
      const { job } = place;
      if (this.#jobs.get(job.id) !== job) continue;
      met.push(place);
      if (types.includes(job.type) && job.dueAt <= now) found.push(job);
    }
    for (const place of met) this.#due.push(place, place);
    return found;
  }
}
