import type { Counters, PipelineOptions } from "../contract.ts";
import type { CollectOptions } from "../given/options.ts";
import type { Standing } from "../given/report.ts";
import { Drawing } from "./drawing.ts";
import type { Intake } from "./intake.ts";
import { Meter, type Parts } from "./meter.ts";
import { stallOnce } from "./outputs.ts";
import { Rejects } from "./rejects.ts";
import { StallWatch } from "./stall-watch.ts";

/** How a run has ended, if it has. */
export type Ending = Pick<Standing, "isWhole" | "problem">;

const NOT_YET: Ending = { isWhole: false, problem: undefined };

/** Sees a run from outside: all that is told about it comes from here. */
export class Observer implements Disposable {
  readonly drawing: Drawing;
  readonly #meter = new Meter();
  readonly #rejects: Rejects;
  readonly #stalls: StallWatch;
  readonly #intake: Intake;
  readonly #stall: CollectOptions["stall"];
  readonly #insideLimit: number;
  readonly #began = performance.now();

  /** @param outputs How many there are. */
  constructor(options: CollectOptions, intake: Intake, outputs: number) {
    const { slots, buffer, workers, rejects, stall } = options;
    this.#intake = intake;
    this.#stall = stall;
    this.#rejects = new Rejects(rejects, ({ source, line }) => intake.originOf(source, line));
    this.#stalls = new StallWatch({ bytes: () => intake.stats().bytes, lines: () => this.#meter.written });
    this.#insideLimit = (slots + outputs + 4) * (buffer + 2) + workers; // What the contract promises.
    const limits = { workers, insideLimit: this.#insideLimit };
    this.drawing = new Drawing(this.#meter, () => intake.stats(), limits);
  }

  /** The same parts, watched; the first output takes its rest, if it was asked to. */
  watch({ outputs, ...parts }: Parts): Parts & Pick<PipelineOptions, "onRejected"> {
    const [first, ...others] = outputs;
    if (first === undefined) throw new TypeError("Cannot watch a pipeline that has no output");
    const resting =
      this.#stall === undefined
        ? first
        : stallOnce(first, { ...this.#stall, onStall: (seconds) => this.#rest(seconds) });
    const watched = this.#meter.watch({ ...parts, outputs: [resting, ...others] });
    return { ...watched, onRejected: this.#rejects.add };
  }

  /** How things stand, with what the pipeline says of itself. */
  standing(counters: Counters | undefined, ending = NOT_YET): Standing {
    return {
      intake: this.#intake.stats(),
      meter: this.#meter,
      counters,
      rejects: this.#rejects,
      stall: this.#stalls.stall,
      insideLimit: this.#insideLimit,
      memoryPeak: 1_024 * process.resourceUsage().maxRSS,
      ms: performance.now() - this.#began,
      ...ending,
    };
  }

  [Symbol.dispose](): void {
    this.drawing[Symbol.dispose]();
    this.#rejects[Symbol.dispose]();
  }

  #rest(seconds: number): Disposable {
    const told = new DisposableStack();
    told.use(this.#stalls.begin(seconds));
    told.use(this.drawing.rest());
    return told;
  }
}
