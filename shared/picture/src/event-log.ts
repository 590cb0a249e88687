import type { BeginEvent, Gap, GapTrack, LevelEvent, Moment, RunEvent } from "./event.ts";

/** Of the marks in the middle of a long run the first so many are kept. */
const MOST_MARKS = 100;

/**
 * The events of a run, at most `maxEvents` of them however long it goes on: those of the beginning stay, then the
 * latest ones. Of what is left out in between, that which lasts into the part that is kept stays as well, so that
 * counts go on exactly, and for each track the highest count is known.
 */
export class EventLog {
  readonly #headSize: number;
  readonly #tailSize: number;
  #head: RunEvent[] = [];
  /** A ring: once it is full, the oldest stands at `#oldest`. */
  #tail: RunEvent[] = [];
  #oldest = 0;
  #middle: Middle | undefined;

  constructor(maxEvents: number) {
    this.#headSize = Math.ceil(maxEvents / 2);
    this.#tailSize = maxEvents - this.#headSize;
  }

  add(event: RunEvent): void {
    if (this.#head.length < this.#headSize) this.#head.push(event);
    else if (this.#tail.length < this.#tailSize) this.#tail.push(event);
    else this.#leaveOutFor(event);
  }

  /** In their order. Takes time in proportion to what is kept. */
  get events(): RunEvent[] {
    const tail = [...this.#tail.slice(this.#oldest), ...this.#tail.slice(0, this.#oldest)];
    return [...this.#head, ...(this.#middle?.kept() ?? []), ...tail];
  }

  get gap(): Gap | undefined {
    return this.#middle?.gap();
  }

  clear(): void {
    this.#head = [];
    this.#tail = [];
    this.#oldest = 0;
    this.#middle = undefined;
  }

  #leaveOutFor(event: RunEvent): void {
    this.#middle ??= new Middle(this.#head);
    const oldest = this.#tail[this.#oldest];
    this.#middle.add(oldest ?? event); // With a bound of 1 there is no tail.
    if (oldest === undefined) return;
    this.#tail[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.#tailSize;
  }
}

interface Count {
  running: number;
  peak: GapTrack["peak"];
  taken: number;
  given: number;
}

/** What is still known of the events that are left out. Grows with what is open at one time, not with what passed. */
class Middle {
  /** Begun and not ended so far, whether in the head or later. */
  readonly #open = new Map<number, BeginEvent>();
  readonly #headEnd: number;
  /** Marks, and the ends of what began in the head. */
  readonly #kept: RunEvent[] = [];
  readonly #levels = new Map<string, LevelEvent>();
  readonly #counts = new Map<string, Count>();
  #marks = 0;
  #events = 0;
  #from: Moment | undefined;
  #to: Moment = { at: 0, order: 0 };

  constructor(head: readonly RunEvent[]) {
    this.#headEnd = head.at(-1)?.order ?? -1;
    for (const event of head) {
      if (event.type === "begin") this.#open.set(event.span, event);
      else if (event.type === "end") this.#open.delete(event.span);
    }
    for (const { state, track } of this.#open.values()) {
      if (state === "running") this.#countOf(track).running += 1;
    }
  }

  add(event: RunEvent): void {
    this.#events += 1;
    this.#from ??= { at: event.at, order: event.order };
    this.#to = { at: event.at, order: event.order };
    if (event.type === "begin") this.#begin(event);
    else if (event.type === "end") this.#end(event);
    else if (event.type === "level") {
      this.#levels.set(event.track, event);
      raise(this.#countOf(event.track), event, event.value);
    } else if (this.#marks < MOST_MARKS) {
      this.#marks += 1;
      this.#kept.push(event);
    }
  }

  #begin(event: BeginEvent): void {
    this.#open.set(event.span, event);
    if (event.state !== "running") return;
    const count = this.#countOf(event.track);
    count.running += 1;
    raise(count, event, count.running);
  }

  #end(event: RunEvent & { type: "end" }): void {
    const begun = this.#open.get(event.span);
    if (begun === undefined) return;
    this.#open.delete(event.span);
    const count = this.#countOf(begun.track);
    if (begun.state === "running") count.running -= 1;
    if (begun.order <= this.#headEnd) {
      this.#kept.push(event);
      return;
    }
    if (begun.state === "running" && begun.attempt === 1) count.taken += 1;
    const gave = begun.state === "blocked" || (begun.state === "running" && event.outcome === "ok");
    if (gave) count.given += 1;
  }

  #countOf(track: string): Count {
    let count = this.#counts.get(track);
    if (count === undefined) {
      count = { running: 0, peak: { at: 0, order: 0, value: 0 }, taken: 0, given: 0 };
      this.#counts.set(track, count);
    }
    return count;
  }

  kept(): RunEvent[] {
    const lasting = [...this.#open.values()].filter(({ order }) => order > this.#headEnd);
    return [...this.#kept, ...lasting, ...this.#levels.values()].sort((a, b) => a.order - b.order);
  }

  gap(): Gap {
    const tracks = [...this.#counts].map(([name, { peak, taken, given }]) => ({ name, peak, taken, given }));
    const events = this.#events - this.kept().length;
    return { from: this.#from ?? this.#to, to: this.#to, events, tracks };
  }
}

function raise(count: Count, { at, order }: Moment, value: number): void {
  if (value > count.peak.value) count.peak = { at, order, value };
}
