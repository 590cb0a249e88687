import { getEventListeners } from "node:events";
import { explore, Gauge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, nameOf, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Bulkhead, BulkheadOptions } from "../contract.ts";
import { createBulkhead } from "./recorded-bulkhead.ts";
import { lab } from "./subject.ts";

describe("Step 4: bulkhead", () => {
  it("4.1 never more than `limitPerKey` works of one key run at once; the others wait", async () => {
    await simulate(floodOfOneTenant);
    await explore(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 2, waitingPerKey: 4 });
      const gauge = new Gauge();
      const client = (name: string) =>
        sim.spawn(name, async () => {
          const query = () => sim.as(name, () => gauge.during(() => sim.io("answers")));
          for (let n = 1; n <= 2; n += 1) await sim.waitFor("its query", bulkhead.run("acme", query));
        });
      await Promise.all(["Ann", "Bob", "Cid"].map(client));
      guarantee(gauge.peak <= 2 && gauge.runs === 6, {
        happened: `three clients made two queries each; ${gauge.runs} were run, and ${gauge.peak} at once`,
        expected: "all 6, and never more than 2 at once",
        why: "The limit is the tenant's share of what all have.",
      });
    });
  });

  it("4.2 keys do not notice one another: what one does takes no place of another", () =>
    simulate(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 2, waitingPerKey: 1 });
      const stuck = Promise.withResolvers<void>();
      const slow = [1, 2, 3, 4].map(() => settled(bulkhead.run("slow", () => stuck.promise)));
      await sim.idle();
      const meeting = Promise.withResolvers<void>();
      const gauge = new Gauge();
      const meet = () =>
        gauge.during(() => {
          if (gauge.running === 2) meeting.resolve();
          return meeting.promise;
        });
      const broken = () => ({
        happened: `the works of "slow" hang, and of two works of "quick" ${gauge.peak} ran at once`,
        expected: "both do: its two places are its own",
        why: "This is the whole point: one slow tenant must not be an outage for all.",
      });
      const both = Promise.all([bulkhead.run("quick", meet), bulkhead.run("quick", meet)]);
      await sim.waitFor("both works of the quick tenant", both, broken);
      stuck.resolve();
      await Promise.all(slow);
    }));

  it("4.3 a place that gets free goes to the first that waits, before any newcomer", () =>
    explore(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 9 });
      const called: string[] = [];
      const begun: string[] = [];
      const run = (name: string) => {
        called.push(name);
        return bulkhead.run("acme", () => {
          begun.push(name);
          return sim.as(name, () => sim.io("answers"));
        });
      };
      const regular = run("regular 1").then(() => run("regular 2")); // Comes back the moment it has left.
      const crowd = ["Ann", "Bob"].map(run);
      const newcomer = sim.spawn("newcomer", () => run("newcomer"));
      await sim.waitFor("all works", Promise.all([regular, ...crowd, newcomer]));
      guarantee(begun.join() === called.join(), {
        happened: `\`run\` was called by ${called.join(", ")}; their works began as ${begun.join(", ")}`,
        expected: "first come, first served",
        why: "Whoever is overtaken again and again is never served, and finds out at its time limit.",
      });
    }));

  it("4.4 when `waitingPerKey` wait, `run` rejects at once with a BulkheadFullError, and the work is never called", () =>
    simulate(async (sim) => {
      for (const waitingPerKey of [2, 0]) {
        const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey });
        const gate = Promise.withResolvers<void>();
        let calls = 0;
        const work = () => {
          calls += 1;
          return gate.promise;
        };
        const runs = Array.from({ length: 1 + waitingPerKey }, () => bulkhead.run("acme", work));
        const outcome = await outcomeOf(bulkhead.run("acme", work));
        guarantee(nameOf(outcome) === "BulkheadFullError", {
          happened: `limit 1, waiting ${waitingPerKey}: ${2 + waitingPerKey} works came, and the last ${describeOutcome(outcome)}`,
          expected: "it rejects with a BulkheadFullError at once",
          why: "A line without a bound is the unbounded buffer again, at another door.",
        });
        const { key } = (outcome as { error: { key?: string } }).error;
        guarantee(key === "acme", {
          happened: `the error's \`key\` is ${show(key)}`,
          expected: '"acme"',
          why: "The first question at night is which tenant.",
        });
        gate.resolve();
        await sim.waitFor("the others", Promise.all(runs));
        guarantee(calls === 1 + waitingPerKey, {
          happened: `${1 + waitingPerKey} works were accepted and one was refused; ${calls} were called`,
          expected: "those that were accepted, and no other",
          why: "Whoever was refused has told its client so.",
        });
        await sim.waitFor(
          "a work that comes when all have left",
          bulkhead.run("acme", () => {}),
        );
      }
    }));

  it("4.5 `run` calls the work at once if there is a place, settles as it does, and gives the place back", () =>
    simulate(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 0 });
      const broken = new Error("503");
      const throwAtOnce = () => {
        throw broken;
      };
      const works: Readonly<Record<string, () => unknown>> = {
        "gave a value": () => "answer",
        "resolved to a value": () => sim.io("answers", () => "answer"),
        "threw at once": throwAtOnce,
        rejected: () => sim.io("fails", throwAtOnce),
      };
      for (const [how, work] of Object.entries(works)) {
        let isCalled = false;
        const running = bulkhead.run("acme", ({ signal }) => {
          isCalled = signal instanceof AbortSignal && !signal.aborted;
          return work();
        });
        const calledWithin = isCalled;
        const outcome = await sim.waitFor("run", settled(running));
        const fails = how === "threw at once" || how === "rejected";
        guarantee(calledWithin, {
          happened: "there was a place, and when `run` returned, the work had not been called with a signal",
          expected: "it is called at once, with a signal that is not aborted",
          why: "What is not called yet and does not wait is counted nowhere.",
        });
        guarantee(
          fails
            ? "error" in outcome && outcome.error === broken
            : "value" in outcome && outcome.value === "answer",
          {
            happened: `the work ${how}, and \`run\` ${describeOutcome(outcome)}`,
            expected: fails ? "it rejects with the very error" : "it resolves to the value",
            why: "A bulkhead is a wall, not a filter.",
          },
        );
      }
    }));

  it("4.6 an abort while it waits ends the wait, the work is never called, and no place is lost", async () => {
    await simulate(abortInLine);
    await simulate(abortAfterGrant);
    await explore(abortAnytime);
  });

  it("4.7 an abort while it runs is passed on to the work, and the place is given back when that has ended", () =>
    simulate(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 1 });
      const reason = { why: "the client has gone" };
      const controller = new AbortController();
      const gate = Promise.withResolvers<string>();
      const signals: AbortSignal[] = [];
      const running = bulkhead.run(
        "acme",
        ({ signal }) => {
          signals.push(signal);
          return gate.promise;
        },
        { signal: controller.signal },
      );
      let nextBegan = false;
      const next = bulkhead.run("acme", () => {
        nextBegan = true;
      });
      await sim.idle();
      controller.abort(reason);
      await sim.idle();
      const [signal] = signals;
      guarantee(signal?.aborted === true && signal.reason === reason, {
        happened: `the caller's signal was aborted, and the work's ${signal?.aborted ? `was aborted with ${show(signal.reason)}` : "was not"}`,
        expected: "it aborts with the same reason",
        why: "Only the work itself can stop what it has begun.",
      });
      guarantee(!nextBegan, {
        happened: "a work was aborted and had not ended yet, and the next began, with a limit of 1",
        expected: "the place is free when the work has ended",
        why: "A query that nobody waits for any more still loads the database.",
      });
      gate.resolve("all the same");
      const outcome = await sim.waitFor("run", settled(running));
      guarantee("value" in outcome && outcome.value === "all the same", {
        happened: `the aborted work finished and gave a value, and \`run\` ${describeOutcome(outcome)}`,
        expected: "it settles as the work does",
        why: "What was done was done; the caller may want to know.",
      });
      await sim.waitFor("the next work", next);
      const left = getEventListeners(controller.signal, "abort").length;
      guarantee(left === 0, {
        happened: `${left} abort listeners are still on the caller's signal`,
        expected: "none is",
        why: "Such a signal may live as long as the service.",
      });
    }));

  it("4.8 after `waitLimitMs` in the line `run` rejects with a TimeoutError; work that runs is left alone", async () => {
    for (const way of ["an abort", "a place", "its own time limit"] as const)
      await simulate((sim) => firstLeaves(sim, way));
    await explore(placeAsTimeIsUp);
    await simulate(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 5, waitLimitMs: 100 });
      const work = (ms: number) => () =>
        new Promise<number>((resolve) => setTimeout(() => resolve(sim.now()), ms));
      let called = false;
      const long = bulkhead.run("acme", work(150));
      const impatient = bulkhead
        .run("acme", () => {
          called = true;
        })
        .then(
          () => "ran",
          (error: Error) => `${error.name} at ${sim.now()}`,
        );
      await work(60)();
      const lucky = bulkhead.run("acme", work(500)); // Waits from 60 to 150, then runs for longer than any wait may take.
      const outcomes = [
        await sim.waitFor("the impatient", impatient),
        await long,
        await sim.waitFor("the lucky one", lucky),
      ];
      guarantee(outcomes.join(", ") === "TimeoutError at 100, 150, 650" && !called, {
        happened: `waits of at most 100 ms: a work ran until 150; one that came at 0 gave ${outcomes[0]}${called ? " and was called" : ""}; one that came at 60 ended at ${outcomes[2]}`,
        expected: "TimeoutError at 100, never called; 650, for it got its place at 150 and takes 500",
        why: "A line can be short and still stand still. Its caller has a client that does not wait for ever.",
      });
      // The second waits for 1 ms; no timer may be left for the other 99.
      const later = [bulkhead.run("acme", work(1)), bulkhead.run("acme", work(1))];
      await sim.waitFor("works that come later", Promise.all(later));
    });
  });

  it("4.9 `load` tells who runs and who waits, by key, and an idle key is forgotten", () =>
    simulate(async (sim) => {
      const bulkhead = createBulkhead(sim, { limitPerKey: 2, waitingPerKey: 3 });
      const gate = Promise.withResolvers<void>();
      const controller = new AbortController();
      const runs = ["acme", "acme", "acme", "zeta"].map((key) => bulkhead.run(key, () => gate.promise));
      const quitter = settled(bulkhead.run("acme", () => {}, { signal: controller.signal }));
      await sim.idle();
      const busy = bulkhead.load();
      controller.abort("gone");
      await quitter;
      expectLoad(busy, "acme 2+2, zeta 1+0", "two of acme run, two wait; one of zeta runs");
      expectLoad(bulkhead.load(), "acme 2+1, zeta 1+0", "one of those that waited has left");
      gate.resolve();
      await Promise.all(runs);
      await settled(
        bulkhead.run("fails", () => {
          throw new Error("503");
        }),
      );
      await sim.idle();
      expectLoad(bulkhead.load(), "", "all have ended");
    }));

  it("4.10 options out of range are refused at once, by name", () => {
    const refuse = (options: Partial<BulkheadOptions>) =>
      lab.createBulkhead({ limitPerKey: 1, waitingPerKey: 1, ...options });
    const why = "A wall with a hole in it is found on the day of the flood.";
    expectRefused(
      "limitPerKey",
      [0, -1, 1.5, Number.NaN, Infinity],
      (limitPerKey) => refuse({ limitPerKey }),
      why,
    );
    expectRefused(
      "waitingPerKey",
      [-1, 0.5, Number.NaN, Infinity],
      (waitingPerKey) => refuse({ waitingPerKey }),
      why,
    );
    expectRefused("waitLimitMs", [-1, Number.NaN, 2 ** 31], (waitLimitMs) => refuse({ waitLimitMs }), why);
  });
});

async function floodOfOneTenant(sim: Sim): Promise<void> {
  const bulkhead = createBulkhead(sim, { limitPerKey: 5, waitingPerKey: 12 });
  const gate = Promise.withResolvers<void>();
  const gauge = new Gauge();
  const runs = Array.from({ length: 12 }, () => bulkhead.run("acme", () => gauge.during(() => gate.promise)));
  await sim.idle();
  guarantee(gauge.peak === 5, {
    happened: `12 works of one key came at once, and ${gauge.peak} ran at once`,
    expected: "5 do, for that is the limit of each key",
    why: "With more, one tenant takes what belongs to all; with fewer, it does not get its own.",
  });
  gate.resolve();
  await sim.waitFor("all works", Promise.all(runs));
}

/** Nobody leaves: only the abort can end the wait. */
async function abortInLine(sim: Sim): Promise<void> {
  const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 1 });
  const reason = { why: "the client has gone" };
  const controller = new AbortController();
  const gate = Promise.withResolvers<void>();
  let called = false;
  const call = () => {
    called = true;
  };
  const running = bulkhead.run("acme", () => gate.promise);
  const quitter = settled(bulkhead.run("acme", call, { signal: controller.signal }));
  await sim.idle();
  controller.abort(reason);
  const outcome = await outcomeOf(quitter.then((result) => ("error" in result ? result.error : "a value")));
  guarantee(outcome !== undefined && "value" in outcome && outcome.value === reason, {
    happened: `a work waited when its signal was aborted, and \`run\` ${outcome === undefined ? "still waits" : `gave ${show((outcome as { value: unknown }).value)}`}`,
    expected: "it rejects at once with the signal's own `reason`",
    why: "The caller has gone.",
  });
  const late = await outcomeOf(bulkhead.run("other", call, { signal: controller.signal }));
  guarantee(late !== undefined && "error" in late && late.error === reason, {
    happened: `a work whose signal had aborted before \`run\` was called ${describeOutcome(late)}, although there was room`,
    expected: "it rejects with the signal's `reason`: that is looked at first",
    why: "Work that was cancelled must not begin.",
  });
  const next = bulkhead.run("acme", () => "next"); // Takes the quitter's place in the line.
  gate.resolve();
  await running;
  await sim.waitFor("one that came after the quitter", next, () => ({
    happened: "one that waited left the line, and the next was not let in",
    expected: "its place in the line is free again, and it passes nothing on",
    why: "A place that is handed to somebody who has gone is lost for good.",
  }));
  guarantee(!called, {
    happened: "an aborted work was called",
    expected: "it never is",
    why: "Work that was cancelled must not begin.",
  });
}

/** The abort may come between the grant of a place and its being taken: so it is tried so many microtask turns after. */
async function abortAfterGrant(sim: Sim): Promise<void> {
  for (let turns = 0; turns < 40; turns += 1) {
    const gate = Promise.withResolvers<void>();
    await quitting(sim, {
      first: () => gate.promise,
      abort: async (controller) => {
        gate.resolve();
        for (let turn = 0; turn < turns; turn += 1) await null;
        controller.abort(gone);
      },
    });
  }
}

const abortAnytime = (sim: Sim): Promise<void> =>
  quitting(sim, {
    first: () => sim.as("first", () => sim.io("answers")),
    abort: async (controller) => sim.anytime("abort", () => controller.abort(gone)),
  });

const gone = { why: "the client has gone" };

/** One runs, one waits and may quit, and one comes when both have ended. */
async function quitting(
  sim: Sim,
  { first, abort }: { first: () => Promise<void>; abort: (controller: AbortController) => Promise<void> },
): Promise<void> {
  const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 2 });
  const controller = new AbortController();
  const { signal } = controller;
  const gauge = new Gauge();
  let calledAfterAbort = false;
  const running = bulkhead.run("acme", () => gauge.during(first));
  const quitter = settled(
    bulkhead.run(
      "acme",
      () => {
        calledAfterAbort = signal.aborted;
        return gauge.during(async () => {});
      },
      { signal },
    ),
  );
  await abort(controller);
  await sim.waitFor("the first work", running);
  const outcome = await sim.waitFor("the quitter, run or aborted", quitter);
  guarantee("value" in outcome || outcome.error === gone, {
    happened: `\`run\` ${describeOutcome(outcome)}`,
    expected: "it rejects with the signal's own `reason`, or the work runs",
    why: "By the reason the caller tells a shutdown from a timeout.",
  });
  guarantee(!calledAfterAbort, {
    happened: "a work was called after its signal had aborted",
    expected: "it is not, although its place had been granted already",
    why: "Work that was cancelled must not begin.",
  });
  const next = bulkhead.run("acme", () => gauge.during(async () => {}));
  await sim.waitFor("a place for the next", next, () => ({
    happened: "nobody runs any more, and the next work waits for ever",
    expected: "whoever was granted a place and did not use it has given it back",
    why: "With each unlucky abort the tenant would have one place less.",
  }));
  guarantee(gauge.peak <= 1, {
    happened: `${gauge.peak} works ran at once`,
    expected: "at most 1: a place is given back once",
    why: "The limit would rise with each unlucky abort.",
  });
  const left = getEventListeners(signal, "abort").length;
  guarantee(left === 0, {
    happened: `${left} abort listeners are still on the caller's signal`,
    expected: "none is, whichever way the wait ended",
    why: "Such a signal may live as long as the service.",
  });
}

/** One runs, and two wait for at most 100 ms, the second from 30 on. The first leaves, one way or the other. */
async function firstLeaves(sim: Sim, way: "an abort" | "a place" | "its own time limit"): Promise<void> {
  const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 9, waitLimitMs: 100 });
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const controller = new AbortController();
  let called = false;
  const running = bulkhead.run("acme", () => gates[0]?.promise);
  const first = settled(bulkhead.run("acme", () => gates[1]?.promise, controller));
  await pause(30);
  const second = settled(
    bulkhead.run("acme", () => {
      called = true;
    }),
  ).then((outcome) => `${nameOf(outcome)} at ${sim.now()}`);
  await pause(30);
  if (way === "an abort") controller.abort("gone");
  if (way === "a place") gates[0]?.resolve();
  const outcome = await sim.waitFor("the second that waits", second);
  guarantee(outcome === "TimeoutError at 130" && !called, {
    happened: `waits of at most 100 ms: one waited from 0 on, one from 30 on; the first left the line by ${way}, and the second ${called ? "was called" : `gave ${outcome}`}`,
    expected: "TimeoutError at 130: its time is its own",
    why: "A time limit that depends on who else stands in line is one that nobody can plan with.",
  });
  for (const gate of gates) gate.resolve();
  await Promise.all([running, first]);
  await sim.waitFor(
    "one that comes later",
    bulkhead.run("acme", async () => {}),
  );
}

/** Place and end of the wait fall into the same millisecond: either may win, but only one. */
async function placeAsTimeIsUp(sim: Sim): Promise<void> {
  const bulkhead = createBulkhead(sim, { limitPerKey: 1, waitingPerKey: 9, waitLimitMs: 20 });
  let called = false;
  const running = bulkhead.run("acme", () => pause(20));
  const waiting = settled(
    bulkhead.run("acme", () => {
      called = true;
    }),
  );
  const outcome = await sim.waitFor("the one that waited", waiting);
  guarantee("value" in outcome === called && ("value" in outcome || nameOf(outcome) === "TimeoutError"), {
    happened: `a place came as the time of the one that waited was up; \`run\` ${describeOutcome(outcome)}, and its work was ${called ? "" : "not "}called`,
    expected: "it has run, or it was too late, and not both",
    why: "What was called too late to be told of is done twice, by whoever tries again.",
  });
  await running;
  await sim.waitFor(
    "one that comes later",
    bulkhead.run("acme", async () => {}),
    () => ({
      happened: "a place came as the time of the one that waited was up, and nobody can have it now",
      expected: "it is free again",
      why: "With each such coincidence the tenant would have one place less.",
    }),
  );
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

function expectLoad(load: ReturnType<Bulkhead["load"]>, expected: string, story: string): void {
  const shown = [...load].map(([key, { running, waiting }]) => `${key} ${running}+${waiting}`).sort();
  guarantee(shown.join(", ") === expected, {
    happened: `${story}; \`load\` gave (running + waiting) ${shown.join(", ") || "nothing"}`,
    expected: expected || "nothing: nobody runs or waits",
    why: "A map that keeps every key it has ever seen grows with the number of tenants, for ever.",
  });
}
