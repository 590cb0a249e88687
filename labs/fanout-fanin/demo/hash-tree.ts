import {
  type ByteName,
  byteNameOf,
  shownName,
  tryPathOf,
  walkFiles,
  whyUnreadable,
} from "@pattern-labs/demo/files";
import type { Recorder } from "@pattern-labs/picture";
import type { Hashed, Lab } from "../contract.ts";
import type { ChecksumFile } from "../given/checksum-file.ts";
import { type FileGauge, fileOpener } from "../given/open-file.ts";
import type { DemoOptions } from "../given/options.ts";
import type { Tally } from "./tally.ts";

export interface Hashing {
  readonly root: ByteName;
  /** Names below the root that are left out: the file of checksums itself. */
  readonly leaveOut: ReadonlySet<ByteName>;
  /** Hears of each name before it is handed out. */
  readonly onName: (name: ByteName) => void;
  readonly tally: Tally;
  readonly sums: ChecksumFile | undefined;
  /** Only where a picture is wanted. */
  readonly recorder: Recorder | undefined;
  readonly signal: AbortSignal;
}

/**
 * Hashes every file below the root with the answer, and writes down what came of each. Names are found while others are
 * hashed, and results are written as they come: nothing here holds more than it works on.
 *
 * Ends quietly after an abort: then the tally tells how far it came.
 */
export async function hashTree(lab: Lab, options: DemoOptions, hashing: Hashing): Promise<void> {
  const { signal, recorder, tally } = hashing;
  try {
    for await (const { path, ...outcome } of resultsOf(lab, options, hashing)) {
      await note(path, outcome, hashing);
    }
  } catch (error) {
    if (error !== undefined && error === tally.latestError && !signal.aborted) throw atFirstError(error);
    if (!signal.aborted || error !== signal.reason) throw error;
    recorder?.mark("abort", "stop");
  }
}

/** An answer that has not come to step 3 yet. */
function atFirstError(error: unknown): Error {
  return new Error(`TODO step 3: the first file that cannot be read ends it (${whyUnreadable(error)})`, {
    cause: error,
  });
}

function resultsOf(lab: Lab, options: DemoOptions, hashing: Hashing): AsyncIterable<Hashed> {
  if (options.threads !== undefined) return onThreads(lab, options.threads, options.batch, hashing);
  const { root, tally, recorder, signal } = hashing;
  const { concurrency, ordered } = options;
  return lab.hashFiles(namesOf(hashing), {
    concurrency,
    open: fileOpener(root, recorder === undefined ? tally : recorded(recorder, hashing)),
    signal,
    ...(ordered && { ordered, window: WINDOWS * concurrency }),
  });
}

/** How far results may run ahead of one that is late. */
const WINDOWS = 4;

async function* namesOf({ root, leaveOut, onName, tally, recorder, signal }: Hashing) {
  const walk = walkFiles(root, {
    signal,
    onOther: (_, kind) => tally.leaveAlone(kind),
    onProblem: (name, error) => tally.failFolder(name, error),
  });
  for await (const name of walk) {
    if (leaveOut.has(name)) continue;
    tally.found += 1;
    recorder?.level("read ahead", tally.givenUp);
    onName(name);
    yield name;
  }
}

async function note(name: ByteName, outcome: Outcome, { tally, sums, recorder }: Hashing): Promise<void> {
  if ("error" in outcome) tally.failFile(name, outcome.error);
  else {
    tally.hashed += 1;
    await sums?.add(name, outcome.sha256);
  }
  recorder?.level("read ahead", tally.givenUp);
}

type Outcome = { readonly sha256: string } | { readonly error: unknown };

function recorded(recorder: Recorder, { tally, signal }: Hashing): FileGauge {
  return {
    opened: (name) => {
      const span = recorder.begin("files", "running", shownName(name).slice(2));
      const close = tally.opened(name);
      return (error) => {
        close(error);
        if (signal.aborted) recorder.end(span, "cancelled");
        else recorder.end(span, error === undefined ? "ok" : "failed", error);
      };
    },
    read: (bytes) => tally.read(bytes),
  };
}

async function* onThreads(
  lab: Lab,
  threads: number,
  batch: number,
  hashing: Hashing,
): AsyncGenerator<Hashed> {
  const { root, tally, recorder, signal } = hashing;
  const results = lab.hashOnThreads?.(pathsOf(hashing), {
    threads,
    batch,
    progress: tally.progress,
    signal,
    onThread: (thread) => {
      const span = recorder?.begin("threads", "running", `thread ${thread.threadId}`) ?? 0;
      const leave = tally.threads.enter();
      thread.once("exit", () => {
        leave();
        recorder?.end(span);
      });
    },
  });
  for await (const result of results ?? []) {
    const path = byteNameOf(result.path).slice(root.length + 1);
    tally.latest = path;
    yield { ...result, path };
  }
}

/** Threads open their files by themselves, so they are given whole paths: text, which not every name can become. */
async function* pathsOf(hashing: Hashing): AsyncGenerator<string> {
  for await (const name of namesOf(hashing)) {
    const path = tryPathOf(`${hashing.root}/${name}`);
    if (path !== undefined) yield path;
    else hashing.tally.failFile(name, "its name is no UTF-8: no path for a thread");
  }
}
