import { watch } from "@pattern-labs/picture";
import type { Sim } from "@pattern-labs/testkit";
import type { Lifecycle, Resource, StopReport } from "../contract.ts";
import { lab } from "./subject.ts";

type Act = (options: { readonly signal: AbortSignal }) => Promise<void>;

interface Script {
  /** What its `start` does. Left out: it gets ready whenever the explorer says so. */
  readonly start?: Act;
  /** What its `stop` does. Left out: it takes 10 ms. */
  readonly stop?: Act;
  readonly stopWithinMs?: number;
}

/** Makes resources that write down, and record for the picture, what is done to them. */
export class Stage {
  /** "start db", "db ready", "db not ready", "stop db", "db stopped", "db not stopped". */
  readonly log: string[] = [];
  /** The signals that were given, by what they were given to: "start db", "stop db". */
  readonly signals = new Map<string, AbortSignal>();
  readonly #sim: Sim;

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  resource(name: string, script: Script = {}): Resource {
    const { stopWithinMs = 60_000, start = () => this.#sim.io("gets ready"), stop = lasting(10) } = script;
    return {
      name,
      stopWithinMs,
      start: this.#noted(`start ${name}`, start, [`${name} ready`, `${name} not ready`]),
      stop: this.#noted(`stop ${name}`, stop, [`${name} stopped`, `${name} not stopped`]),
    };
  }

  lifecycle(...resources: readonly Resource[]): Lifecycle {
    const { recorder } = this.#sim;
    const lifecycle = lab.createLifecycle(resources);
    return {
      start: () => lifecycle.start(),
      stop: (...options) => {
        recorder.mark(options[0]?.deadlineMs === undefined ? "stop" : "stop with a deadline", "stop");
        return lifecycle.stop(...options);
      },
    };
  }

  /** What was done, without what came of it: "start queue, start db, stop db". */
  get calls(): string {
    return this.log.filter((line) => /^(start|stop) /.test(line)).join(", ");
  }

  /** Everything, in its order. */
  get story(): string {
    return this.log.join(", ");
  }

  count(line: string): number {
    return this.log.filter((each) => each === line).length;
  }

  #noted(line: string, act: Act, [well, badly]: readonly [string, string]): Act {
    return (options) => {
      const { recorder } = this.#sim;
      this.log.push(line);
      this.signals.set(line, options?.signal); // Before step 2 an answer need not give one.
      const [verb = "", name = ""] = line.split(" ");
      const span = recorder.begin(name, "running", verb);
      return watch(
        () => this.#sim.as(name, () => act(options)),
        (outcome, result) => {
          this.log.push(outcome === "ok" ? well : badly);
          recorder.end(span, outcome, outcome === "ok" ? undefined : result);
        },
      );
    };
  }
}

/** Works for so long, whatever its signal says. */
export const lasting =
  (ms: number): Act =>
  () =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    });

/** Works until its signal aborts, and rejects with its reason. */
export const untilTold: Act = ({ signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

export const atOnce: Act = async () => {};

/** Works for so long; told to stop, it rejects with the reason and leaves no timer. */
export const obediently =
  (ms: number): Act =>
  ({ signal }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", leave);
        resolve();
      }, ms);
      signal.addEventListener("abort", leave, { once: true });
    });

export const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

/** "stopped db, queue · failed http · forced none" */
export function tellReport(report: StopReport | undefined): string {
  if (report === undefined) return "no report";
  const names = (list: readonly string[]) => (list.length === 0 ? "none" : list.join(", "));
  const failed = report.failed.map(({ name }) => name);
  return `stopped ${names(report.stopped)} · failed ${names(failed)} · forced ${names(report.forced)}`;
}
