import type { Sim } from "@pattern-labs/testkit";
import type { ClaimQuery, JobRecord, JobStore, ListQuery } from "../contract.ts";

type Method = keyof JobStore;

/** A call of the store, on its way. */
export interface Call {
  readonly worker: string;
  readonly method: Method;
  /** What is to be written. */
  readonly job: JobRecord | undefined;
  /** How many calls of this method the worker has made, this one included. */
  readonly nth: number;
}

/** What becomes of a call. Nothing told: it is answered. */
export interface Fate {
  /** It fails, and the store never hears of it. */
  readonly fails?: Error | undefined;
  /** The store does it, and its answer is lost: the caller gets this error. */
  readonly losesAnswer?: Error | undefined;
  /** The store does it after so long. */
  readonly afterMs?: number | undefined;
  /** The answer takes so long. */
  readonly answerMs?: number | undefined;
}

export type Plan = (call: Call) => Fate | undefined;

/** Far more than any test needs. Whoever asks again at once, for ever, would keep the simulated time from passing. */
const MOST_CALLS = 10_000;

interface LinkOptions {
  readonly sim: Sim;
  readonly store: JobStore;
  readonly answers: "at once" | "whenever";
  readonly plan: Plan | undefined;
}

/** The store, as one worker sees it: through a network that is slow, loses things, and can be cut. */
export class Link implements JobStore {
  /** Called with each record that is written. */
  onWrite: (job: JobRecord) => void = () => {};
  /** Called with each question for claimable jobs. */
  onPoll: () => void = () => {};
  calls = 0;
  readonly #worker: string;
  readonly #options: LinkOptions;
  readonly #counts = new Map<Method, number>();
  readonly #underWay = new Set<Promise<unknown>>();
  #cut: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  constructor(worker: string, options: LinkOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  /** From now on nothing gets through, and nothing is answered, until it is restored: then all that hangs fails. */
  cut(): void {
    if (!this.#isOver) this.#cut ??= Promise.withResolvers<void>();
  }

  restore(): void {
    this.#cut?.resolve();
    this.#cut = undefined;
  }

  insert(job: JobRecord): Promise<boolean> {
    return this.#call("insert", job, async () => {
      const isNew = await this.#options.store.insert(job);
      if (isNew) this.onWrite(job);
      return isNew;
    });
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.#call("get", undefined, () => this.#options.store.get(id));
  }

  claimable(query: ClaimQuery): Promise<readonly JobRecord[]> {
    this.onPoll();
    return this.#call("claimable", undefined, () => this.#options.store.claimable(query));
  }

  swap(next: JobRecord): Promise<boolean> {
    return this.#call("swap", next, async () => {
      const isStored = await this.#options.store.swap(next);
      if (isStored) this.onWrite(next);
      return isStored;
    });
  }

  list(query: ListQuery): Promise<readonly JobRecord[]> {
    return this.#call("list", undefined, () => this.#options.store.list(query));
  }

  /** Cut no more; resolves when no call is under way any more. */
  async quiet(): Promise<void> {
    this.#isOver = true;
    this.restore();
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #call<T>(method: Method, job: JobRecord | undefined, act: () => Promise<T>): Promise<T> {
    const answer = this.#answer(method, job, act);
    this.#underWay.add(answer);
    const leave = () => this.#underWay.delete(answer);
    answer.then(leave, leave);
    return answer;
  }

  async #answer<T>(method: Method, job: JobRecord | undefined, act: () => Promise<T>): Promise<T> {
    const { sim, answers, plan } = this.#options;
    const nth = (this.#counts.get(method) ?? 0) + 1;
    this.#counts.set(method, nth);
    this.calls += 1;
    if (this.calls > MOST_CALLS) throw new Error(`the store was called ${MOST_CALLS} times`);
    const fate = plan?.({ worker: this.#worker, method, job, nth }) ?? {};
    await this.#passable();
    if (fate.afterMs !== undefined) await passing(fate.afterMs);
    if (answers === "whenever") {
      const what = job === undefined ? method : `${method} ${job.id} ${job.state}`;
      await sim.as(this.#worker, () => sim.io(what));
    }
    await this.#passable();
    if (fate.fails !== undefined) throw fate.fails;
    const answer = await act();
    if (fate.answerMs !== undefined) await passing(fate.answerMs);
    await this.#passable();
    if (fate.losesAnswer !== undefined) throw fate.losesAnswer;
    return answer;
  }

  async #passable(): Promise<void> {
    if (this.#cut === undefined) return;
    await this.#cut.promise;
    throw new Error("the connection was cut");
  }
}

const passing = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
