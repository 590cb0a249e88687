import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { InFlight } from "@pattern-labs/bench";
import { byteNameOf } from "@pattern-labs/demo/files";
import type { Hashed, Lab, OpenFile } from "../contract.ts";
import { fileOpener } from "../given/open-file.ts";
import { sha256 } from "./sha256.ts";

/** Hashes every file, and says the hash of each. */
export type HashAll = (paths: readonly string[], say: (sha256: string) => void) => Promise<void> | void;

export interface Way {
  readonly name: string;
  readonly ours?: boolean;
  readonly answer?: boolean;
  /** Gets everything ready. `open` counts what is open. */
  readonly load: (open: OpenFile) => Promise<HashAll> | HashAll;
}

/** The way that all but threads open a file: that of the demo, with a gauge on it. */
export function countedOpener(inFlight: InFlight): OpenFile {
  const opened = () => {
    inFlight.enter();
    return () => inFlight.leave();
  };
  const open = fileOpener("", { opened, read() {} });
  return (path, options) => open(byteNameOf(path).slice(1), options); // Below the root of the disk.
}

const never = new AbortController().signal;

async function hashFile(path: string, open: OpenFile): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of open(path, { signal: never })) hash.update(chunk);
  return hash.digest("hex");
}

/** `await` in a loop. */
export const oneByOne: Way = {
  name: "one after the other",
  ours: false,
  load: (open) => async (paths, say) => {
    for (const path of paths) say(await hashFile(path, open));
  },
};

/** Nothing else gets a turn until it is through. */
export const blocking: Way = {
  name: "one thread, synchronously",
  ours: false,
  load: () => (paths, say) => {
    for (const path of paths) say(sha256(path));
  },
};

export const allAtOnce: Way = {
  name: "Promise.all",
  ours: false,
  load: (open) => async (paths, say) => {
    await Promise.all(paths.map(async (path) => say(await hashFile(path, open))));
  },
};

export const withPMap = (concurrency: number): Way => ({
  name: `p-map, ${concurrency} open`,
  ours: false,
  load: async (open) => {
    const { default: pMap } = await import("p-map");
    return async (paths, say) => {
      await pMap(paths, async (path) => say(await hashFile(path, open)), { concurrency });
    };
  },
});

export const withAnswer = (concurrency: number): Way => ({
  name: `${concurrency} open`,
  answer: true,
  load: async (open) => {
    const { hashFiles }: Lab = await import("#lab");
    return (paths, say) => sayAll(hashFiles(paths, { concurrency, open }), say);
  },
});

/** Its threads are started and ended in every run, as the contract has it; so are those of its peers. */
export const withThreads = (threads: number, batch: number): Way => ({
  name: `${threads} threads`,
  answer: true,
  load: async () => {
    const { hashOnThreads }: Lab = await import("#lab");
    if (hashOnThreads === undefined) throw new Error("it has not taken up the challenge threads");
    return (paths, say) => sayAll(hashOnThreads(paths, { threads, batch }), say);
  },
});

async function sayAll(results: AsyncIterable<Hashed>, say: (sha256: string) => void): Promise<void> {
  for await (const result of results) {
    if ("error" in result) throw result.error;
    say(result.sha256);
  }
}

const module = new URL("./sha256.ts", import.meta.url).href;

/** As its documentation shows it: a task for each file. */
export const withPiscina = (threads: number): Way => ({
  name: "piscina",
  ours: false,
  load: async () => {
    const { Piscina } = await import("piscina");
    return async (paths, say) => {
      const pool = new Piscina({ filename: module, minThreads: threads, maxThreads: threads });
      for (const hash of await Promise.all(paths.map((path) => pool.run(path)))) say(hash);
      await pool.destroy();
    };
  },
});

/** At its best: batches made by hand, and one waiting in each thread while it does another. */
export const withPiscinaBatches = (threads: number, batch: number): Way => ({
  name: `piscina, batches of ${batch}`,
  ours: false,
  load: async () => {
    const { Piscina } = await import("piscina");
    return async (paths, say) => {
      const pool = new Piscina({
        filename: module,
        name: "sha256OfEach",
        minThreads: threads,
        maxThreads: threads,
        concurrentTasksPerWorker: 2,
      });
      const batches = Array.from({ length: Math.ceil(paths.length / batch) }, (_, index) =>
        paths.slice(index * batch, (index + 1) * batch),
      );
      for (const hashes of await Promise.all(batches.map((each) => pool.run(each)))) hashes.forEach(say);
      await pool.destroy();
    };
  },
});

/** Without Node: as many processes as threads elsewhere, a share of the files to each, eight shares a process. */
export const withXargs = (processes: number): Way => ({
  name: `xargs -P${processes} sha256sum`,
  ours: false,
  load: () => async (paths, say) => {
    const share = Math.max(1, Math.ceil(paths.length / (8 * processes)));
    const child = spawn("xargs", ["-0", `-P${processes}`, "-n", `${share}`, "sha256sum"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(paths.join("\0"));
    for await (const line of createInterface(child.stdout)) say(line);
  },
});

export const hasXargs = ["xargs", "sha256sum"].every((program) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program))),
);
