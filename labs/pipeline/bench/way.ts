import type { Entry } from "./entry.ts";

/** Sends `count` entries through all stages, and gives each that comes out to `sink`. */
export type SendThrough = (count: number, sink: (entry: Entry) => void) => Promise<unknown>;

/** One way to join stages. */
export interface Way {
  readonly name: string;
  readonly ours?: boolean;
  readonly answer?: boolean;
  /** Gets it ready for stages with a buffer of so many entries between them. */
  readonly load: (buffer: number) => Promise<SendThrough> | SendThrough;
}
