import { inspect } from "node:util";
import type { Step } from "../simulation.ts";
import type { Thread } from "./crew.ts";
import { describeHalt, describeLeftover, describeLivelock, describeRace } from "./faults.ts";
import { HappensBefore } from "./happens-before.ts";
import { Log, type Region } from "./log.ts";
import { Field, NOTE_LENGTH, Op } from "./protocol.ts";
import type { Chosen } from "./search.ts";
import { Sleepers } from "./sleepers.ts";
import {
  forgetSights,
  initialState,
  momentOf,
  NOWHERE,
  noteSight,
  Rank,
  type Request,
  requestOf,
  resume,
  type State,
  shortName,
  type Way,
} from "./state.ts";

export type ThreadFaultKind = "data race" | "assertion" | "stuck" | "livelock" | "error" | "leftover";

export interface ThreadFault {
  readonly kind: ThreadFaultKind;
  readonly error: Error;
}

export interface ThreadRun extends Chosen {
  readonly steps: readonly Step[];
  readonly fault: ThreadFault | undefined;
  readonly results: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  /** What is chosen where there is a choice; after the last the ordinary way. */
  readonly choices: readonly number[];
  readonly maxSteps: number;
  readonly patienceMs: number;
}

/** One run of all threads. Afterwards they can run again, unless something went wrong. */
export class LockStep {
  readonly #states: readonly State[];
  readonly #options: RunOptions;
  readonly #log: Log;
  readonly #order: HappensBefore;
  readonly #sleepers: Sleepers;
  readonly #chosen: { readonly choices: number[]; readonly options: number[] } = { choices: [], options: [] };
  readonly #results: Record<string, unknown> = {};
  #last: State | undefined;
  #fault: ThreadFault | undefined;

  constructor(threads: readonly Thread[], regions: readonly Region[], options: RunOptions) {
    this.#states = threads.map(initialState);
    this.#options = options;
    this.#log = new Log(regions);
    this.#order = new HappensBefore(threads.length);
    this.#sleepers = new Sleepers(this.#order, this.#log);
  }

  async run(): Promise<ThreadRun> {
    const { maxSteps } = this.#options;
    for (let count = 0; this.#fault === undefined; count += 1) {
      const ways = this.#ways(count >= maxSteps / 4);
      if (ways.length === 0) break;
      if (count >= maxSteps) this.#fail("livelock", describeLivelock(count, this.#log.steps));
      else await this.#take(ways);
    }
    if (this.#fault === undefined) this.#judgeTheEnd();
    return { ...this.#chosen, steps: this.#log.steps, fault: this.#fault, results: this.#results };
  }

  /**
   * Every way in which it can go on, the ordinary one first: who was last goes on, unless it only spins. In a long run
   * whoever has waited longest comes first, so that those who wait for each other's progress all make some.
   */
  #ways(isLong: boolean): Way[] {
    const ways = this.#states.flatMap((state) => this.#waysOf(state));
    const placeOf = ({ state }: Way) => {
      if (isLong) return this.#log.steps.findLastIndex(({ actor }) => actor === state.thread.name);
      return state === this.#last && !state.spins ? -1 : state.index;
    };
    const rankOf = ({ rank, state }: Way) => (state.spins && !isLong ? Math.max(rank, Rank.spin) : rank);
    return ways.toSorted((a, b) => rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b));
  }

  #waysOf(state: State): Way[] {
    if (state.status === "ended") return [];
    if (state.status === "at a step") return [this.#stepOf(state)];
    const moments = [...state.moments].map((ticket) => momentOf(state, ticket));
    return [...this.#sleepers.waysOf(state), ...(state.status === "at rest" ? moments : [])];
  }

  #stepOf(state: State): Way {
    const request = requestOf(state);
    const go = () => this.#grant(state, request);
    if (request.op === Op.begin) return { state, label: "starts", site: NOWHERE, rank: Rank.step, go };
    const label = `${shortName(request.name)} ${this.#log.nameOf(request)}`;
    return { state, label, site: request.site, rank: Rank.step, go };
  }

  async #take(ways: readonly Way[]): Promise<void> {
    const chosen = this.#decide(ways.length);
    const way = ways[chosen] as Way;
    const { state, label, site } = way;
    const among = ways.map((other) => `${other.state.thread.name} ${other.label}`);
    this.#last = state;
    this.#log.add(state, label, { site, among, chosen });
    way.go();
    this.#judgeRace();
    if (state.status !== "asleep") await this.#arrival(state);
  }

  #decide(options: number): number {
    if (options < 2) return 0;
    const choice = Math.min(this.#options.choices[this.#chosen.choices.length] ?? 0, options - 1);
    this.#chosen.choices.push(choice);
    this.#chosen.options.push(options);
    return choice;
  }

  #grant(state: State, request: Request): void {
    if (request.op === Op.wait || request.op === Op.waitAsync) this.#sleepers.wait(state, request);
    else if (request.op === Op.notify) {
      const woken = this.#sleepers.notify(state, request);
      if (woken > 0) forgetSights(this.#states);
      resume(state, woken);
    } else {
      state.granted = request.op === Op.begin ? undefined : request;
      resume(state);
    }
  }

  /** The thread comes to its next step, or to its end; now it is known what the one before has found. */
  async #arrival(state: State): Promise<void> {
    const { thread } = state;
    for (;;) {
      try {
        await thread.arrive(this.#options.patienceMs);
      } catch (error) {
        this.#fail("error", error as Error);
        return;
      }
      this.#judgeGranted(state);
      this.#takeNotes(state);
      const op = thread.field("op");
      if (op === Op.offer) state.moments.add(thread.field("ticket"));
      else if (op !== Op.flush) break;
      thread.grant();
    }
    const op = thread.field("op");
    if (op === Op.begin) this.#ended(state);
    else state.status = op === Op.rest ? "at rest" : "at a step";
  }

  #judgeGranted(state: State): void {
    const request = state.granted;
    state.granted = undefined;
    if (request === undefined) return;
    const { op, name, operand, site, region, offset, size } = request;
    const before = state.thread.field("before");
    const after = state.thread.field("after");
    const writes = op !== Op.load && !(op === Op.compareExchange && before !== operand);
    const found = writes ? (op === Op.store ? `← ${after}` : `${before} → ${after}`) : `→ ${before}`;
    const label = `${shortName(name)} ${this.#log.nameOf(request)} ${found}`;
    this.#log.amend(label);
    const access = { thread: state.index, region, offset, size, site, writes, atomic: true, label };
    this.#order.atomic(access, { reads: op !== Op.store });
    if (before === after) noteSight(state, `${site} ${region} ${offset} ${before}`);
    else forgetSights(this.#states);
  }

  #takeNotes(state: State): void {
    const { notes, fields } = state.thread.mailbox;
    for (let note = 0; note < state.thread.field("noted"); note += 1) {
      const [kind = 0, region = 0, offset = 0, size = 0, site = 0, value = 0] = notes.subarray(
        note * NOTE_LENGTH,
      );
      const writes = kind === 1;
      const place = this.#log.nameOf({ region, offset, size });
      const label = writes ? `writes ${place} ← ${value}` : `reads ${place} → ${value}`;
      this.#log.add(state, label, { site });
      this.#order.plain({ thread: state.index, region, offset, size, site, writes, atomic: false, label });
      if (writes) forgetSights(this.#states);
    }
    fields[Field.noted] = 0;
    this.#judgeRace();
  }

  #ended(state: State): void {
    const { name } = state.thread;
    state.status = "ended";
    const outcome = state.thread.takeOutcome();
    this.#results[name] = outcome.result;
    this.#log.add(state, "ends");
    if (!("error" in outcome)) return;
    const { error } = outcome;
    this.#fail("error", error instanceof Error ? error : new Error(`${name} threw ${inspect(error)}`));
  }

  #judgeRace(): void {
    const { race } = this.#order;
    if (race !== undefined) this.#fail("data race", describeRace(race, this.#states, this.#log));
  }

  #judgeTheEnd(): void {
    const left = this.#states.filter(({ status }) => status !== "ended");
    if (left.length > 0) this.#fail("stuck", describeHalt(left, this.#sleepers));
    else if (this.#sleepers.describe().length > 0) this.#fail("leftover", describeLeftover(this.#sleepers));
  }

  #fail(kind: ThreadFaultKind, error: Error): void {
    this.#fault ??= { kind, error };
  }
}
