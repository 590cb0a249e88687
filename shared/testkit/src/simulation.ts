import { AsyncLocalStorage } from "node:async_hooks";
import { Recorder, type Recording } from "@pattern-labs/picture";
import { type Clock, registerTimer, type SimulatedTimer } from "./clock.ts";
import { currentTest } from "./current-test.ts";
import type { Broken } from "./guarantee.ts";
import { placeOf } from "./place.ts";
import { seededRandom } from "./seeded-random.ts";

/**
 * What a scenario is given: the outside world of the code under test, with every event of it in the explorer's hands.
 *
 * One thread runs JavaScript, so all that can vary is the order in which outside events arrive: something finishes,
 * a timer is due, a request comes in, somebody aborts. A scenario expresses each of them through `Sim` (timers and
 * clocks need nothing: they are simulated as they are); between two events V8's own microtasks run undisturbed.
 */
export interface Sim {
  /** Starts a named activity. When it really starts is up to the explorer. Settles with `body`. */
  spawn<T>(name: string, body: () => T | PromiseLike<T>): Promise<T>;
  /** Calls `body` at once, under a name of its own: for the jobs and requests that the code under test calls. */
  as<T>(name: string, body: () => T): T;
  /** An operation outside: it completes when the explorer says so, with what `effect` gives at that moment. */
  io<T = void>(label: string, effect?: () => T): Promise<T>;
  /**
   * Something that may happen at any point of the run, or not at all: an abort, a crash, a disconnect.
   * In the ordinary order it comes last, when nothing else can happen and the scenario still waits.
   */
  anytime(label: string, action: () => void): void;
  /** A branch that is taken every way. The first value is the ordinary one. */
  choose<T>(label: string, values: readonly [T, ...T[]]): T;
  /**
   * Waits for `promise` under a name, so that a run that comes to a halt can say who waits for what.
   * With `broken`, a halt here is reported as that broken guarantee.
   */
  waitFor<T>(what: string, promise: PromiseLike<T>, broken?: () => Broken): Promise<T>;
  /** Resolves once nothing more can happen at this instant of simulated time: the place to see whether something waits. */
  idle(): Promise<void>;
  /** Simulated milliseconds since the run began. */
  now(): number;
  /**
   * Writes down what the jobs, sources and sinks do that the scenario hands to the code under test. If the scenario
   * fails, the picture of the run stands in the message. In the search for a failure nothing is kept, so it costs little.
   */
  readonly recorder: Recorder;
}

/** One event of a run, as a timeline shows it. */
export interface Step {
  readonly at: number;
  readonly actor: string;
  readonly label: string;
  readonly where: string | undefined;
  /** What could have come at this point, the ordinary choice first; `chosen` is the index of what did. */
  readonly among: readonly string[];
  readonly chosen: number;
  /** No event, but a branch that was taken: a `choose` of the scenario. */
  readonly isBranch: boolean;
  /** It arrived while the event before it was still being digested. */
  readonly squeezed: boolean;
}

type Kind = "start" | "io" | "immediate" | "idle" | "timer" | "anytime";

/** An outside event that has not arrived yet. */
export interface PendingEvent {
  readonly id: number;
  readonly kind: Kind;
  readonly label: string;
  readonly actor: string;
  readonly where: string | undefined;
  readonly fire: () => void;
  /** For timers: when, in simulated milliseconds. */
  readonly due: number;
  /** Events of one queue arrive in the order in which they were added. */
  readonly queue: string | undefined;
  /** A timer that was unref'd holds nobody up and may be left behind. */
  readonly referenced: () => boolean;
}

export interface Waiter {
  readonly actor: string;
  readonly what: string;
  readonly broken: (() => Broken) | undefined;
}

interface Actor {
  readonly world: World;
  readonly name: string;
}

/** A recording travels with the failure, from the process of the tests to whoever shows it. */
const MOST_RECORDED = 2_000;

const actors = new AsyncLocalStorage<Actor>();

/** Whose code is running just now; undefined outside a simulation. */
export const currentActor = (): Actor | undefined => actors.getStore();

/**
 * The world of one run: what is pending, what time it is, who is active. It decides nothing: which of the possible
 * events comes next is the business of the one who drives it.
 */
export class World implements Clock, Sim {
  readonly steps: Step[] = [];
  readonly waiters = new Set<Waiter>();
  /** The spawned activities that have not ended. */
  readonly active = new Set<string>();
  time = 0;

  readonly #pending = new Set<PendingEvent>();
  readonly #timers = new Map<number, Timer>();
  readonly #resting: (() => void)[] = [];
  readonly #names = new Map<string, number>();
  readonly #decide: (options: number) => number;
  readonly #tracing: boolean;
  readonly #random = seededRandom(1);
  #recorder: Recorder | undefined;
  #lastId = 0;

  constructor({ decide, tracing }: { decide: (options: number) => number; tracing: boolean }) {
    this.#decide = decide;
    this.#tracing = tracing;
  }

  /** Runs `scenario` as the activity "main". */
  run(scenario: (sim: Sim) => unknown): Promise<void> {
    return actors.run({ world: this, name: "main" }, async () => {
      await null; // So that what fails synchronously fails inside the run, too.
      await scenario(this);
    });
  }

  // What a scenario calls

  spawn<T>(name: string, body: () => T | PromiseLike<T>): Promise<T> {
    const activity = this.#unique(name);
    this.active.add(activity);
    const live = async () => {
      try {
        return await body();
      } finally {
        this.active.delete(activity);
      }
    };
    return new Promise<T>((resolve) => {
      const begin = () => actors.run({ world: this, name: activity }, () => resolve(live()));
      this.add({ kind: "start", label: "starts", actor: activity, fire: AsyncLocalStorage.bind(begin) });
    });
  }

  as<T>(name: string, body: () => T): T {
    return actors.run({ world: this, name }, body);
  }

  io<T = void>(label: string, effect?: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const complete = () => {
        try {
          resolve(effect?.() as T);
        } catch (error) {
          reject(error);
        }
      };
      this.add({ kind: "io", label, fire: AsyncLocalStorage.bind(complete) });
    });
  }

  anytime(label: string, action: () => void): void {
    this.add({ kind: "anytime", label, fire: AsyncLocalStorage.bind(action) });
  }

  choose<T>(label: string, values: readonly [T, ...T[]]): T {
    const chosen = this.#decide(values.length);
    const value = values[chosen] as T;
    if (this.#tracing) {
      const among = values.map(show);
      this.#record({
        actor: actorName(),
        label: `${label}: ${among[chosen]}`,
        among,
        chosen,
        isBranch: true,
      });
    }
    return value;
  }

  async waitFor<T>(what: string, promise: PromiseLike<T>, broken?: () => Broken): Promise<T> {
    const waiter: Waiter = { actor: actorName(), what, broken };
    this.waiters.add(waiter);
    try {
      return await promise;
    } finally {
      this.waiters.delete(waiter);
    }
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.add({ kind: "idle", label: "nothing else happens", fire: resolve });
    });
  }

  now(): number {
    return this.time;
  }

  get recorder(): Recorder {
    this.#recorder ??= new Recorder({
      title: currentTest.title,
      clock: "simulated",
      now: () => this.time,
      maxEvents: this.#tracing ? MOST_RECORDED : 0,
    });
    return this.#recorder;
  }

  /** As plain data; undefined if nothing was recorded. `isCut`: the run was broken off, by a check that failed. */
  recording({ isCut }: { isCut: boolean }): Recording | undefined {
    const recording = this.#recorder?.toJSON();
    return recording === undefined || recording.events.length === 0 ? undefined : { ...recording, isCut };
  }

  // What the replaced clocks and timers call

  startTimer(callback: () => void, ms: number, repeat: boolean): SimulatedTimer {
    return this.#arm(new Timer(this, { kind: "timer", callback, ms, repeat }));
  }

  startImmediate(callback: () => void): SimulatedTimer {
    return this.#arm(new Timer(this, { kind: "immediate", callback, ms: 0, repeat: false }));
  }

  findTimer(id: number): SimulatedTimer | undefined {
    return this.#timers.get(id);
  }

  random(): number {
    return this.#random();
  }

  /** Makes `timer` known by its number, as `+timer` does in Node. */
  number(timer: Timer): number {
    const id = this.nextId();
    this.#timers.set(id, timer);
    return id;
  }

  #arm(timer: Timer): SimulatedTimer {
    timer.refresh();
    return registerTimer(timer);
  }

  /** Resolves once every queued microtask has run, and before another event arrives. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#resting.push(resolve);
    });
  }

  // What the driver calls

  /** Lets those go on who waited until all had come to rest; false if there are none. */
  wakeResting(): boolean {
    const resting = this.#resting.splice(0);
    for (const wake of resting) wake();
    return resting.length > 0;
  }

  add(event: Partial<PendingEvent> & Pick<PendingEvent, "kind" | "label" | "fire">): PendingEvent {
    const added: PendingEvent = {
      id: this.nextId(),
      actor: actorName(),
      where: this.#tracing ? placeOf(new Error("added here").stack) : undefined,
      due: 0,
      queue: undefined,
      referenced: () => true,
      ...event,
    };
    this.#pending.add(added);
    return added;
  }

  remove(event: PendingEvent): void {
    this.#pending.delete(event);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Every event that may come next, in the order of their creation. */
  possible(): PendingEvent[] {
    const pending = firstOfEachQueue(this.#pending);
    const anytime = pending.filter(({ kind }) => kind === "anytime");
    const atOnce = pending.filter(({ kind }) => kind === "start" || kind === "io" || kind === "immediate");
    // "Nothing else happens" is only true when nothing does, and it must be said before time moves on.
    const idle = atOnce.length === 0 ? pending.filter(({ kind }) => kind === "idle") : [];
    if (idle.length > 0) return [...idle, ...anytime];
    return [...atOnce, ...this.#nextTimers(pending), ...anytime];
  }

  /** Of the timers only the next can come, or those that are due at the same moment. */
  #nextTimers(pending: readonly PendingEvent[]): PendingEvent[] {
    const timers = pending.filter(({ kind }) => kind === "timer");
    const next = timers.reduce((earliest, { due }) => Math.min(earliest, due), Number.POSITIVE_INFINITY);
    return timers.filter(({ due }) => due === next);
  }

  /** Lets `event` arrive. */
  fire(
    event: PendingEvent,
    { among, squeezed }: { among: readonly PendingEvent[]; squeezed: boolean },
  ): void {
    this.remove(event);
    if (event.kind === "timer") this.time = Math.max(this.time, event.due);
    if (this.#tracing) {
      const { actor, label, where } = event;
      const names = among.map((other) => `${other.actor} ${other.label}`);
      this.#record({ actor, label, where, among: names, chosen: among.indexOf(event), squeezed });
    }
    event.fire();
  }

  /** The timers that would still keep a process alive. */
  leftTimers(): PendingEvent[] {
    return [...this.#pending].filter(({ kind, referenced }) => kind === "timer" && referenced());
  }

  #record(step: Pick<Step, "actor" | "label" | "among" | "chosen"> & Partial<Step>): void {
    this.steps.push({ at: this.time, where: undefined, isBranch: false, squeezed: false, ...step });
  }

  #unique(name: string): string {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return count === 1 ? name : `${name} #${count}`;
  }
}

const actorName = () => currentActor()?.name ?? "main";

/**
 * Node keeps one list of the timers of each length, and one of the immediates: within a list the order is certain,
 * so no other is explored. Between two lists it is not.
 */
function firstOfEachQueue(events: Iterable<PendingEvent>): PendingEvent[] {
  const seen = new Set<string>();
  return [...events].filter(({ queue }) => {
    if (queue === undefined) return true;
    const first = !seen.has(queue);
    seen.add(queue);
    return first;
  });
}

function show(value: unknown): string {
  if (value instanceof Error) return value.message || value.name;
  if (typeof value === "function") return value.name || "a function";
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

interface TimerSpec {
  readonly kind: "timer" | "immediate";
  readonly callback: () => void;
  readonly ms: number;
  readonly repeat: boolean;
}

/** A `Timeout` or `Immediate` of the simulated world. */
class Timer implements SimulatedTimer {
  readonly #world: World;
  readonly #spec: TimerSpec;
  #event: PendingEvent | undefined;
  #cleared = false;
  #referenced = true;
  #id: number | undefined;

  constructor(world: World, spec: TimerSpec) {
    this.#world = world;
    // As in Node, the callback runs in the async context in which the timer was made.
    this.#spec = { ...spec, callback: AsyncLocalStorage.bind(spec.callback) };
  }

  refresh(): this {
    if (this.#cleared) return this;
    this.#disarm();
    const { kind, ms, repeat } = this.#spec;
    this.#event = this.#world.add({
      kind,
      label: kind === "immediate" ? "setImmediate" : `${repeat ? "interval" : "timer"} of ${ms} ms`,
      due: this.#world.time + ms,
      queue: `${kind} ${ms}`,
      referenced: () => this.#referenced,
      fire: () => this.#fire(),
    });
    return this;
  }

  #fire(): void {
    this.#event = undefined;
    try {
      this.#spec.callback();
    } finally {
      // After the callback, as in Node: a timer of the same length that the callback sets comes before the next tick.
      if (this.#spec.repeat) this.refresh();
    }
  }

  /** For good: as in Node, a timer that was cleared cannot be refreshed. */
  close(): this {
    this.#cleared = true;
    this.#disarm();
    return this;
  }

  #disarm(): void {
    if (this.#event !== undefined) this.#world.remove(this.#event);
    this.#event = undefined;
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  [Symbol.toPrimitive](): number {
    this.#id ??= this.#world.number(this);
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
