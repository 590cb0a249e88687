import type { PipelineOptions } from "../contract.ts";

/** The parts of a pipeline that are handed to it, and that can therefore be watched from outside. */
export type Parts = Pick<PipelineOptions, "parse" | "keep" | "enrich" | "outputs">;

/**
 * Counts what goes through the functions that a pipeline is given. So it knows where everything is even if the answer's
 * own counters are not written yet, or wrong.
 */
export class Meter {
  /** Lines that `parse` was given. */
  parsed = 0;
  /** Lines at which it threw. */
  unreadable = 0;
  filtered = 0;
  /** Look-ups that have begun, that are under way, and that have succeeded. */
  begun = 0;
  enriching = 0;
  enriched = 0;
  /** Lines of the first output: begun, and done. */
  writing = 0;
  written = 0;
  /** The last line that was written. */
  latest = "";
  /** The most entries that were inside at once. */
  insideMost = 0;

  /** Entries that have been read and have not come out, as far as can be seen from outside. */
  get inside(): number {
    return this.parsed - this.unreadable - this.filtered - this.written;
  }

  /** Of these, those that wait to be looked up. */
  get toLookUp(): number {
    return this.parsed - this.unreadable - this.filtered - this.begun;
  }

  /** Of these, those that wait to be written. */
  get toWrite(): number {
    return this.enriched - this.writing;
  }

  /** The same parts, counted. */
  watch({ parse, keep, enrich, outputs: [first, ...others] }: Parts): Parts {
    return {
      parse: (text) => {
        this.parsed += 1;
        this.insideMost = Math.max(this.insideMost, this.inside);
        try {
          return parse(text);
        } catch (error) {
          this.unreadable += 1;
          throw error;
        }
      },
      keep: (entry) => {
        const isKept = keep(entry);
        if (!isKept) this.filtered += 1;
        return isKept;
      },
      enrich: async (entry, options) => {
        this.begun += 1;
        this.enriching += 1;
        try {
          const enriched = await enrich(entry, options);
          this.enriched += 1;
          return enriched;
        } finally {
          this.enriching -= 1;
        }
      },
      outputs: first === undefined ? [] : [this.#watchOutput(first), ...others],
    };
  }

  #watchOutput(output: Parts["outputs"][number]): Parts["outputs"][number] {
    return async (line, options) => {
      this.writing += 1;
      await output(line, options);
      this.written += 1;
      this.latest = line;
    };
  }
}
