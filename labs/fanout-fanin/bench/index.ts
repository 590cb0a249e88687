import { defineBench, type Setting, type Strategy, type Workload } from "@pattern-labs/bench";
import { checkSum, Hashes, pathsOf, type Tree } from "./trees.ts";
import {
  allAtOnce,
  blocking,
  countedOpener,
  hasXargs,
  oneByOne,
  type Way,
  withAnswer,
  withPiscina,
  withPiscinaBatches,
  withPMap,
  withThreads,
  withXargs,
} from "./ways.ts";

/** `FULL=1 npx lab bench` takes the trees of the lab's story: minutes of work, and 1.8 GB of disk. */
const full = Boolean(process.env["FULL"]);

const KB = 1_024;
const MB = 1_024 * KB;
const small: Tree = { files: full ? 50_000 : 5_000, bytes: 4 * KB };
const large: Tree = { files: full ? 200 : 20, bytes: 8 * MB };
const medium: Tree = { files: 5_000, bytes: 16 * KB };

const THREADS = 2;
const OPEN = 16;
/** Of small files and of large ones: a batch is to take a millisecond or so, and each thread is to have some. */
const MANY = 64;
const FEW = 2;

const THREADS_START =
  "Its threads are started and ended within each run, as those of its peers are, and both cores have to share what that costs. The more files a run has, the nearer it comes to half of one thread.";

const PISCINA_LIMIT =
  "Beyond the hashing piscina spends on each file a message and its promises, about twice what it costs to hash 16 KiB. So who did nothing but hash, on both cores, would be some three times as fast, hardly more.";

const inNumbers = (value: number) => value.toLocaleString("en");

const ways = (batch: number): Way[] => [
  blocking,
  oneByOne,
  allAtOnce,
  withAnswer(OPEN),
  withPMap(OPEN),
  withThreads(THREADS, batch),
  withPiscina(THREADS),
  withPiscinaBatches(THREADS, batch),
  ...(hasXargs ? [withXargs(THREADS)] : []),
];

export default defineBench({
  title: "Fan-out: SHA-256 of files that lie in the system's cache",
  workloads: [
    {
      title: `${inNumbers(small.files)} files of 4 KiB: files`,
      operations: small.files,
      floor: oneByOne.name,
      ...hashing(small, ways(MANY)),
    },
    {
      title: `${inNumbers(large.files)} files of 8 MiB: MiB`,
      operations: (large.files * large.bytes) / MB,
      floor: oneByOne.name,
      ...hashing(large, ways(FEW)),
    },
    {
      title: `${inNumbers(small.files)} files of 4 KiB, so many open at once: files`,
      operations: small.files,
      floor: oneByOne.name,
      ...hashing(small, [oneByOne, ...[1, 4, 8, 16, 64, 256].map(withAnswer)]),
    },
    onThreads(),
  ],
});

/** The row of PERFORMANCE for threads, with files for blocks. */
function onThreads(): Workload {
  const passes = 16; // Starting the threads is in each run: so they have something to do for it.
  const threads = withThreads(THREADS, MANY);
  const peer = withPiscina(THREADS);
  const peerAtItsBest = withPiscinaBatches(THREADS, MANY);
  return {
    title: `5,000 files of 16 KiB, ${passes} times over, 2 threads: files`,
    operations: passes * medium.files,
    floor: blocking.name,
    ...hashing(medium, [blocking, threads, peer, peerAtItsBest], passes),
    targets: [
      { strategy: threads.name, against: blocking.name, atMost: 0.65, note: THREADS_START },
      { strategy: threads.name, against: peer.name, atMost: 1 / 3.5, note: PISCINA_LIMIT },
      { strategy: threads.name, against: peerAtItsBest.name, atMost: 1, note: THREADS_START },
    ],
  };
}

function hashing(tree: Tree, each: readonly Way[], passes = 1): Pick<Workload, "strategies" | "check"> {
  return {
    strategies: each.map((way) => strategy(way, tree, passes)),
    check: (sum) => checkSum(tree, passes, sum),
  };
}

function strategy({ load, ...way }: Way, tree: Tree, passes: number): Strategy {
  return {
    ...way,
    async prepare({ inFlight }: Setting) {
      const once = await pathsOf(tree);
      const paths = Array.from({ length: passes }, () => once).flat();
      const hashAll = await load(countedOpener(inFlight));
      return async () => {
        const hashes = new Hashes();
        await hashAll(paths, (sha256) => hashes.add(sha256));
        return hashes.sum;
      };
    },
  };
}
