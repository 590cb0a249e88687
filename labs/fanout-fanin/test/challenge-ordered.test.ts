import { challenge, guarantee, type Sim } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, endOf, errorOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { Hashed, HashOptions } from "../contract.ts";
import { Disk } from "./disk.ts";
import { Feed, nameOf } from "./feed.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";

challenge("ordered", lab, () => {
  it("ordered.1 results come in the order of their paths, whatever is done first; an error keeps its place", () =>
    explore(async (sim) => {
      const broken = new Error("EIO");
      const fail = () => {
        throw broken;
      };
      const disk = new Disk(sim, {
        read: (path) => sim.as(path, () => sim.io("chunk", path === "b" ? fail : undefined)),
      });
      const results: Hashed[] = [];
      const options = { concurrency: 3, open: disk.openFile, ordered: true, window: 3 };
      const reading = async () => {
        for await (const result of lab.hashFiles(["a", "b", "c", "d"], options)) results.push(result);
      };
      await sim.waitFor("the end of the results", reading());
      guarantee(results.map(({ path }) => path).join() === "a,b,c,d", {
        happened: `the results came as ${results.map(({ path }) => path).join(", ")}`,
        expected: "a, b, c, d",
        why: "A checksum file in a new order every night cannot be compared with yesterday's.",
      });
      const second = results[1];
      guarantee(second !== undefined && "error" in second && second.error === broken, {
        happened: `b could not be read, and the second result was ${show(second)}`,
        expected: "its error, in its place",
        why: "A gap would shift every line after it.",
      });
    }));

  it("ordered.2 a stuck first file makes it wait when the window is full, and not before", () =>
    simulate(async (sim) => {
      const gate = Promise.withResolvers<void>();
      const feed = new Feed(sim, "paths", { length: 12, value: nameOf, arrives: () => Promise.resolve() });
      const disk = new Disk(sim, { read: (path) => (path === "a" ? gate.promise : Promise.resolve()) });
      const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, ordered: true, window: 5 });
      const next = results.next();
      await sim.idle();
      guarantee(disk.opened.length <= 5 && feed.given <= 6 && disk.peak <= 2, {
        happened: `the first file does not move; ${disk.opened.length} files were opened, ${disk.peak} at once, and ${feed.given} of 12 paths read`,
        expected:
          "5 are opened, for the window is 5: the first, and 4 whose results wait for it; 2 at once, and one path more read at most",
        why: "With one bad sector at the beginning, the results of 50,000 files would pile up behind it.",
      });
      guarantee(disk.opened.length === 5, {
        happened: `the first file does not move, and only ${disk.opened.length} files were opened`,
        expected: "5: until the window is full the others go on",
        why: "That is what the buffer is for.",
      });
      gate.resolve();
      const seen = [(await sim.waitFor("the first result", next)).value?.path];
      for await (const { path } of results) seen.push(path);
      guarantee(seen.join() === "a,b,c,d,e,f,g,h,i,j,k,l", {
        happened: `when it moved, the results came as ${seen.join(", ")}`,
        expected: "all 12, in order",
        why: "A slow file is late, not lost.",
      });
    }));

  it("ordered.3 an abort and leaving the loop close everything, as ever", async () => {
    await explore(async (sim) => {
      const reason = { why: "Ctrl-C" };
      const controller = new AbortController();
      const { signal } = controller;
      const disk = new Disk(sim, { close: () => sim.io("closes") });
      sim.anytime("abort", () => controller.abort(reason));
      const { outcome, count } = await readInOrder(sim, disk, { signal, window: 3 });
      guarantee(failedWith(outcome, reason) || ("value" in outcome && count === 4), {
        happened: `there were ${count} results of 4, and the loop ${describeOutcome(outcome)}`,
        expected: "all results, or the signal's own reason",
        why: "A run that was cut short must not look like one that is complete.",
      });
      checkClosed(disk);
    });
    await explore(async (sim) => {
      const disk = new Disk(sim, { close: () => sim.io("closes") });
      await readInOrder(sim, disk, { breakAfter: 2 });
      checkClosed(disk);
    });
    await simulate(leftWithResultsWaiting);
  });

  it("ordered.4 a window that is smaller than the concurrency is refused at once, by name; without `ordered` it has no effect", async () => {
    const open = () => {
      throw new Error("no file is opened here");
    };
    const call = (window: number) => lab.hashFiles([], { concurrency: 4, open, ordered: true, window });
    const why = "A window that cannot hold what is open would keep workers idle, and nobody would know why.";
    expectRefused("window", [3, 0, 4.5, Number.NaN], call, why);
    await simulate(windowWithoutOrder);
  });
});

/** Whatever it is, it has no effect. */
async function windowWithoutOrder(sim: Sim): Promise<void> {
  for (const window of [1, Number.NaN]) {
    const gate = Promise.withResolvers<void>();
    const disk = new Disk(sim, { read: () => gate.promise });
    const feed = new Feed(sim, "paths", { length: 9, value: nameOf, arrives: () => Promise.resolve() });
    const options = { concurrency: 4, open: disk.openFile, window };
    const error = errorOf(() => lab.hashFiles([], options));
    guarantee(error === undefined, {
      happened: `with window: ${window} and without \`ordered\` the call threw ${String(error)}`,
      expected: "it does what it does without a window",
      why: "Whoever switches `ordered` off for a night would have to find every option that goes with it.",
    });
    const counting = countOf(lab.hashFiles(feed, options));
    await sim.idle();
    const open = disk.open;
    gate.resolve();
    const count = await sim.waitFor("the end of the results", counting);
    guarantee(count === 9 && open === 4, {
      happened: `with window: ${window} and without \`ordered\` there were ${count} results of 9, and ${open} files open at once`,
      expected: "all results, and 4 files open at once: what `concurrency` says",
      why: "Without an order nothing has to wait for its turn.",
    });
  }
}

async function countOf(results: AsyncIterable<Hashed>): Promise<number> {
  let count = 0;
  for await (const _ of results) count += 1;
  return count;
}

interface InOrder extends Pick<HashOptions, "signal" | "window"> {
  readonly breakAfter?: number;
}

async function readInOrder(sim: Sim, disk: Disk, { breakAfter, ...options }: InOrder) {
  let count = 0;
  const reading = async () => {
    const all = { concurrency: 2, open: disk.openFile, ordered: true, ...options };
    for await (const _ of lab.hashFiles(["a", "b", "c", "d"], all)) {
      count += 1;
      if (count === breakAfter) break;
    }
  };
  const outcome = await sim.waitFor("the end of the results", endOf(reading()));
  return { outcome, count };
}

function checkClosed(disk: Disk): void {
  guarantee(disk.open === 0, {
    happened: `the loop had ended, and ${disk.left.join(", ")} ${disk.open === 1 ? "was" : "were"} still open`,
    expected: "every file that was opened is closed by then",
    why: "The caller goes on: it unmounts the disk, or removes the folder.",
  });
}

/** The first file is stuck, results wait behind it, workers wait for the window; and then the consumer leaves. */
async function leftWithResultsWaiting(sim: Sim): Promise<void> {
  const disk = new Disk(sim, { read: (path) => (path === "a" ? new Promise(() => {}) : Promise.resolve()) });
  const feed = new Feed(sim, "paths", { value: nameOf });
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, ordered: true, window: 3 });
  const next = results.next();
  await sim.idle();
  await sim.waitFor("leaving", Promise.resolve(results.return?.()));
  const outcome = await outcomeOf(next);
  guarantee(
    outcome !== undefined && "value" in outcome && outcome.value.done === true && feed.closings === 1,
    {
      happened: `the loop was left while results waited for the first file; the \`next\` that waited ${describeOutcome(outcome)}, and the paths were closed ${feed.closings} times`,
      expected: "it resolves to the end, and the paths are closed once",
      why: "Who waits for a place in the window must be told, too.",
    },
  );
  checkClosed(disk);
}
