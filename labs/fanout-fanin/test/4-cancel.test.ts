import { getEventListeners } from "node:events";
import { guarantee, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { HashOptions } from "../contract.ts";
import { Disk } from "./disk.ts";
import { Feed, MOST_MICROTASKS, nameOf } from "./feed.ts";
import { explore, simulate, simulateOpen } from "./runs.ts";
import { lab } from "./subject.ts";

const reason = { why: "Ctrl-C" };
const names = ["a", "b", "c", "d"];

describe("Step 4: cancel", () => {
  it("4.1 an abort, whenever it comes, closes every file, and the loop throws the very reason", async () => {
    for (const onError of ["settle", "fail-fast"] as const) {
      await explore((sim) => abortAnytime(sim, { onError, names }));
    }
    await explore((sim) => abortAnytime(sim, { names, isSqueezed: true }), { squeeze: 3, maxSchedules: 150 });
    await simulate(abortedByTheConsumer);
    for (let apart = 0; apart <= MOST_MICROTASKS; apart += 1)
      await simulateOpen((sim) => pathBesideTheAbort(sim, apart));
    await explore(abortBesideAnError);
  });

  it("4.2 with an aborted signal nothing is read or opened", () =>
    simulate(async (sim) => {
      const disk = new Disk(sim);
      const feed = new Feed(sim, "paths", { length: 2, value: nameOf });
      const signal = AbortSignal.abort(reason);
      const hashed = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, signal });
      const source = new Feed(sim, "source", { length: 2, value: nameOf });
      const merged = lab.merge([source], { signal });
      for (const [what, stream] of [
        ["hashFiles", hashed],
        ["merge", merged],
      ] as const) {
        const outcome = await sim.waitFor("the first `next`", endOf(Promise.resolve(stream.next())));
        guarantee(failedWith(outcome, reason), {
          happened: `${what} was given an aborted signal, and its first \`next\` ${describeOutcome(outcome)}`,
          expected: "it rejects with the signal's own reason",
          why: "Work that was cancelled must not begin.",
        });
      }
      guarantee(feed.asked + disk.opened.length + source.asked === 0, {
        happened: `with an aborted signal ${feed.asked + source.asked} values were read, and ${disk.opened.length} files opened`,
        expected: "nothing is touched",
        why: "Work that was cancelled must not begin.",
      });
    }));

  it("4.3 an abort closes `paths`, and one that is stuck holds nobody up", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      const disk = new Disk(sim);
      const feed = new Feed(sim, "paths", { value: nameOf });
      const reading = readAll(
        lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, signal: controller.signal }),
        {
          after: 2,
          act: () => controller.abort(reason),
        },
      );
      await sim.waitFor("the reason of the abort", endOf(reading));
      guarantee(feed.closings === 1, {
        happened: `the run was aborted, and its paths were closed ${feed.closings} times`,
        expected: "once, by `return`",
        why: "They come from a folder that is being walked, or from a cursor: those stay open otherwise.",
      });
    });
    await simulate(pathsAfterAFilesError);
    await simulate(stuckPaths);
    await simulate(pathsOfAnOrdinaryGenerator);
  });

  it("4.4 a file that ignores its signal is closed at its next chunk", () =>
    simulate(async (sim) => {
      const controller = new AbortController();
      const chunks: PromiseWithResolvers<void>[] = [];
      const read = () => {
        const chunk = Promise.withResolvers<void>();
        chunks.push(chunk);
        return chunk.promise;
      };
      const disk = new Disk(sim, { chunks: Infinity, heedsSignal: false, read });
      const results = lab.hashFiles(["endless"], {
        concurrency: 1,
        open: disk.openFile,
        signal: controller.signal,
      });
      const next = endOf(results.next());
      await sim.idle();
      chunks[0]?.resolve();
      await sim.idle();
      controller.abort(reason);
      for (const chunk of chunks) chunk.resolve();
      await sim.idle();
      const outcome = await outcomeOf(next);
      guarantee(
        disk.open === 0 && outcome !== undefined && "value" in outcome && failedWith(outcome.value, reason),
        {
          happened: `the run was aborted, and the file, which takes no notice, gave its next chunk; ${disk.open} files are open, and \`next\` ${describeOutcome(outcome)}`,
          expected: "the file is closed then, and the loop throws the reason",
          why: "/dev/zero has no end, and not every reader looks at its signal.",
        },
      );
    }));

  it("4.5 leaving the loop stops and closes everything, and waits for the files; so does `return` while a `next` waits", async () => {
    await explore(async (sim) => {
      const disk = new Disk(sim, { close: () => sim.io("closes") });
      const feed = new Feed(sim, "paths", { value: nameOf });
      const reading = async () => {
        let count = 0;
        for await (const _ of lab.hashFiles(feed, { concurrency: 2, open: disk.openFile })) {
          count += 1;
          if (count === 2) break;
        }
      };
      await sim.waitFor("leaving the loop", reading());
      checkLeft(disk, feed, "the loop was left with `break`");
    });
    await explore(returnWhileNextWaits);
    for (const because of ["an abort", "an error", "another `return`"] as const) {
      await simulate((sim) => leftWhileClosing(sim, because));
    }
  });

  it("4.6 an abort ends merging at once, even if every source is stuck, and closes them all", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      const sources = ["a", "b"].map(
        (name) => new Feed(sim, name, { length: 2, value: (n) => `${name}${n}` }),
      );
      sim.anytime("abort", () => controller.abort(reason));
      const outcome = await sim.waitFor(
        "the end of the merged values",
        endOf(readAll(lab.merge(sources, { signal: controller.signal }))),
      );
      guarantee(
        controller.signal.aborted ? failedWith(outcome, reason) || "value" in outcome : "value" in outcome,
        {
          happened: `${controller.signal.aborted ? "the signal was aborted" : "nothing was aborted"}, and the loop ${describeOutcome(outcome)}`,
          expected: "the values, or the signal's own reason, the identical object",
          why: "By the reason the caller tells a shutdown from a fault.",
        },
      );
      if ("error" in outcome) checkMergedClosed(sources);
    });
    await simulate(stuckSources);
  });

  it("4.7 a deadline is an abort like any other: a slow file is a TimeoutError, not a hang", () =>
    simulate(async (sim) => {
      const signal = AbortSignal.timeout(2_000);
      const disk = new Disk(sim, { read: () => new Promise(() => {}) });
      const outcome = await sim.waitFor(
        "the deadline",
        endOf(readAll(lab.hashFiles(["slow"], { concurrency: 1, open: disk.openFile, signal }))),
        () => ({
          happened: "a file does not answer, and two seconds after the deadline the loop still waits",
          expected: "it throws the TimeoutError of the signal",
          why: "A slow dependency is a fault that must be told, not waited for.",
        }),
      );
      guarantee(failedWith(outcome, signal.reason) && sim.now() === 2_000 && disk.open === 0, {
        happened: `the deadline was at 2,000 ms; at ${sim.now()} ms the loop ${describeOutcome(outcome)}, with ${disk.open} files open`,
        expected: "the signal's own TimeoutError at 2,000 ms, and no file open",
        why: "Whoever waits has promised an answer by then, too.",
      });
    }));

  it("4.8 however it ends, nothing is left behind: nobody parked, and no listener on the caller's signal", async () => {
    await simulate(everyEnding);
    await simulate(listenersOfGroups);
  });
});

interface Reaction {
  readonly after: number;
  readonly act: () => void;
}

async function readAll(stream: AsyncIterable<unknown>, reaction?: Reaction): Promise<void> {
  let count = 0;
  for await (const _ of stream) {
    count += 1;
    if (count === reaction?.after) reaction.act();
  }
}

interface Case extends Pick<HashOptions, "onError"> {
  readonly names: readonly string[];
  /** The abort may come while a result is being handed over: then only what is conserved can be judged. */
  readonly isSqueezed?: boolean;
}

async function abortAnytime(sim: Sim, { onError, names: paths, isSqueezed = false }: Case): Promise<void> {
  const controller = new AbortController();
  const disk = new Disk(sim, { close: () => sim.io("closes") });
  let abortedAt = Number.POSITIVE_INFINITY;
  sim.anytime("abort", () => {
    abortedAt = disk.opened.length;
    sim.recorder.abort(controller, reason);
  });
  const results: unknown[] = [];
  let resultsAfterAbort = 0;
  const reading = async () => {
    const { signal } = controller;
    for await (const result of lab.hashFiles(paths, {
      concurrency: 2,
      open: disk.openFile,
      onError,
      signal,
    })) {
      if (signal.aborted) resultsAfterAbort += 1;
      results.push(result);
    }
  };
  const outcome = await sim.waitFor("the end of the results", endOf(reading()));
  const isComplete = "value" in outcome && results.length === paths.length;
  guarantee(isComplete || failedWith(outcome, reason), {
    happened: `${controller.signal.aborted ? "the run was aborted" : "nothing was aborted"}; there were ${results.length} results of ${paths.length}, and the loop ${describeOutcome(outcome)}`,
    expected: "all results, or the signal's own reason, the identical object",
    why: "A run that was cut short must not look like one that is complete.",
  });
  guarantee(disk.open === 0, {
    happened: `the loop had ended, and ${disk.left.join(", ")} ${disk.open === 1 ? "was" : "were"} still open`,
    expected: "every file that was opened is closed by then",
    why: "The caller goes on: it unmounts the disk, or removes the folder.",
  });
  guarantee(isSqueezed || (resultsAfterAbort === 0 && disk.opened.length <= abortedAt), {
    happened: `after the abort ${resultsAfterAbort} results came, and ${disk.opened.length - abortedAt} files were opened`,
    expected: "nothing of either",
    why: "An abort stops at once. Results that come later are handled by nobody, or by somebody who has cleaned up.",
  });
  const cutShort = results.filter(
    (result) => typeof result === "object" && result !== null && "error" in result,
  );
  guarantee(cutShort.length === 0, {
    happened: `${cutShort.length} results were errors, and no file had failed: ${show(cutShort[0])}`,
    expected: "files that the abort cut short are no results",
    why: "The report would say that good files cannot be read.",
  });
}

/** A path comes, and a few microtasks later the abort. */
async function pathBesideTheAbort(sim: Sim, apart: number): Promise<void> {
  const controller = new AbortController();
  const arrival = Promise.withResolvers<void>();
  const feed = new Feed(sim, "paths", { value: nameOf, arrives: () => arrival.promise });
  const disk = new Disk(sim, { read: () => new Promise(() => {}) });
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, signal: controller.signal });
  const next = endOf(results.next());
  await sim.idle();
  arrival.resolve();
  for (let turn = 0; turn < apart; turn += 1) await null;
  const openedBefore = disk.opened.length;
  controller.abort(reason);
  const outcome = await sim.waitFor("the reason of the abort", next);
  guarantee(failedWith(outcome, reason) && disk.opened.length === openedBefore && disk.open === 0, {
    happened: `a path came, ${apart} microtasks later the abort; the loop ${describeOutcome(outcome)}, ${disk.opened.length - openedBefore} files were opened after the abort, and ${disk.open} stayed open`,
    expected: "the reason, and nothing is opened any more, not even the path that has just come",
    why: "A worker that wakes with its path must look whether it is still wanted.",
  });
}

/** Whichever comes first decides, also while the files are still being closed. */
async function abortBesideAnError(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const broken = new Error("EIO");
  let hasFailed = false;
  let isAbortFirst = false;
  const fail = () => {
    hasFailed = true;
    throw broken;
  };
  const disk = new Disk(sim, {
    read: (path) => sim.as(path, () => sim.io("chunk", path === "b" ? fail : undefined)),
    close: () => sim.io("closes"),
  });
  sim.anytime("abort", () => {
    isAbortFirst = !hasFailed;
    controller.abort(reason);
  });
  const { signal } = controller;
  const results = lab.hashFiles(names, {
    concurrency: 2,
    open: disk.openFile,
    onError: "fail-fast",
    signal,
  });
  const outcome = await sim.waitFor("the end of the results", endOf(readAll(results)));
  guarantee(failedWith(outcome, isAbortFirst ? reason : broken) && disk.open === 0, {
    happened: `${isAbortFirst ? "an abort came before a file failed" : "a file failed"}; the loop ${describeOutcome(outcome)}, with ${disk.open} files open`,
    expected: `${isAbortFirst ? "the reason of the abort" : "the error of the file"}: what is first decides, and is told when all files are closed`,
    why: "What comes later is an echo, or too late. The cause is what whoever reads the log looks for.",
  });
}

/** Other results are ready when the consumer aborts: they must not come any more. */
async function abortedByTheConsumer(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const disk = new Disk(sim, { read: () => Promise.resolve() });
  const { signal } = controller;
  const results = lab.hashFiles(names, { concurrency: 3, open: disk.openFile, signal });
  await sim.waitFor("a result", results.next());
  await sim.idle();
  controller.abort(reason);
  const outcome = await sim.waitFor("`next` after the abort", endOf(results.next()));
  guarantee(failedWith(outcome, reason), {
    happened: `the consumer aborted while further results lay ready, and the next \`next\` ${describeOutcome(outcome)}`,
    expected: "it rejects with the reason",
    why: "Who has aborted does not want what was ready, either.",
  });
  guarantee(disk.open === 0, {
    happened: `it rejected with ${disk.open} files open`,
    expected: "none is",
    why: "An abort while nobody waits is an abort all the same.",
  });
}

/** Not every source is an async one. */
async function pathsOfAnOrdinaryGenerator(sim: Sim): Promise<void> {
  const controller = new AbortController();
  let isClosed = false;
  const paths = (function* () {
    try {
      for (let n = 0; ; n += 1) yield nameOf(n);
    } finally {
      isClosed = true;
    }
  })();
  const disk = new Disk(sim);
  const results = lab.hashFiles(paths, { concurrency: 2, open: disk.openFile, signal: controller.signal });
  await sim.waitFor("a result", results.next());
  controller.abort(reason);
  await sim.waitFor("`next` after the abort", endOf(results.next()));
  guarantee(isClosed, {
    happened: "the run was aborted, and the `finally` of the generator that gives the paths did not run",
    expected: "the paths are closed by `return`, whether they are async or not",
    why: "A cursor or an open folder may stand behind an ordinary generator just as well.",
  });
}

async function pathsAfterAFilesError(sim: Sim): Promise<void> {
  const feed = new Feed(sim, "paths", { value: nameOf });
  const disk = new Disk(sim, { read: () => Promise.reject(new Error("EIO")) });
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, onError: "fail-fast" });
  await sim.waitFor("the error", endOf(readAll(results)));
  guarantee(feed.closings === 1, {
    happened: `with "fail-fast" a file failed, and the paths were closed ${feed.closings} times`,
    expected: "once: nobody reads on",
    why: "The folder that is being walked stays open otherwise.",
  });
}

async function stuckPaths(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const gate = Promise.withResolvers<void>();
  const feed = new Feed(sim, "paths", { value: nameOf, arrives: () => gate.promise, stuck: true });
  const disk = new Disk(sim);
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, signal: controller.signal });
  const next = results.next();
  next.catch(() => {});
  await sim.idle();
  controller.abort(reason);
  await sim.idle();
  const outcome = await outcomeOf(next);
  gate.resolve();
  await sim.idle();
  guarantee(failedWith(outcome, reason), {
    happened: `the next path does not come, the run is aborted, and \`next\` ${describeOutcome(outcome)}`,
    expected: "it rejects with the reason, without waiting for the path",
    why: "Paths may come from somebody who types them. Ctrl-C must not wait for the next line.",
  });
  guarantee(disk.opened.length === 0, {
    happened: "the path that came after the abort was opened",
    expected: "it is dropped",
    why: "Nobody is left to close it.",
  });
}

function checkLeft(disk: Disk, feed: Feed<unknown>, when: string): void {
  guarantee(disk.open === 0, {
    happened: `${when}, and ${disk.left.join(", ")} ${disk.open === 1 ? "was" : "were"} still open`,
    expected: "the signals of the open files are aborted, and the loop goes on when they are closed",
    why: "Handles leak one by one, until nothing can be opened any more.",
  });
  guarantee(feed.closings === 1, {
    happened: `${when}, and the paths were closed ${feed.closings} times`,
    expected: "once",
    why: "The folder that is being walked stays open otherwise.",
  });
}

async function returnWhileNextWaits(sim: Sim): Promise<void> {
  const disk = new Disk(sim, { read: () => new Promise(() => {}) });
  const feed = new Feed(sim, "paths", { value: nameOf });
  const results = lab.hashFiles(feed, { concurrency: 2, open: disk.openFile });
  const next = results.next();
  let returned: Promise<unknown> = Promise.resolve();
  const left = Promise.withResolvers<void>();
  sim.anytime("return", () => {
    returned = Promise.resolve(results.return?.()).then(() => left.resolve());
  });
  await sim.waitFor("`return`, called while `next` waits for files that do not answer", left.promise, () => ({
    happened: "`return` was called while `next` waited for a file, and it did not come back",
    expected: "the files are told to stop, and `return` resolves when they are closed",
    why: "That is how `merge` leaves you. A slow disk would hold up everybody who wants to leave.",
  }));
  await returned;
  const outcome = await outcomeOf(next);
  guarantee(outcome !== undefined && "value" in outcome && outcome.value.done === true, {
    happened: `the \`next\` that waited ${describeOutcome(outcome)}`,
    expected: "it resolves to the end",
    why: "Whoever waits for a result that will never come must be told.",
  });
  guarantee(disk.open === 0, {
    happened: `\`return\` resolved with ${disk.open} files open`,
    expected: "none is",
    why: "Leaving waits until everything is put away.",
  });
}

/** The files are being closed already when the consumer leaves. */
async function leftWhileClosing(
  sim: Sim,
  because: "an abort" | "an error" | "another `return`",
): Promise<void> {
  const controller = new AbortController();
  const [closes, fails] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const disk = new Disk(sim, {
    read: (path) => (path === "b" ? fails.promise : new Promise(() => {})),
    close: () => closes.promise,
  });
  const results = lab.hashFiles(names, {
    concurrency: 2,
    open: disk.openFile,
    onError: "fail-fast",
    signal: controller.signal,
  });
  const next = endOf(results.next());
  await sim.idle();
  if (because === "an abort") controller.abort(reason);
  else if (because === "an error") fails.reject(new Error("EIO"));
  else void results.return?.();
  await sim.idle();
  const leaving = Promise.resolve(results.return?.());
  const early = await outcomeOf(leaving);
  const openThen = disk.open;
  closes.resolve();
  fails.resolve();
  await sim.waitFor("`return`", leaving);
  await sim.waitFor("the `next` that waited", next);
  guarantee((early === undefined || openThen === 0) && disk.open === 0, {
    happened: `the files were being closed because of ${because}; \`return\` ${early === undefined ? "waited for them" : `came back with ${openThen} of them open`}`,
    expected: "it waits until all are closed, whatever began it",
    why: "Whoever leaves wants to know that it is over, not who was the first to end it.",
  });
}

async function stuckSources(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const gate = Promise.withResolvers<void>();
  const sources = ["a", "b"].map(
    (name) => new Feed(sim, name, { value: () => name, arrives: () => gate.promise, stuck: true }),
  );
  const merged = lab.merge(sources, { signal: controller.signal });
  const next = merged.next();
  next.catch(() => {});
  await sim.idle();
  controller.abort(reason);
  await sim.idle();
  const outcome = await outcomeOf(next);
  const closings = sources.map((source) => source.closings);
  gate.reject(new Error("a late failure"));
  await sim.idle();
  guarantee(failedWith(outcome, reason) && closings.every((count) => count === 1), {
    happened: `all sources are stuck, merging is aborted, and \`next\` ${describeOutcome(outcome)}; the sources were closed ${closings.join(" and ")} times`,
    expected:
      "it rejects with the reason at once, and each source has been closed once, without waiting for it",
    why: "A source may be stuck for ever. The abort is for just that case.",
  });
}

function checkMergedClosed(sources: readonly Feed<unknown>[]): void {
  for (const { name, asked, ended, closings } of sources) {
    guarantee(asked === 0 || ended || closings === 1, {
      happened: `merging was aborted, and the source ${name} was closed ${closings} times`,
      expected: "every source that was begun and has not ended is closed, once",
      why: "Nobody else will do it.",
    });
  }
}

/** Streams that end, fail, are aborted, and are left, one after the other under one signal. */
async function everyEnding(sim: Sim): Promise<void> {
  const { signal } = new AbortController();
  const disk = new Disk(sim);
  const options = { concurrency: 2, open: disk.openFile, signal } as const;
  const feed = () => new Feed(sim, "source", { length: 3, value: nameOf });
  await sim.waitFor("the results", readAll(lab.hashFiles(names, options)));
  await sim.waitFor("the merged values", readAll(lab.merge([feed(), feed()], { signal })));
  for await (const _ of lab.hashFiles(names, options)) break;
  for await (const _ of lab.merge([feed(), feed()], { signal })) break;
  const fail = () => {
    throw new Error("broken");
  };
  const broken = new Feed(sim, "broken", { value: nameOf, arrives: () => sim.io("fails", fail) });
  await sim.waitFor("the error", endOf(readAll(lab.hashFiles(broken, options))));
  await sim.waitFor("the error", endOf(readAll(lab.merge([feed(), broken], { signal }))));
  const controller = new AbortController();
  const abort = { after: 1, act: () => controller.abort(reason) };
  const aborted = { ...options, signal: controller.signal };
  await sim.waitFor("the reason", endOf(readAll(lab.hashFiles(names, aborted), abort)));
  checkNoListener(signal);
}

async function listenersOfGroups(sim: Sim): Promise<void> {
  const { signal } = new AbortController();
  const group = lab.createGroup({ signal, limit: 1 });
  await Promise.all([group.go(async () => {}), group.go(async () => {})]);
  await sim.waitFor("the group", group.wait());
  const failing = group.go(() => Promise.reject(new Error("broken")));
  await endOf(failing.then(() => group.wait()));
  checkNoListener(signal);
}

function checkNoListener(signal: AbortSignal): void {
  const left = getEventListeners(signal, "abort").length;
  guarantee(left === 0, {
    happened: `all runs have ended, and ${left} abort listeners are on the caller's signal`,
    expected: "none",
    why: "Such a signal lives as long as the service. Listeners that stay are a leak that grows with each run.",
  });
}
