import { Recorder } from "@pattern-labs/picture";
import type { IntakeStats } from "./intake.ts";
import type { Meter } from "./meter.ts";

const EVERY_MS = 100;
const SOCKETS = "sockets";

export interface Drawn {
  readonly workers: number;
  /** How many entries may be inside at once. */
  readonly insideLimit: number;
}

/**
 * Records the depths of a run, ten times a second: a picture of every single line would show nothing but the first and
 * the last second of a long run.
 */
export class Drawing implements Disposable {
  readonly recorder: Recorder;
  readonly #timer: NodeJS.Timeout;
  readonly #look: () => void;
  #held: number | undefined = undefined;

  constructor(meter: Meter, intake: () => IntakeStats, { workers, insideLimit }: Drawn) {
    this.recorder = new Recorder({
      title: "The log collector",
      limits: { "looking up": workers, inside: insideLimit },
      rows: [SOCKETS, "to look up", "looking up", "to write", "output", "inside"],
    });
    this.#look = () => {
      this.#lookAtSockets(intake());
      this.recorder.level("to look up", meter.toLookUp);
      this.recorder.level("looking up", meter.enriching);
      this.recorder.level("to write", meter.toWrite);
      this.recorder.level("inside", meter.inside);
    };
    this.#look();
    this.#timer = setInterval(this.#look, EVERY_MS);
  }

  /** The output rests until that is disposed. */
  rest(): Disposable {
    this.#look();
    this.recorder.mark("output rests", "bad");
    const span = this.recorder.begin("output", "blocked", "rests");
    return {
      [Symbol.dispose]: () => {
        this.recorder.end(span);
        this.recorder.mark("goes on");
      },
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#look();
    this.#release();
  }

  /** Blocked is when nothing is read of anybody who is connected. */
  #lookAtSockets({ open, heldBack }: IntakeStats): void {
    const isBlocked = open > 0 && heldBack === open;
    if (isBlocked) this.#held ??= this.recorder.begin(SOCKETS, "blocked", `${open} held back`);
    else this.#release();
  }

  #release(): void {
    if (this.#held !== undefined) this.recorder.end(this.#held);
    this.#held = undefined;
  }
}
