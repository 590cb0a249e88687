import { challenge, guarantee, noLeaks, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Call, HedgeOptions } from "../contract.ts";
import { Caller, describeSettled, failed, gave } from "./caller.ts";
import { Downstreams, type DownstreamsOptions } from "./downstreams.ts";
import { turn } from "./outcome.ts";
import { lab } from "./subject.ts";
import { until } from "./until.ts";

const USUAL: HedgeOptions = { afterMs: 100, callsPerHedge: 1, hedgesSaved: 10, hedgeLimit: 10 };

challenge("hedging", lab, () => {
  it("hedging.1 the second call is made when `afterMs` have passed, and none if the first has settled by then", () =>
    simulate(async (sim) => {
      for (const end of ["runs", "answers", "fails"] as const) {
        const start = sim.now();
        const { downstreams, call } = hedged(sim);
        const caller = new Caller(call, "ann-1");
        await until(sim, start + 99);
        const early = downstreams.calls.length;
        if (end === "answers") downstreams.oldest.answer();
        if (end === "fails") downstreams.oldest.fail();
        await until(sim, start + 101);
        const expected = end === "runs" ? 2 : 1;
        guarantee(early === 1 && downstreams.calls.length === expected, {
          happened: `after 99 ms the service had been called ${early} times; the call ${end}; after 101 ms it was ${downstreams.calls.length} times`,
          expected: `1, and ${expected}`,
          why: "Most answers come in time, and need no second call; to try again after a failure is another thing.",
        });
        for (const called of downstreams.underWay) called.answer();
        await caller.end;
      }
    }));

  it("hedging.2 the first answer counts, at once; the other call is told in the same turn", () =>
    simulate(async (sim) => {
      for (const winner of [0, 1]) {
        const { downstreams, call } = hedged(sim, {}, { deaf: () => true });
        const { caller } = await untilBothRun(sim, downstreams, call);
        downstreams.calls[winner]?.answer("good");
        const settled = await caller.settled();
        const loser = downstreams.calls[1 - winner];
        guarantee(gave(settled, "good") && loser?.signal.aborted === true, {
          happened: `number ${winner + 1} of two calls answered, the other one ran on; the call ${describeSettled(settled)}, and the other was ${loser?.signal.aborted ? "" : "not "}told to stop`,
          expected: "it has the answer, and the other is told",
          why: "To wait for the slow one is what hedging is against; to let it run is load.",
        });
        loser?.fail();
      }
    }));

  it("hedging.3 if one of the two fails, the other counts; if both do, the call fails", () =>
    explore(async (sim) => {
      const { downstreams, call } = hedged(sim);
      const { caller } = await untilBothRun(sim, downstreams, call);
      const loser = sim.choose("fails", ["first", "second"]) === "first" ? 0 : 1;
      const then = sim.choose("then the other", ["answers", "fails"]);
      downstreams.calls[loser]?.fail();
      const between = await caller.settled();
      guarantee(between === undefined && downstreams.running === 1, {
        happened: `number ${loser + 1} of two calls failed; the call ${describeSettled(between)}, and ${downstreams.running} of the two run`,
        expected: "it waits for the other",
        why: "That one may still answer.",
      });
      if (then === "answers") downstreams.oldest.answer("good");
      else downstreams.oldest.fail();
      const settled = await caller.settled();
      guarantee(then === "answers" ? gave(settled, "good") : failed(settled), {
        happened: `then the other ${then}, and the call ${describeSettled(settled)}`,
        expected: then === "answers" ? "it has the answer" : "it fails",
        why: "Nobody is left to wait for.",
      });
    }));

  it("hedging.4 there is one second call for each `callsPerHedge` calls, and at most `hedgesSaved` are saved", () =>
    simulate(async (sim) => {
      const { downstreams, call } = hedged(sim, { callsPerHedge: 10, hedgesSaved: 2, hedgeLimit: 5 });
      const slow = async (count: number) => {
        const before = downstreams.calls.length;
        const callers = Array.from({ length: count }, () => new Caller(call, "ann-1"));
        await until(sim, sim.now() + 101);
        const hedges = downstreams.calls.length - before - count;
        for (const called of downstreams.underWay) called.answer();
        await Promise.all(callers.map((caller) => caller.end));
        return hedges;
      };
      const found = [await slow(9), await slow(1), await slow(100), await slow(10)];
      guarantee(found.join() === "0,1,2,1", {
        happened: `9, then 1, then 100, then 10 calls were slow, and there were ${found.join(", ")} second calls; each 10 calls earn one, and 2 are saved at most`,
        expected: "0, 1, 2 and 1",
        why: "When all is slow hedging doubles the load, and makes everything slower.",
      });
    }));

  it("hedging.5 of at most `hedgeLimit` calls there are two: a call that pays no heed counts until it has settled", () =>
    simulate(async (sim) => {
      const { downstreams, call } = hedged(sim, { hedgeLimit: 1 }, { deaf: () => true });
      const first = await untilBothRun(sim, downstreams, call);
      downstreams.calls[1]?.answer();
      await first.caller.settled();
      const second = new Caller(call, "ann-2");
      await until(sim, sim.now() + 101);
      guarantee(downstreams.calls.length === 3, {
        happened:
          "one second call may run; the first call had lost against it, and ran on; another call was slow, and a second one was made for it",
        expected: "none is: there would be three, with two permits and one more",
        why: "What runs on holds a connection for which nobody has a permit.",
      });
      for (const called of downstreams.underWay) called.answer();
      await second.settled();
      new Caller(call, "ann-3");
      await until(sim, sim.now() + 101);
      guarantee(downstreams.running === 2, {
        happened: `all had ended, another call was slow, and ${downstreams.running} of its calls run`,
        expected: "2: the place is free again",
        why: "A place that is lost is lost until the next restart.",
      });
      for (const called of downstreams.underWay) called.answer();
    }));

  it("hedging.6 an abort is told to both, with its reason; afterwards nobody is called, and no timer is left", async () => {
    await simulate(async (sim) => {
      for (const reason of [new Error("gone"), null]) {
        const { downstreams, call } = hedged(sim);
        const { caller } = await untilBothRun(sim, downstreams, call);
        caller.leave(reason);
        const settled = await caller.settled();
        const told = downstreams.calls.filter(({ signal }) => signal.aborted && signal.reason === reason);
        guarantee(told.length === 2 && failed(settled), {
          happened: `a client went with ${show(reason)} while two calls ran; ${told.length} of them were told that, and the call ${describeSettled(settled)}`,
          expected: "both are told, and the call fails when they have ended",
          why: "Each of them runs for nobody.",
        });
      }
    });
    await noLeaks(
      () =>
        simulate(async (sim) => {
          const { downstreams, call } = hedged(sim);
          const caller = new Caller(call, "ann-1");
          await until(sim, 50);
          caller.leave();
          await caller.end;
          guarantee(downstreams.calls.length === 1, {
            happened: `a client went after 50 ms, and the service was called ${downstreams.calls.length} times`,
            expected: "once",
            why: "Nobody waits for a second answer.",
          });
        }),
      { settle: 0, ignore: [/listeners? for "abort"/] },
    );
  });
});

function hedged(
  sim: Sim,
  options: Partial<HedgeOptions> = {},
  how: DownstreamsOptions = {},
): { downstreams: Downstreams; call: Call } {
  if (lab.hedge === undefined) throw new Error("TODO hedging: hedge is not exported");
  const downstreams = new Downstreams(sim, how);
  return { downstreams, call: lab.hedge(downstreams.call, { ...USUAL, ...options }) };
}

async function untilBothRun(sim: Sim, downstreams: Downstreams, call: Call): Promise<{ caller: Caller }> {
  const caller = new Caller(call, "ann-1");
  await turn();
  await until(sim, sim.now() + 101);
  guarantee(downstreams.running === 2, {
    happened: `a call had run for 101 ms, a second one is made after 100, and ${downstreams.running} run`,
    expected: "2",
    why: "The slow one may be on a machine that is ill.",
  });
  return { caller };
}
