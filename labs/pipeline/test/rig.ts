import { Gauge, type Sim } from "@pattern-labs/testkit";
import type { Counters, Entry, Level, Pipeline, PipelineOptions, Rejected } from "../contract.ts";
import { bytes } from "./bytes.ts";
import { arriving, Feed, type FeedOptions } from "./feed.ts";
import { lab } from "./subject.ts";
import { heed } from "./work.ts";

interface Stoppable {
  readonly signal: AbortSignal;
}

export interface RigOptions {
  /** The lines of each source, one in a chunk: "INFO a1". A line that begins with "bad" cannot be parsed. */
  readonly sources: readonly Iterable<string>[];
  readonly outputs?: number;
  readonly workers?: number;
  readonly buffer?: number;
  readonly feed?: FeedOptions;
  /** Sources, `enrich` and outputs are as quick as can be, so that one thing alone is waited for. */
  readonly quick?: boolean;
  /** What happens during a call of `enrich` or of an output. */
  readonly enrich?: (message: string, options: Stoppable) => unknown;
  readonly output?: (index: number, message: string, options: Stoppable) => unknown;
  readonly options?: Partial<PipelineOptions>;
}

/**
 * What a test hands to `runPipeline`. All of it is counted here, where it is called, and recorded: should the test fail,
 * its message shows a picture of what the sources, the workers and the outputs did.
 */
export class Rig {
  readonly feeds: readonly Feed<Uint8Array>[];
  readonly parsed: string[] = [];
  readonly rejected: Rejected[] = [];
  filtered = 0;
  enriched = 0;
  /** By output: the messages of the lines that it has taken. */
  readonly taken: readonly string[][];
  readonly lines: string[] = [];
  readonly enriching = new Gauge();
  readonly writing: readonly Gauge[];
  /** Calls of what was handed over, of any kind. */
  calls = 0;
  readonly #sim: Sim;
  readonly #rig: RigOptions;
  readonly #outputs: number;

  constructor(sim: Sim, rig: RigOptions) {
    this.#sim = sim;
    this.#rig = rig;
    this.#outputs = rig.outputs ?? 1;
    this.feeds = rig.sources.map((texts, i) => {
      const chunks = asChunks(texts);
      return rig.quick ? new Feed(chunks, rig.feed) : arriving(sim, `source ${i}`, chunks, rig.feed);
    });
    this.taken = Array.from({ length: this.#outputs }, () => []);
    this.writing = this.taken.map(() => new Gauge());
  }

  run(): Pipeline {
    const { recorder } = this.#sim;
    recorder.limit("enrich", this.#rig.workers ?? 2);
    const enrich = recorder.stage(
      "enrich",
      (entry: Entry, options: Stoppable) => this.#enrich(entry, options),
      {
        name: ({ message }) => message,
      },
    );
    const write = (index: number) =>
      recorder.stage(
        `output ${index}`,
        (line: string, options: Stoppable) => this.#write(index, line, options),
        { name: messageIn },
      );
    return lab.runPipeline({
      sources: this.feeds.map((feed, i) => recorder.source(`source ${i}`, feed, textOf)),
      outputs: this.taken.map((_, index) => write(index)),
      parse: (text) => this.#parse(text),
      keep: (entry) => this.#keep(entry),
      enrich,
      workers: this.#rig.workers ?? 2,
      buffer: this.#rig.buffer ?? 1,
      onRejected: (rejected) => {
        this.calls += 1;
        this.rejected.push(rejected);
      },
      ...this.#rig.options,
    });
  }

  /** Lines that the sources have handed over. */
  get given(): number {
    return this.feeds.reduce((sum, { given }) => sum + given, 0);
  }

  /** Entries that every output has taken. */
  get written(): number {
    return Math.min(...this.taken.map(({ length }) => length));
  }

  /** Everything handed over and not accounted for yet. */
  get inside(): number {
    return this.given - this.filtered - this.rejected.length - this.written;
  }

  /** The most that may be inside: see the contract. */
  get bound(): number {
    const { buffer = 1, workers = 2, sources } = this.#rig;
    return (sources.length + this.#outputs + 4) * (buffer + 2) + workers;
  }

  /** What the counters must say in the end, as counted from outside; the rejected ones were all parsed. */
  counted(): Counters {
    const { filtered, enriched, written } = this;
    const read = this.parsed.length;
    const rejected = this.rejected.length;
    const discarded = read - rejected - filtered - written;
    return { read, rejected, filtered, enriched, written, discarded };
  }

  /** Sources that were read, and neither ended nor were told to close. */
  get leftOpen(): number {
    return this.feeds.filter((feed) => feed.opened > 0 && !feed.ended && feed.closeCalls === 0).length;
  }

  #parse(text: string): Entry {
    this.calls += 1;
    this.parsed.push(text);
    const [level = "", message = ""] = text.split(" ");
    if (level === "bad") throw new Error(`no level in ${text}`);
    return { timestamp: "2026-11-21T04:44:29Z", level: level as Level, source: "test", message };
  }

  #keep({ level }: Entry): boolean {
    this.calls += 1;
    if (level === "DEBUG") this.filtered += 1;
    return level !== "DEBUG";
  }

  #enrich(entry: Entry, options: Stoppable): Promise<Entry> {
    this.calls += 1;
    const { enrich, quick } = this.#rig;
    return this.enriching.during(async () => {
      if (enrich !== undefined) await enrich(entry.message, options);
      else if (!quick) await heed(this.#sim, `enrich ${entry.message}`, options, undefined);
      this.enriched += 1;
      return { ...entry, message: `${entry.message}!` };
    });
  }

  async #write(index: number, line: string, options: Stoppable): Promise<void> {
    this.calls += 1;
    const message = messageIn(line);
    await this.writing[index]?.during(async () => {
      const { output, quick } = this.#rig;
      if (output !== undefined) await output(index, message, options);
      else if (!quick) await heed(this.#sim, `output ${index}`, options, undefined);
      this.taken[index]?.push(message);
      this.lines.push(line);
    });
  }
}

function* asChunks(texts: Iterable<string>): Generator<Uint8Array, void> {
  for (const text of texts) yield bytes(`${text}\n`);
}

const decoder = new TextDecoder();
const textOf = (chunk: Uint8Array) => decoder.decode(chunk).trim();

function messageIn(line: string): string {
  try {
    return (JSON.parse(line) as Entry).message;
  } catch {
    return `no JSON: ${line}`;
  }
}

/** The lines "INFO a1", "INFO a2" …; to `last`, or for ever. */
export function* entries(name: string, last = Number.POSITIVE_INFINITY): Generator<string, void> {
  for (let n = 1; n <= last; n += 1) yield `INFO ${name}${n}`;
}
