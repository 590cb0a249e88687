import { getEventListeners } from "node:events";
import { explore, Gauge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describeOutcome, failedWith, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Work } from "../contract.ts";
import { arriving, Feed, numbers, untold } from "./feed.ts";
import { below, expectRefused } from "./out-of-range.ts";
import { outcomeOf, readAll } from "./outcome.ts";
import { lab } from "./subject.ts";
import { heed, look, lookUp } from "./work.ts";

describe("Step 3: the slow stage", () => {
  it("3.1 all workers work at once, and never more than that", async () => {
    await simulate(async (sim) => {
      const gauge = new Gauge();
      const all = Promise.withResolvers<void>();
      const meet: Work<number, number> = (n) =>
        gauge.during(async () => {
          if (gauge.running === 4) all.resolve();
          await sim.waitFor("all four workers to work at once", all.promise, () => ({
            happened: `there was work for 4 workers, and only ${gauge.peak} worked at once`,
            expected: "all four",
            why: "It is their waiting at the same time that makes up for the slowness of each.",
          }));
          return n;
        });
      const { values } = await readAll(
        lab.parallel(meet, { workers: 4 })(new Feed(numbers(4)), { signal: untold() }),
      );
      guarantee(values.length === 4, {
        happened: `4 items went in, and ${values.length} results came out`,
        expected: "4",
        why: "Each item has a result.",
      });
    });
    await explore(
      async (sim) => {
        const gauge = new Gauge();
        const stage = lab.parallel((n: number) => gauge.during(() => look(sim, n)), { workers: 2 });
        await readAll(stage(arriving(sim, "input", numbers(5)), { signal: untold() }));
        guarantee(gauge.peak <= 2, {
          happened: `${gauge.peak} items were worked on at once`,
          expected: "at most 2, for there are 2 workers",
          why: "Behind the enrichment stands a service that somebody else pays for.",
        });
      },
      { leaks: false },
    );
    expectRefused("workers", below(1), (workers) => lab.parallel(async () => {}, { workers }));
  });

  it("3.2 k workers that take 10 ms for an entry do at least 95 % of k × 100 entries a second", () =>
    simulate(async (sim) => {
      for (const workers of [1, 3, 8]) {
        const entries = workers * 100;
        const stage = lab.parallel(lookUp(10), { workers });
        const input = new Feed(numbers(entries));
        const beganAt = sim.now();
        const { values } = await readAll(stage(input, { signal: untold() }));
        const took = sim.now() - beganAt;
        const rate = values.length / (took / 1_000);
        guarantee(rate >= 0.95 * workers * 100, {
          happened: `${workers} workers did ${Math.round(rate)} entries a second: ${values.length} in ${took} ms`,
          expected: `at least ${95 * workers}: 95 % of ${workers} × 100`,
          why: "The slow stage is what the whole pipeline runs at. A worker that waits for another is one worker less.",
        });
      }
    }));

  it("3.3 every item has its result, once, and no result waits for a slower one", async () => {
    await explore(allResults);
    await simulate(slowItem);
  });

  it("3.4 a slow reader slows it down: at most as many are inside as there are workers, and one", () =>
    simulate(
      async (sim) => {
        const feed = new Feed(numbers(1_000));
        let begun = 0;
        const work = async (n: number) => {
          begun += 1;
          return n;
        };
        const reader = lab.parallel(work, { workers: 3 })(feed, { signal: untold() })[Symbol.asyncIterator]();
        await sim.idle();
        guarantee(feed.asked === 0, {
          happened: "the input was read before anybody asked for a result",
          expected: "nothing is read until then",
          why: "What was built and is not used must not hold a connection.",
        });
        for (let taken = 1; taken <= 10; taken += 1) {
          await sim.waitFor("a result", reader.next());
          await sim.idle();
          guarantee(feed.given - taken <= 4 && begun - taken <= 3, {
            happened: `${taken} results were taken, and then nobody took any; ${feed.given} items had been read, and ${begun} begun`,
            expected: `at most ${taken + 4} read and ${taken + 3} begun: one for each of the 3 workers, and one more read`,
            why: "Results that pile up in front of a slow reader are memory that grows.",
          });
        }
        guarantee(feed.overlaps === 0, {
          happened: `the input was asked for a value ${feed.overlaps} times while it still owed one`,
          expected: "it is asked for one value at a time",
          why: "Most inputs stand no more than that, and several workers that read it themselves ask all at once.",
        });
        await reader.return?.();
      },
      { leaks: false },
    ));

  it("3.5 the first failure of a work ends it, and is thrown, the very error", () =>
    explore(
      async (sim) => {
        const broken = new Error("lookup refused");
        const feed = arriving(sim, "input", numbers(6));
        const work: Work<number, number> = async (n, options) => {
          if (n !== 2) return await heed(sim, `item ${n}`, options, n);
          await look(sim, n);
          throw broken;
        };
        const stage = lab.parallel(work, { workers: 2 });
        const { error } = await sim.waitFor("the failure", readAll(stage(feed, { signal: untold() })));
        guarantee(error === broken, {
          happened: `a work failed with "lookup refused", and the stage ${error === undefined ? "ended as if all were done" : `threw ${show(error)}`}`,
          expected: "it throws the very error",
          why: "A stage that swallows its error looks like one that is done.",
        });
        await sim.idle();
        guarantee(feed.closeCalls > 0 || feed.given === 6, {
          happened: "it failed, and the input was not told to close",
          expected: "it is",
          why: "A stage that dies and leaves its input open keeps the sender waiting for ever.",
        });
      },
      { leaks: false },
    ));

  it("3.6 however it ends early, the works under way are told and waited for, nothing else is, and none begins", async () => {
    await explore(stopping, { leaks: false });
    for (let k = 0; k < 16; k += 1) await simulate((sim) => abortedSoonAfterATake(sim, k), { leaks: false });
    await simulate(silentInput, { leaks: false });
  });
});

async function allResults(sim: Sim): Promise<void> {
  const broken = new Error("connection reset");
  const then = sim.choose<"end" | Error>("then", ["end", broken]);
  const stage = lab.parallel((n: number) => look(sim, n), { workers: 2 });
  const feed = arriving(sim, "input", numbers(4), { after: then });
  const { values, error } = await sim.waitFor("the end", readAll(stage(feed, { signal: untold() })));
  const isWhole = values.toSorted().join() === "1,2,3,4";
  guarantee(isWhole || (then !== "end" && new Set(values).size === values.length), {
    happened: `of the items 1 to 4 the results of ${values.toSorted().join(", ")} came out`,
    expected: "each once",
    why: "An entry that is lost between two workers is missed by nobody, until it matters.",
  });
  guarantee(error === (then === "end" ? undefined : broken), {
    happened: `the input ${then === "end" ? "ended" : 'threw "connection reset"'}, and in the end came ${error === undefined ? "the end" : show(error)}`,
    expected: "the same",
    why: "What was cut off must not look complete.",
  });
}

async function slowItem(): Promise<void> {
  const stage = lab.parallel((n: number) => lookUp(n === 1 ? 100 : 10)(n), { workers: 2 });
  const { values } = await readAll(stage(new Feed(numbers(4)), { signal: untold() }));
  guarantee(values.join() === "2,3,4,1", {
    happened: `item 1 takes 100 ms, the others 10 ms each, with 2 workers; out came ${values.join(", ")}`,
    expected: "2, 3, 4, 1: each result as soon as it is there",
    why: "One slow answer must not hold up those that are there.",
  });
}

async function stopping(sim: Sim): Promise<void> {
  const way = sim.choose("ends by", ["abort", "leaving", "failure"]);
  const reason = new Error(way === "failure" ? "lookup refused" : "shutdown");
  const controller = new AbortController();
  const feed = arriving(sim, "input", numbers(4));
  const gauge = new Gauge();
  const underWay = new Map<number, AbortSignal>();
  let toBeTold: readonly AbortSignal[] = [];
  let stopped = false;
  let begunTooLate = 0;
  const stop = () => {
    stopped = way !== "leaving"; // There it may take a few microtasks to hear of it.
    toBeTold = [...underWay.values()];
  };
  const work: Work<number, number> = (n, options) =>
    gauge.during(async () => {
      if (stopped) begunTooLate += 1;
      if (way === "failure" && n === 2) {
        await look(sim, n);
        stop();
        throw reason;
      }
      underWay.set(n, options.signal);
      try {
        return await heed(sim, `item ${n}`, options, n);
      } finally {
        if (options.signal.aborted) await sim.as(`item ${n}`, () => sim.io("puts its things away"));
        underWay.delete(n);
      }
    });
  const stage = lab.parallel(work, { workers: 2 });
  const read = async () => {
    for await (const _ of stage(feed, { signal: controller.signal })) {
      if (way !== "leaving") continue;
      stop();
      return;
    }
  };
  if (way === "abort") {
    sim.anytime("abort", () => {
      stop();
      controller.abort(reason);
    });
  }
  const ended = sim.spawn("reader", () =>
    read().then(
      () => "ended",
      (error: unknown) => error,
    ),
  );
  const outcome = await sim.waitFor("the end", ended);
  const { running } = gauge;
  const isWhole = way === "leaving" || gauge.runs === 4; // An abort may have come when everything was done.
  guarantee((outcome === reason && way !== "leaving") || (outcome === "ended" && isWhole), {
    happened: `${way}: the loop ${outcome === "ended" ? "ended as if all were done" : `threw ${show(outcome)}`}`,
    expected: "an abort throws the signal's own reason, a failure the very error",
    why: "A stream that was cut off must not look like one that is complete.",
  });
  const notTold = toBeTold.filter(({ aborted }) => !aborted).length;
  guarantee(notTold === 0, {
    happened: `${way}: ${notTold} works under way were not told`,
    expected: "the signals that were handed to them abort",
    why: "They go on asking for what nobody wants any more, and whoever left waits for them.",
  });
  guarantee(running === 0 && begunTooLate === 0, {
    happened: `${way}: ${running} works went on after the end, and ${begunTooLate} were begun after it had been stopped`,
    expected: "none: it waits for those under way, and begins no other",
    why: "What goes on after the end uses what the end has closed; and what is begun then nobody will see.",
  });
  await sim.idle();
  guarantee(feed.opened === 0 || feed.given === 4 || feed.closeCalls > 0, {
    happened: `${way}: the input was not told to close`,
    expected: "it is",
    why: "A socket that nobody closes stays open.",
  });
  const left = getEventListeners(controller.signal, "abort").length;
  guarantee(left === 0, {
    happened: `${way}: ${left} abort listeners are still on the signal`,
    expected: "none",
    why: "The signal is that of the service, and lives as long. A listener for each connection is a leak.",
  });
}

/** A result has just been taken, and its worker is about to take the next item: now the abort comes. */
async function abortedSoonAfterATake(sim: Sim, microtasks: number): Promise<void> {
  const controller = new AbortController();
  let begunTooLate = 0;
  const stage = lab.parallel(
    async (n: number) => {
      if (controller.signal.aborted) begunTooLate += 1;
      return n;
    },
    { workers: 2 },
  );
  const reader = stage(new Feed(numbers(1_000)), { signal: controller.signal })[Symbol.asyncIterator]();
  await sim.waitFor("a result", reader.next());
  await sim.idle();
  const taking = reader.next();
  taking.then(() => reader.next()).catch(() => {});
  for (let n = 0; n < microtasks; n += 1) await undefined;
  controller.abort("shutdown");
  await sim.idle();
  guarantee(begunTooLate === 0, {
    happened: `a result was taken, ${microtasks} microtasks later came the abort, and after it ${begunTooLate} works began`,
    expected: "none begins after an abort",
    why: "Between the moment at which a worker becomes free and its next item anything can happen. Who does not look again begins what nobody wants.",
  });
}

/** Nobody makes a move: only the abort, or the failure of a work, can end the waiting. */
async function silentInput(sim: Sim): Promise<void> {
  for (const what of ["an abort", "the failure of a work"]) {
    const controller = new AbortController();
    const reason = new Error(what);
    const feed = new Feed(numbers(1), {
      after: "silence",
      stuck: true,
      closing: () => new Promise(() => {}),
    });
    const lookedUp = Promise.withResolvers<number>();
    const stage = lab.parallel(() => lookedUp.promise, { workers: 2 });
    const next = stage(feed, { signal: controller.signal })[Symbol.asyncIterator]().next();
    await sim.idle();
    if (what === "an abort") {
      controller.abort(reason);
      lookedUp.resolve(1);
    } else lookedUp.reject(reason);
    const outcome = await outcomeOf(sim, next);
    guarantee(failedWith(outcome, reason), {
      happened: `${what} came while the input was silent: \`next\` ${describeOutcome(outcome)}`,
      expected: "it rejects at once with that very reason",
      why: "Logs are quiet at night. Who waits for the next line to notice that all is over, waits until morning.",
    });
  }
}
