/** The scene of this lab: a list of files, some hands that read them, and somebody who takes the results. */

import type { Recorder } from "@pattern-labs/picture";
import { type Scene, scene } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Lab, OpenFile } from "./contract.ts";

const { hashFiles }: Lab = answer;
const FILES = 40;
const ENDLESS = "it never ends";

const controls = {
  concurrency: { kind: "range", label: "files open at once", min: 1, max: 8, value: 4, restart: true },
  list: {
    kind: "choice",
    label: "the list of files",
    values: [`${FILES} files`, ENDLESS],
    value: `${FILES} files`,
    restart: true,
  },
  takeMs: { kind: "range", label: "to take a result", min: 0, max: 400, value: 10, unit: "ms" },
  bad: { kind: "range", label: "bad files", min: 0, max: 50, value: 5, unit: "%", restart: true },
  abortMs: {
    kind: "range",
    label: "abort after (0: never)",
    min: 0,
    max: 3_000,
    value: 0,
    unit: "ms",
    restart: true,
  },
} as const;

export default scene({
  title: "Who reads which file?",
  controls,
  firstGuess: {
    question:
      "Forty files, some small and some large, and four hands that each read one at a time. How do all four stay busy until the last file?",
    answers: [
      "Each gets ten of the files beforehand",
      "They take turns: file 1, 2, 3, 4, and again",
      "Whoever is free takes the next name from one list",
    ],
    right: 2,
    why: "Nobody knows beforehand who will have the large files. With shares, or by turns, one hand still reads when the others have long been idle. Make the results slow to take, and see who waits then: the list is read no faster than results are taken.",
    afterMs: 800,
  },
  recording: ({ concurrency }) => ({
    limits: { files: concurrency },
    rows: ["files", "read ahead", "results"],
  }),
  lengthMs: 10_000,
  async run({ values, recorder, signal, random, show }) {
    const { concurrency, list, bad, abortMs } = values;
    const counts: Counts = { read: 0, hashed: 0, failed: 0, open: 0, mostOpen: 0 };
    show(() => viewOf(counts));
    const stop = new AbortController();
    const reason = new Error("Nobody needs the rest");
    const timer = abortMs > 0 ? setTimeout(() => recorder.abort(stop, reason), abortMs) : undefined;
    try {
      const results = hashFiles(
        namesOf(list === ENDLESS ? Number.POSITIVE_INFINITY : FILES, counts, recorder),
        {
          concurrency,
          open: shakyDisk({ bad, counts, recorder, random }),
          signal: AbortSignal.any([signal, stop.signal]),
        },
      );
      for await (const result of results) {
        if ("error" in result) counts.failed += 1;
        else counts.hashed += 1;
        recorder.level("read ahead", aheadOf(counts));
        await recorder.job("results", result.path, () => sleep(values.takeMs, { signal: stop.signal }))();
      }
    } catch (error) {
      if (error !== reason) throw error;
    } finally {
      clearTimeout(timer);
    }
  },
}) satisfies Scene<typeof controls>;

interface Counts {
  read: number;
  hashed: number;
  failed: number;
  open: number;
  mostOpen: number;
}

const aheadOf = ({ read, hashed, failed }: Counts) => read - hashed - failed;

function viewOf(counts: Counts) {
  return {
    sum: {
      whole: ["names read", counts.read],
      parts: [
        ["hashed", counts.hashed],
        ["not to be read", counts.failed],
        ["on their way", aheadOf(counts)],
      ],
    },
    figures: { "open now": counts.open, "open at most": counts.mostOpen },
  } as const;
}

function* namesOf(files: number, counts: Counts, recorder: Recorder): Generator<string, void, void> {
  for (let file = 1; file <= files; file += 1) {
    counts.read += 1;
    recorder.level("read ahead", aheadOf(counts));
    yield `f${file}`;
  }
}

interface Disk {
  readonly bad: number;
  readonly counts: Counts;
  readonly recorder: Recorder;
  readonly random: () => number;
}

/** Each file comes in three pieces, as quick or slow as that file is. Of a bad one the last cannot be read. */
function shakyDisk({ bad, counts, recorder, random }: Disk): OpenFile {
  return async function* (path, { signal }) {
    const pieceMs = 10 + Math.floor(random() * 50);
    const isBad = random() * 100 < bad;
    const read = recorder.begin("files", "running", path);
    counts.open += 1;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    try {
      for (let piece = 1; piece <= 3; piece += 1) {
        await sleep(pieceMs, { signal });
        if (isBad && piece === 3) throw new Error("EIO: the disk could not read it");
        yield new TextEncoder().encode(`${path}, piece ${piece}\n`);
      }
    } catch (error) {
      recorder.end(read, signal.aborted ? "cancelled" : "failed", error);
      throw error;
    } finally {
      counts.open -= 1;
      recorder.end(read, signal.aborted ? "cancelled" : "ok");
    }
  };
}
