import type { Lifecycle, Resource, StopFailure, StopOptions, StopReport } from "../contract.ts";
import {
  checkDuration,
  checkResources,
  DeadlineError,
  StartError,
  StoppedError,
  TimeoutError,
} from "../given/errors.ts";
import { type Ending, Turn } from "./turn.ts";

export function createLifecycle(resources: readonly Resource[]): Lifecycle {
  checkResources(resources);
  return new OrderedLifecycle([...resources]);
}

/**
 * Resources go onto a stack as they get ready, and come off it to be stopped. What is on the stack is exactly what
 * needs stopping, whenever that begins.
 */
class OrderedLifecycle implements Lifecycle {
  readonly #resources: readonly Resource[];
  readonly #ready: Resource[] = [];
  readonly #ledger = new Ledger();
  readonly #deadline = new AbortController();
  /** The `start` under way. */
  #entering: { readonly resource: Resource; readonly turn: Turn } | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(resources: readonly Resource[]) {
    this.#resources = resources;
  }

  // Starting

  start(): Promise<void> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  async #startAll(): Promise<void> {
    await null; // By now `#starting` is set, so that a `start` which calls this again finds it.
    for (const resource of this.#resources) {
      if (this.#stopping !== undefined) break;
      const ending = await this.#startOne(resource);
      if (this.#stopping !== undefined) break; // Whoever stops sees to the one that was under way.
      this.#entering = undefined;
      if (ending.kind === "failed") {
        this.#ledger.noteStart(resource.name, ending.error); // Whoever asks for the stop meanwhile is to know, too.
        throw new StartError(resource.name, ending.error, await this.stop());
      }
      this.#ready.push(resource);
    }
    if (this.#stopping === undefined) return;
    await this.#stopping;
    throw new StoppedError();
  }

  #startOne(resource: Resource): Promise<Ending> {
    const turn = new Turn();
    this.#entering = { resource, turn };
    turn.begin(async (options) => await resource.start?.(options));
    return turn.ending;
  }

  // Stopping

  async stop({ deadlineMs }: StopOptions = {}): Promise<StopReport> {
    const timer = this.#setDeadline(deadlineMs);
    this.#stopping ??= this.#stopAll();
    return await this.#stopping.finally(() => clearTimeout(timer));
  }

  #setDeadline(deadlineMs: number | undefined): NodeJS.Timeout | undefined {
    if (deadlineMs === undefined) return undefined;
    const ring = () => this.#deadline.abort(new DeadlineError(deadlineMs));
    return setTimeout(ring, checkDuration("deadlineMs", deadlineMs));
  }

  async #stopAll(): Promise<StopReport> {
    await null; // As in `#startAll`.
    await this.#endStart();
    for (let resource = this.#ready.pop(); resource !== undefined; resource = this.#ready.pop()) {
      this.#ledger.note(resource.name, await this.#stopOne(resource));
    }
    return this.#ledger.report();
  }

  /** The one whose `start` is under way gets ready, and is stopped; or fails, and is left alone; or is given up. */
  async #endStart(): Promise<void> {
    if (this.#entering === undefined) return;
    const { resource, turn } = this.#entering;
    turn.tell(new StoppedError());
    this.#limit(turn, resource);
    const ending = await turn.ending;
    if (ending.kind === "ended") this.#ready.push(resource);
    if (ending.kind === "given up") this.#ledger.note(resource.name, ending);
  }

  #stopOne(resource: Resource): Promise<Ending> {
    const turn = new Turn();
    this.#limit(turn, resource);
    turn.begin(async (options) => await resource.stop?.(options)); // Even if there is no time left: it may do something at once.
    return turn.ending;
  }

  #limit(turn: Turn, { name, stopWithinMs }: Resource): void {
    const timeout = () => new TimeoutError(name, stopWithinMs);
    turn.limit({ ms: stopWithinMs, timeout, deadline: this.#deadline.signal });
  }
}

/** What became of each. */
class Ledger {
  readonly #stopped: string[] = [];
  readonly #failed: StopFailure[] = [];
  readonly #forced: string[] = [];
  #startFailure: StopFailure | undefined;

  noteStart(name: string, error: unknown): void {
    this.#startFailure = { name, error };
  }

  note(name: string, ending: Ending): void {
    if (ending.kind === "ended") this.#stopped.push(name);
    else if (ending.kind === "failed") this.#failed.push({ name, error: ending.error });
    else this.#forced.push(name);
  }

  report(): StopReport {
    return {
      stopped: this.#stopped,
      failed: this.#failed,
      forced: this.#forced,
      startFailure: this.#startFailure,
    };
  }
}
