import type { Output, PipelineOptions } from "../contract.ts";
import type { Shutdown } from "./shutdown.ts";

/** An entry on its way to the outputs. */
export interface Parcel {
  readonly text: string;
  missing: number; // So many outputs have not taken it yet.
}

/** Writes to all outputs, to each at its own pace. */
export class Outputs {
  readonly #options: PipelineOptions;
  readonly #shutdown: Shutdown;
  readonly #written: () => void;
  #working: number;

  /** @param written Called for each parcel that every output has taken. */
  constructor(options: PipelineOptions, shutdown: Shutdown, written: () => void) {
    this.#options = options;
    this.#shutdown = shutdown;
    this.#written = written;
    this.#working = options.outputs.length;
  }

  pack(text: string): Parcel {
    return { text, missing: this.#options.outputs.length };
  }

  /**
   * Resolves when all has been written, or has been stopped. Never rejects.
   *
   * @param copy Gives another copy of the stream of parcels.
   */
  async write(copy: () => AsyncIterable<Parcel>): Promise<void> {
    const copies = this.#options.outputs.map((output) => ({ output, parcels: copy() })); // All, before one is read.
    await Promise.all(copies.map(({ output, parcels }, index) => this.#writeTo(output, parcels, index)));
  }

  async #writeTo(output: Output, parcels: AsyncIterable<Parcel>, index: number): Promise<void> {
    let works = true;
    try {
      for await (const parcel of parcels) {
        this.#shutdown.signal.throwIfAborted();
        // One that was given up takes everything at once, so that nobody waits for it.
        if (works) works = await this.#send(parcel.text, output, index);
        parcel.missing -= 1;
        if (parcel.missing === 0) this.#written();
      }
    } catch (error) {
      this.#shutdown.stop(error);
    }
  }

  /** Whether the output has taken it. If not it is given up, unless it was the last one, or all of them have to work. */
  async #send(text: string, output: Output, index: number): Promise<boolean> {
    const { signal } = this.#shutdown;
    try {
      await output(text, { signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const { onOutputFailed } = this.#options;
      this.#shutdown.call("output", () => onOutputFailed?.({ output: index, error }));
      this.#working -= 1;
      if (onOutputFailed === undefined || this.#working === 0) throw this.#shutdown.fail("output", error);
      return false;
    }
  }
}
