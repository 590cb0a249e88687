import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";
import { allPasses, BLOCKS, type Blocks, ownBlocks, PASSES, sharedBlocks } from "./threads/blocks.ts";
import { sha256 } from "./threads/tasks.ts";

const module = new URL("./threads/tasks.ts", import.meta.url);
const THREADS = 2;
/** The batch made by hand: 32 blocks, about a third of a millisecond of work. */
const BATCH = 32;

const CALLS = 20_000;
/** Everybody asks at once, as a server under load does. */
const callAll = async (call: () => Promise<number>) => {
  const answers = await Promise.all(Array.from({ length: CALLS }, call));
  return answers.reduce((sum, one) => sum + one, 0);
};

const countHashes = (hashes: readonly string[]) => hashes.filter((hash) => hash.length === 64).length;

function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) =>
    all.slice(i * BATCH, (i + 1) * BATCH),
  );
}

/** Both at their best: as many threads as there are, started beforehand, and as many tasks queued as one likes. */
const piscinaOf = async (name: string) => {
  const { Piscina } = await import("piscina");
  return new Piscina({ filename: module.href, name, minThreads: THREADS, maxThreads: THREADS });
};

const tinypoolOf = async (name: string) => {
  const { Tinypool } = await import("tinypool");
  return new Tinypool({ filename: module.href, name, minThreads: THREADS, maxThreads: THREADS });
};

/** Its threads start with the first tasks, so these are unmeasured, as the start of the peers' threads is. */
const poolOf = async () => {
  const { ThreadPool } = await import("@pattern-labs/primitives/thread-pool");
  const pool = new ThreadPool(module, { limit: THREADS });
  const first = Array.from({ length: 2 * THREADS }, () => pool.run(0, { task: "nothing" }));
  await Promise.all(first);
  return pool;
};

const canHashFiles = ["xargs", "sha256sum"].every((program) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program))),
);

/** What the machine can do: processes that read the blocks as files, from the cache. */
const xargs: Strategy = {
  name: "xargs -P2 sha256sum",
  ours: false,
  prepare() {
    const folder = mkdtempSync(join(tmpdir(), "blocks-"));
    const files = ownBlocks().map((block, i) => {
      const file = join(folder, `${i}`);
      writeFileSync(file, block);
      return file;
    });
    return {
      run: allPasses(async () => {
        const child = spawn("xargs", ["-P", `${THREADS}`, "-n", "100", "sha256sum"], {
          stdio: ["pipe", "pipe", "inherit"],
        });
        let lines = 0;
        child.stdout.on("data", (chunk: Buffer) => {
          lines += chunk.toString().split("\n").length - 1;
        });
        child.stdin.end(files.join("\n"));
        await once(child, "close");
        return lines;
      }),
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true });
      },
    };
  },
};

const COPIES_COST =
  "Copying the blocks and collecting the copies take some 0.4 of the time of hashing them. Copies made first and then transferred were no quicker, nor were smaller batches in a bare prototype.";
const THREE_ON_TWO =
  "The main thread shares the two cores with both workers. A bare prototype without cancellation came to about the same.";

interface PeerPool {
  run(block: Uint8Array): Promise<string>;
  destroy(): Promise<void>;
}

/** A peer as it is meant to be used: a task for each block. */
const oneByOne = (name: string, blocks: Blocks, start: () => Promise<PeerPool>): Strategy => ({
  name,
  ours: false,
  async prepare() {
    const pool = await start();
    const all = blocks();
    return {
      run: allPasses(async () => countHashes(await Promise.all(all.map((block) => pool.run(block))))),
      [Symbol.asyncDispose]: () => pool.destroy(),
    };
  },
});

function hashing(where: string, blocks: Blocks, note: string): Workload {
  return {
    title: `SHA-256 of 5,000 blocks of 16 KiB, ${where}, 2 threads`,
    operations: PASSES * BLOCKS,
    floor: "one thread",
    strategies: [
      {
        name: "one thread",
        prepare() {
          const all = blocks();
          return allPasses(() => countHashes(all.map(sha256)));
        },
      },
      {
        name: "ThreadPool",
        async prepare() {
          const pool = await poolOf();
          const all = blocks();
          return {
            run: allPasses(async () =>
              countHashes(await Promise.all(all.map((block) => pool.run<Uint8Array, string>(block)))),
            ),
            [Symbol.asyncDispose]: () => pool.close(),
          };
        },
      },
      oneByOne("piscina", blocks, () => piscinaOf("sha256")),
      {
        name: "piscina, batches made by hand",
        ours: false,
        async prepare() {
          const pool = await piscinaOf("sha256OfEach");
          const all = blocks();
          return {
            run: allPasses(async () => {
              const hashes: string[][] = await Promise.all(inBatches(all).map((batch) => pool.run(batch)));
              return countHashes(hashes.flat());
            }),
            [Symbol.asyncDispose]: () => pool.destroy(),
          };
        },
      },
      oneByOne("tinypool", blocks, () => tinypoolOf("sha256")),
      ...(canHashFiles ? [xargs] : []),
    ],
    check: (hashes, { operations }) =>
      hashes === operations ? undefined : `${hashes} of ${operations} blocks have a hash`,
    targets: [
      { strategy: "ThreadPool", against: "one thread", atMost: 0.65, note },
      { strategy: "ThreadPool", against: "piscina", atMost: 1 / 3.5, note },
    ],
  };
}

export default defineBench({
  title: "Threads",
  workloads: [
    hashing("copied to the threads", ownBlocks, COPIES_COST),
    hashing("in shared memory", sharedBlocks, THREE_ON_TWO),
    {
      title: "tasks that do nothing, 2 threads",
      operations: CALLS,
      floor: "ThreadPool",
      strategies: [
        {
          name: "ThreadPool",
          async prepare() {
            const pool = await poolOf();
            const nothing = { task: "nothing" };
            return {
              run: () => callAll(() => pool.run<number, number>(0, nothing)),
              [Symbol.asyncDispose]: () => pool.close(),
            };
          },
        },
        {
          name: "piscina",
          ours: false,
          async prepare() {
            const pool = await piscinaOf("nothing");
            return { run: () => callAll(() => pool.run(0)), [Symbol.asyncDispose]: () => pool.destroy() };
          },
        },
        {
          name: "tinypool",
          ours: false,
          async prepare() {
            const pool = await tinypoolOf("nothing");
            return { run: () => callAll(() => pool.run(0)), [Symbol.asyncDispose]: () => pool.destroy() };
          },
        },
      ],
      check: (answers) => (answers === CALLS ? undefined : `${answers} of ${CALLS} tasks were run`),
      targets: [
        { strategy: "ThreadPool", against: "piscina", atMost: 1 / 8 },
        { strategy: "ThreadPool", against: "tinypool", atMost: 1 / 8 },
      ],
    },
  ],
});
