import { mkdirSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { count, grouped, showLive, UsageError } from "@pattern-labs/demo";
import { type ByteName, byteNameOf, makeTemporaryFolder, walkFiles } from "@pattern-labs/demo/files";
import { partOf } from "../given/checksum-file.ts";
import { makeTree } from "../given/make-tree.ts";
import { addOddThings } from "../given/odd-things.ts";
import type { DemoOptions } from "../given/options.ts";

/** The folder to hash, and what is known of it beforehand. */
export interface Ground extends AsyncDisposable {
  readonly root: string;
  /** Where the checksums go. */
  readonly out: string | undefined;
  /** Whether they are checked afterwards. */
  readonly check: boolean;
  /** How many files there are. It may become known only later. */
  readonly total: number | undefined;
  /** How many of them can be read, if that is known. */
  readonly readable: number | undefined;
  readonly leaveOut: ReadonlySet<ByteName>;
  /** Hears of each name before it is handed out. */
  readonly onName: (name: ByteName) => void;
}

/** @throws UsageError If a folder that was named is not there. */
export async function prepareGround(options: DemoOptions, signal: AbortSignal): Promise<Ground> {
  const { folder, check } = options;
  const out = options.out === undefined ? undefined : await readOut(options.out);
  return folder === undefined ? await makeGround(options, out, signal) : await findGround(folder, out, check);
}

/** Where it really is: of a link not the link is replaced, but the file to which it leads. */
async function readOut(file: string): Promise<string> {
  const path = resolve(file);
  return await realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)));
}

const SMALL = 4_096;

/** A tree of its own, with every oddity in it that a disk can offer. */
async function makeGround(
  { files, threads }: DemoOptions,
  out: string | undefined,
  signal: AbortSignal,
): Promise<Ground> {
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder("fanout-fanin");
  stack.defer(async () => {
    using _view = showLive(() => "removing what was made");
    await folder[Symbol.asyncDispose]();
  });
  const root = join(folder.path, "tree");
  mkdirSync(root);
  let made = 0;
  const onMade = (now: number) => {
    made = now;
  };
  using _view = showLive(() => `making ${count(files, "small file")}: ${grouped(made)} so far`);
  await makeTree(root, { files, bytes: SMALL, signal, onMade });
  const odd = stack.use(addOddThings(root));
  const owned = stack.move();
  return {
    root,
    out: out ?? join(folder.path, "SHA256SUMS"),
    check: true,
    total: files + odd.files,
    readable: files + (threads === undefined ? odd.readable : odd.readableByPath),
    leaveOut: new Set(),
    onName: odd.vanish,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A folder that was named. What is in it is nobody's business but its owner's: nothing there is changed. */
async function findGround(folder: string, out: string | undefined, check: boolean): Promise<Ground> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw new UsageError(`--folder must be a folder that exists, got ${JSON.stringify(folder)}`);
  }
  const counting = new AbortController();
  // Only a bar needs to know how many there are. To walk twice is quick, and takes no memory.
  const counted = process.stderr.isTTY ? countFiles(root, counting.signal) : undefined;
  return {
    root,
    out,
    check: check && out !== undefined,
    get total() {
      return counted?.total;
    },
    readable: undefined,
    leaveOut: new Set(out === undefined ? [] : [out, partOf(out)].map((path) => nameWithin(root, path))),
    onName: () => {},
    async [Symbol.asyncDispose]() {
      counting.abort();
      await counted?.ended;
    },
  };
}

/** What the walk calls it, if it lies below the root at all. */
const nameWithin = (root: string, path: string): ByteName =>
  byteNameOf(`./${relative(root, path).replaceAll(sep, "/")}`);

interface Counted {
  total: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

function countFiles(root: string, signal: AbortSignal): Counted {
  const counted: { -readonly [K in keyof Counted]: Counted[K] } = {
    total: undefined,
    ended: Promise.resolve(),
  };
  const walk = async () => {
    let total = 0;
    for await (const _ of walkFiles(byteNameOf(root), { signal })) total += 1;
    counted.total = total;
  };
  counted.ended = walk().catch(() => {}); // Stopped; what cannot be read is told by the other walk.
  return counted;
}
