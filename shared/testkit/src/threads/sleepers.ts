import type { HappensBefore } from "./happens-before.ts";
import type { Place } from "./instrument.ts";
import type { Log } from "./log.ts";
import { Answer, Op } from "./protocol.ts";
import { Rank, type Request, requestOf, resume, type State, type Way } from "./state.ts";

/** Who sleeps at a place in memory: a thread, or a promise of it. */
interface Sleeper {
  readonly state: State;
  readonly request: Request;
  readonly timeoutMs: number;
  /** Of an async wait. */
  readonly ticket: number | undefined;
}

/** `Atomics.wait`, `waitAsync` and `notify`: at each place a line, first come, first woken. */
export class Sleepers {
  readonly #order: HappensBefore;
  readonly #log: Log;
  readonly #line: Sleeper[] = [];

  constructor(order: HappensBefore, log: Log) {
    this.#order = order;
    this.#log = log;
  }

  /** Lets the thread sleep if it finds what it expects. */
  wait(state: State, request: Request): void {
    const { index: thread } = state;
    const { region, offset, size, site } = request;
    const found = this.#log.valueAt(request);
    const label = `${request.name} ${this.#log.nameOf(request)} → ${found}`;
    this.#log.amend(label);
    this.#order.atomic(
      { thread, region, offset, size, site, writes: false, atomic: true, label },
      { reads: true },
    );
    this.#order.passLine(thread, request);
    if (found !== request.operand) resume(state, Answer.notEqual);
    else if (state.thread.field("timeoutMs") <= 0) resume(state, Answer.timedOut);
    else this.#sleep(state, request);
  }

  #sleep(state: State, request: Request): void {
    const { thread } = state;
    const isAsync = request.op === Op.waitAsync;
    const ticket = isAsync ? thread.field("ticket") : undefined;
    this.#line.push({ state, request, timeoutMs: thread.field("timeoutMs"), ticket });
    if (isAsync) resume(state, Answer.ok);
    else {
      state.status = "asleep";
      this.#log.amend(`sleeps on ${this.#log.nameOf(request)}`);
    }
  }

  /** Wakes those who have slept longest at the place, and tells how many. */
  notify(state: State, request: Request): number {
    this.#order.passLine(state.index, request);
    const here = this.#line.filter((sleeper) => isSame(sleeper.request, request));
    const woken = here.slice(0, Math.max(0, request.operand));
    for (const sleeper of woken) {
      this.#leave(sleeper);
      if (sleeper.ticket === undefined) sleeper.state.status = "woken";
      else sleeper.state.woken.push({ ticket: sleeper.ticket, request: sleeper.request });
    }
    this.#log.amend(`notify ${this.#log.nameOf(request)}: ${woken.length}`);
    return woken.length;
  }

  /** How a thread that sleeps, or awaits, can go on. */
  waysOf(state: State): Way[] {
    if (state.status === "woken") {
      return [this.#wake(state, requestOf(state), () => resume(state, Answer.ok))];
    }
    // While a thread itself sleeps, nothing that it awaits can go on.
    const isAsleep = state.status === "asleep";
    const timeouts = this.#of(state)
      .filter(({ timeoutMs, ticket }) => timeoutMs !== Infinity && isAsleep === (ticket === undefined))
      .map((sleeper) => this.#timeout(sleeper));
    if (isAsleep) return timeouts;
    const wakes = state.woken.slice(0, 1).map(({ ticket, request }) =>
      this.#wake(state, request, () => {
        state.woken.shift();
        resume(state, Answer.ok, ticket);
      }),
    );
    return [...wakes, ...timeouts];
  }

  #wake(state: State, request: Request, goOn: () => void): Way {
    const go = () => {
      this.#order.passLine(state.index, request);
      goOn();
    };
    return { state, label: `wakes at ${this.#log.nameOf(request)}`, site: request.site, rank: Rank.step, go };
  }

  #timeout(sleeper: Sleeper): Way {
    const { state, request, ticket } = sleeper;
    const go = () => {
      this.#leave(sleeper);
      this.#order.passLine(state.index, request);
      resume(state, Answer.timedOut, ticket);
    };
    const label = `timed out at ${this.#log.nameOf(request)}`;
    return { state, label, site: request.site, rank: Rank.timeout, go };
  }

  /** Each of those who still sleep, or those of one thread, for a reader. */
  describe(state?: State): string[] {
    return (state === undefined ? this.#line : this.#of(state)).map(({ state: { thread }, request }) => {
      const where = thread.place(request.site);
      return `  ${thread.name}, asleep on ${this.#log.nameOf(request)}${where === undefined ? "" : `  ${where}`}`;
    });
  }

  #of(state: State): Sleeper[] {
    return this.#line.filter((sleeper) => sleeper.state === state);
  }

  #leave(sleeper: Sleeper): void {
    this.#line.splice(this.#line.indexOf(sleeper), 1);
  }
}

const isSame = (one: Place, other: Place) => one.region === other.region && one.offset === other.offset;
