/** The scene of this lab: a sender, a pipeline, and a file that stalls. */

import { type Scene, scene } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Entry, Lab, Output } from "./contract.ts";

const { runPipeline }: Lab = answer;
const LINES = 100;
const STALLS_AT_MS = 300;

const controls = {
  workers: { kind: "range", label: "workers", min: 1, max: 6, value: 3, restart: true },
  buffer: { kind: "range", label: "entries in each buffer", min: 0, max: 8, value: 2, restart: true },
  lookUpMs: { kind: "range", label: "a look-up takes", min: 5, max: 60, value: 20, unit: "ms" },
  stallMs: {
    kind: "range",
    label: "the file stalls for",
    min: 0,
    max: 600,
    value: 240,
    unit: "ms",
    restart: true,
  },
} as const;

export default scene({
  title: "Who waits for the file?",
  controls,
  firstGuess: {
    question:
      "Lines arrive every 8 ms, and the file to which they are written stalls for a while. Where do the lines wait that arrive meanwhile?",
    answers: [
      "In the last buffer, before the file",
      "Each buffer fills up, from the file back to the sender, and then they are not even sent",
      "Nowhere: those that find no room are dropped",
    ],
    right: 1,
    why: "A full buffer makes the stage before it wait, so the one before that fills up as well. The wait runs upstream until the sender itself stands still, and on resume not a line is missing. Two stages have more than one buffer between them, and what is in a hand counts as well.",
    afterMs: 450,
  },
  recording: ({ workers, buffer }) => ({
    limits: { enrich: workers, inside: 6 * (buffer + 2) + workers },
    flow: ["tcp", "parse", "enrich", "file"],
  }),
  lengthMs: 20_000,
  async run({ values, recorder, signal, random, show }) {
    const { workers, buffer, stallMs } = values;
    const counts: Counts = { sent: 0, rejected: 0, filtered: 0, written: 0 };
    const inside = () => counts.sent - counts.rejected - counts.filtered - counts.written;
    const tell = () => recorder.level("inside", inside());
    show(() => ({
      sum: {
        whole: ["sent", counts.sent],
        parts: [
          ["written", counts.written],
          ["filtered", counts.filtered],
          ["rejected", counts.rejected],
          ["on their way", inside()],
        ],
      },
    }));
    setTimeout(() => stallMs > 0 && recorder.mark("file stalls", "bad"), STALLS_AT_MS);
    setTimeout(() => stallMs > 0 && recorder.mark("goes on"), STALLS_AT_MS + stallMs);

    const write = stallingFile(stallMs);
    const pipeline = runPipeline({
      sources: [recorder.source("tcp", sender(counts, tell), (bytes) => nameOf(decoder.decode(bytes)))],
      // What is filtered goes no further; it is seen here, for keeping takes no time of its own.
      parse: recorder.stage("parse", parse, { name: nameOf, keep: isKept }),
      keep: (entry) => {
        if (!isKept(entry)) counts.filtered += 1;
        return isKept(entry);
      },
      enrich: recorder.stage(
        "enrich",
        async (entry: Entry, options) => {
          await sleep(values.lookUpMs * (0.8 + 0.4 * random()), options);
          return entry;
        },
        { name: messageOf },
      ),
      outputs: [
        recorder.stage(
          "file",
          async (line, options) => {
            await write(line, options);
            counts.written += 1;
            tell();
          },
          { name: (line) => messageOf(JSON.parse(line)) },
        ),
      ],
      workers,
      buffer,
      onRejected: () => {
        counts.rejected += 1;
      },
      signal,
    });
    await pipeline.done;
  },
}) satisfies Scene<typeof controls>;

interface Counts {
  sent: number;
  rejected: number;
  filtered: number;
  written: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A line every 8 ms, as long as somebody reads them. Every sixth is of no interest, and one in twenty makes no sense. */
async function* sender(counts: Counts, tell: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  for (let line = 1; line <= LINES; line += 1) {
    await sleep(8);
    counts.sent += 1;
    tell();
    const level = line % 6 === 0 ? "DEBUG" : "INFO";
    yield encoder.encode(line % 20 === 19 ? `?!${line}\n` : `${level} ${line}\n`);
  }
}

/** "17", of "INFO 17". */
const nameOf = (line: string) => /\d+/.exec(line)?.[0] ?? "?";
const isKept = ({ level }: Entry) => level !== "DEBUG";
const messageOf = ({ message }: Entry) => message;

function parse(line: string): Entry {
  const [, level, message] = /^(DEBUG|INFO) (\d+)$/.exec(line) ?? [];
  if (level === undefined || message === undefined) throw new Error("makes no sense");
  return { timestamp: "2015-07-29T17:41:44.747Z", level: level as Entry["level"], source: "tcp", message };
}

/** Takes 2 ms a line, but for the time in which it takes none. */
function stallingFile(stallMs: number): Output {
  const stallsAt = performance.now() + STALLS_AT_MS;
  return async (_, options) => {
    const now = performance.now();
    const stalls = now >= stallsAt && now < stallsAt + stallMs;
    await sleep(stalls ? stallsAt + stallMs - now : 2, options);
  };
}
