import { guarantee, type Sim } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Hashed } from "../contract.ts";
import { Disk, sha256Of } from "./disk.ts";
import { Feed, nameOf } from "./feed.ts";
import { NO_COUNTS } from "./no-counts.ts";
import { exploreOpen as explore, simulateOpen as simulate } from "./runs.ts";
import { lab } from "./subject.ts";

describe("Step 1: fan out", () => {
  it("1.1 never more than `concurrency` files are open at once", () =>
    explore(async (sim) => {
      sim.recorder.limit("files", 2);
      const disk = new Disk(sim);
      const results = await collect(sim, ["a", "b", "c", "d", "e"], { concurrency: 2, disk });
      guarantee(results.length === 5 && disk.opened.length === 5, {
        happened: `5 paths were given; ${disk.opened.length} files were opened, and ${results.length} results came`,
        expected: "each is opened once, and has one result",
        why: "A limit that is kept by not doing the work is none.",
      });
      guarantee(disk.peak <= 2, {
        happened: `${disk.peak} files were open at once`,
        expected: "at most 2, for the concurrency is 2",
        why: "A process may open only so many files; the 50,000th fails with EMFILE, and so does everything else in it.",
      });
    }));

  it("1.2 `concurrency` files are open while there is work for them, and a stuck one holds up nobody else", async () => {
    await simulate(async (sim) => {
      const allOpen = Promise.withResolvers<void>();
      const disk: Disk = new Disk(sim, {
        read: () => {
          if (disk.open === 4) allOpen.resolve();
          return sim.waitFor("all 4 files to be open", allOpen.promise, () => ({
            happened: `there are 8 paths and the concurrency is 4, and only ${disk.open} files were open at once`,
            expected: "4 are open at the same time",
            why: "Files wait for the disk, not for each other. One after the other, 50,000 of them take all night.",
          }));
        },
      });
      await collect(sim, paths(8), { concurrency: 4, disk });
    });
    await simulate(oneStuck);
  });

  it("1.3 each result is an object of its own, with its path and the SHA-256 of all its chunks", () =>
    simulate(async (sim) => {
      const names = ["a", "b", "two words", "line\nbreak"];
      const disk = new Disk(sim, { chunks: 3 });
      const results = await collect(sim, names, { concurrency: 3, disk });
      for (const path of names) {
        const found = results.filter((result) => result.path === path);
        guarantee(found.length === 1, {
          happened: `of ${names.length} results, ${found.length} are for ${show(path)}`,
          expected: "exactly one",
          why: "Results that share an object all end up as the last one; and a file that nobody tells of is lost.",
        });
        const sha256 = found[0] && "sha256" in found[0] ? found[0].sha256 : undefined;
        guarantee(sha256 === sha256Of(path, 3), {
          happened: `the hash of ${show(path)} was ${sha256}`,
          expected: sha256Of(path, 3),
          why: "A file is hashed as it is read, chunk by chunk. A chunk's memory is filled anew by the next one: whoever collects chunks first hashes the last one several times, and needs memory for the whole file.",
        });
      }
    }));

  it("1.4 results come in the order in which the files are done", () =>
    explore(async (sim) => {
      const done: string[] = [];
      const disk = new Disk(sim, {
        read: (path) => sim.as(path, () => sim.io("chunk", () => done.push(path))),
      });
      const seen: string[] = [];
      for await (const { path } of lab.hashFiles(["a", "b", "c"], { concurrency: 3, open: disk.openFile })) {
        seen.push(path);
      }
      guarantee(seen.join() === done.join(), {
        happened: `the files were done in the order ${done.join(", ")}, and the results came as ${seen.join(", ")}`,
        expected: "whatever is ready first comes first",
        why: "Who waits for the first file before it tells of the others makes everybody as slow as the slowest.",
      });
    }));

  it("1.5 the loop ends when `paths` has ended and all results have been taken", () =>
    explore(async (sim) => {
      const none = lab.hashFiles([], { concurrency: 3, open: new Disk(sim).openFile });
      const first = await sim.waitFor("the end of no paths at all", none.next());
      const disk = new Disk(sim);
      const feed = new Feed(sim, "paths", { length: 3, value: nameOf });
      const results = await collect(sim, feed, { concurrency: 2, disk });
      guarantee(first.done === true && results.length === 3, {
        happened: `without a path the first \`next\` gave ${show(first)}; of 3 paths ${results.length} results came before the end`,
        expected: "the end, and 3 results",
        why: "You are done when the last worker is done, not when the last path was handed out.",
      });
    }));

  it("1.6 paths are read only in step with the results that are taken, and none before the first is asked for", async () => {
    await simulate(async (sim) => {
      const feed = new Feed(sim, "paths", { value: nameOf, arrives: () => Promise.resolve() });
      const disk = new Disk(sim, { read: () => Promise.resolve() });
      const results = lab.hashFiles(feed, { concurrency: 3, open: disk.openFile });
      await sim.idle();
      guarantee(feed.asked === 0 && disk.opened.length === 0, {
        happened: `nobody had asked for a result yet; ${feed.asked} paths were read and ${disk.opened.length} files opened`,
        expected: "nothing happens before the first `next`",
        why: "A stream that is made and never read would leave open files behind, and nobody to close them.",
      });
      for (let taken = 1; taken <= 10; taken += 1) {
        await sim.waitFor(`result ${taken} of an endless source`, results.next());
        await sim.idle();
        guarantee(feed.given <= taken + 3 + 1, {
          happened: `${taken} results had been taken, and ${feed.given} paths were read`,
          expected: `at most ${taken + 4}: results taken + concurrency + 1`,
          why: "A source may be endless, or 50,000 files long: who reads it to the end first runs out of memory.",
        });
      }
    });
    await explore(endlessSource);
  });

  it("1.7 one path is read at a time", () =>
    explore(async (sim) => {
      const feed = new Feed(sim, "paths", { length: 4, value: nameOf });
      const disk = new Disk(sim, { read: () => Promise.resolve() });
      const results = await collect(sim, feed, { concurrency: 3, disk });
      guarantee(!feed.overlapped, {
        happened: "`next` of the paths was called again before the last call had answered",
        expected: "the next path is asked for when the last one is there",
        why: "Few iterators stand that: a cursor or a directory walk gives the same path twice, or breaks.",
      });
      guarantee(new Set(results.map(({ path }) => path)).size === 4, {
        happened: `the results of a, b, c, d were for ${results.map(({ path }) => path).join(", ")}`,
        expected: "each once",
        why: "Two workers that draw the same path do the work twice.",
      });
    }));

  it("1.8 a concurrency out of range is refused at once, by name", () => {
    const open = () => {
      throw new Error("no file is opened here");
    };
    const call = (concurrency: number) => lab.hashFiles([], { concurrency, open });
    expectRefused(
      "concurrency",
      NO_COUNTS,
      call,
      "With no worker nothing ever happens, and nobody says why.",
    );
  });
});

const paths = (count: number) => Array.from({ length: count }, (_, n) => nameOf(n));

async function collect(
  sim: Sim,
  given: Iterable<string> | AsyncIterable<string>,
  { concurrency, disk }: { readonly concurrency: number; readonly disk: Disk },
): Promise<readonly Hashed[]> {
  const results: Hashed[] = [];
  const reading = async () => {
    for await (const result of lab.hashFiles(given, { concurrency, open: disk.openFile }))
      results.push(result);
  };
  await sim.waitFor("the end of the results", reading());
  return results;
}

/** The first file does not move. All others go by on the other place. */
async function oneStuck(sim: Sim): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const disk = new Disk(sim, { read: (path) => (path === "a" ? gate.promise : Promise.resolve()) });
  const results = lab.hashFiles(paths(6), { concurrency: 2, open: disk.openFile });
  for (let taken = 0; taken < 5; taken += 1) {
    const next = await outcomeOf(results.next());
    guarantee(next !== undefined && "value" in next && next.value.done !== true, {
      happened: `a does not move; after ${taken} results of the other 5 files no more came`,
      expected: "the second place is used again as soon as it is free, until all others are done",
      why: "Files taken in groups wait for the slowest of their group. One bad sector stops the whole run.",
    });
  }
  gate.resolve();
  const last = await sim.waitFor("the result of a", results.next());
  const end = await sim.waitFor("the end", results.next());
  guarantee(last.value?.path === "a" && end.done === true, {
    happened: `when a moved at last, ${show(last)} came, and then ${show(end)}`,
    expected: "the result of a, and the end",
    why: "A slow file is late, not lost.",
  });
}

/** The same bound while files and paths come in every order, and the consumer is slow now and then. */
async function endlessSource(sim: Sim): Promise<void> {
  const feed = new Feed(sim, "paths", { value: nameOf });
  const disk = new Disk(sim);
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile });
  for (let taken = 0; taken < 3; taken += 1) {
    if (taken === 2) await sim.io("the consumer is busy");
    await sim.waitFor("a result", results.next());
    guarantee(feed.given <= taken + 1 + 2 + 1, {
      happened: `${taken + 1} results had been taken, and ${feed.given} paths were read`,
      expected: `at most ${taken + 4}: results taken + concurrency + 1`,
      why: "Results that nobody takes pile up, or the paths do.",
    });
  }
}
