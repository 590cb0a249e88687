import type { Step } from "../simulation.ts";
import type { Place } from "./instrument.ts";
import { NOWHERE, type State } from "./state.ts";

/** Memory that the threads share, by name. */
export interface Region {
  readonly name: string;
  readonly buffer: SharedArrayBuffer;
}

/** What has happened in a run, for a timeline. */
export class Log {
  readonly steps: Step[] = [];
  readonly #regions: readonly Region[];

  constructor(regions: readonly Region[]) {
    this.#regions = regions;
  }

  add({ thread }: State, label: string, { site = NOWHERE, among = [label], chosen = 0 } = {}): void {
    const where = thread.place(site);
    const step = { at: 0, actor: thread.name, label, where, among, chosen, isBranch: false, squeezed: false };
    this.steps.push(step);
  }

  /** Only when it has happened is it known what the last step did. */
  amend(label: string): void {
    const step = this.steps.pop();
    if (step !== undefined) this.steps.push({ ...step, label });
  }

  nameOf({ region, offset, size }: Place): string {
    return `${this.#regions[region]?.name}[${offset / size}]`;
  }

  /** What a thread that would sleep finds: only views of these two kinds can be waited on. */
  valueAt({ region, offset, size }: Place): number {
    const { buffer } = this.#regions[region] as Region;
    if (size === 8) return Number(new BigInt64Array(buffer, offset, 1)[0]);
    return new Int32Array(buffer, offset, 1)[0] ?? 0;
  }
}
