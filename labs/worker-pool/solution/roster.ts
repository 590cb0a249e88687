import type { Settings } from "./options.ts";

/**
 * Who the workers are, and which of them rest. A worker is a number from 0 to `workers` - 1, with a state of its own
 * if the user wants one. With `minWorkers` their number follows the work.
 */
export class Roster {
  readonly #settings: Settings;
  readonly #resting: number[] = []; // Whoever came last is woken first, so that the others may go home.
  readonly #absent: number[] = [];
  readonly #goingHome = new Map<number, NodeJS.Timeout>();
  readonly #states = new Map<number, Promise<unknown>>();
  readonly #disposals: Promise<void>[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    for (let worker = settings.workers - 1; worker >= 0; worker -= 1) {
      (worker < settings.minWorkers ? this.#resting : this.#absent).push(worker);
    }
  }

  /** How many there are, at work or resting. */
  get live(): number {
    return this.#settings.workers - this.#absent.length;
  }

  get allRest(): boolean {
    return this.#resting.length === this.live;
  }

  /** Calls a worker to work: `preferred` if it rests, else another who rests, else a new one. Undefined: all are busy. */
  wake(preferred?: number): number | undefined {
    const place = preferred === undefined ? -1 : this.#resting.indexOf(preferred);
    const [worker] = place >= 0 ? this.#resting.splice(place, 1) : [this.#resting.pop()];
    if (worker === undefined) return this.#absent.pop();
    clearTimeout(this.#goingHome.get(worker));
    this.#goingHome.delete(worker);
    return worker;
  }

  rest(worker: number): void {
    const { workers, minWorkers, idleMs } = this.#settings;
    this.#resting.push(worker);
    if (minWorkers < workers)
      this.#goingHome.set(
        worker,
        setTimeout(() => this.#goHome(worker), idleMs),
      );
  }

  #goHome(worker: number): void {
    this.#goingHome.delete(worker);
    if (this.live <= this.#settings.minWorkers) return;
    this.#resting.splice(this.#resting.indexOf(worker), 1);
    this.#absent.push(worker);
    this.#putAway(worker);
  }

  /** What `worker` made for itself on its first job. If the making failed, the next job tries again. */
  async stateOf(worker: number): Promise<unknown> {
    const { workerState } = this.#settings;
    if (workerState === undefined) return undefined;
    const state = this.#states.get(worker) ?? Promise.try(workerState.create, worker);
    this.#states.set(worker, state);
    try {
      return await state;
    } catch (error) {
      this.#states.delete(worker);
      throw error;
    }
  }

  #putAway(worker: number): void {
    const state = this.#states.get(worker);
    const { workerState } = this.#settings;
    if (state === undefined || workerState === undefined) return;
    this.#states.delete(worker);
    const disposal = state.then(workerState.dispose);
    disposal.catch(() => {}); // Told when all are dismissed.
    this.#disposals.push(disposal);
  }

  /**
   * Sends everybody home, and resolves when every state is put away.
   *
   * @throws {AggregateError} If some could not be; the others are, all the same.
   */
  async dismiss(): Promise<void> {
    for (const timer of this.#goingHome.values()) clearTimeout(timer);
    for (const worker of [...this.#states.keys()]) this.#putAway(worker);
    const disposals = await Promise.allSettled(this.#disposals);
    const errors = disposals.flatMap((disposal) => (disposal.status === "rejected" ? [disposal.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, "Some workers could not put their state away");
  }
}
