import { getEventListeners } from "node:events";
import { challenge, guarantee, noLeaks, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Call } from "../contract.ts";
import { Caller, describeSettled, gave } from "./caller.ts";
import { Downstreams, type DownstreamsOptions } from "./downstreams.ts";
import { turn } from "./outcome.ts";
import { lab } from "./subject.ts";
import { until } from "./until.ts";

challenge("coalescing", lab, () => {
  it("coalescing.1 all who ask for a service meanwhile share one call, and get the identical value or error", () =>
    simulate(async (sim) => {
      for (const end of ["answers", "fails"] as const) {
        const { downstreams, call } = coalesced(sim);
        const callers = [new Caller(call, "ann-1"), new Caller(call, "ann-1")];
        await turn();
        callers.push(new Caller(call, "ann-1"));
        new Caller(call, "bob-1");
        await turn();
        guarantee(downstreams.of("ann").length === 1 && downstreams.of("bob").length === 1, {
          happened: `three asked for one service, and one for another; they were called ${downstreams.of("ann").length} and ${downstreams.of("bob").length} times`,
          expected: "once each",
          why: "A thousand clients of one page need one answer.",
        });
        const value = end === "answers" ? { id: 7 } : new Error("down");
        if (end === "answers") downstreams.of("ann")[0]?.answer(value);
        else downstreams.of("ann")[0]?.fail(value);
        for (const caller of callers) {
          const settled = await caller.settled();
          const is = end === "answers" ? gave(settled, value) : isErrorOf(settled, value);
          guarantee(is, {
            happened: `the shared call ${end}, and of the three one ${describeSettled(settled)}`,
            expected: `each gets the very ${end === "answers" ? "value" : "error"}`,
            why: "Whoever joined waits for the same thing.",
          });
        }
        for (const called of downstreams.underWay) called.answer();
      }
    }));

  it("coalescing.2 who leaves cancels only itself, at once, also if it was the first", () =>
    explore(async (sim) => {
      const { downstreams, call } = coalesced(sim);
      const callers = [1, 2, 3].map(() => new Caller(call, "ann-1"));
      await turn();
      const staying = Number(sim.choose("stays", ["3", "1", "2"])) - 1;
      const reason = sim.choose("reason", ["a text", "null"]) === "null" ? null : "a text";
      for (const [n, caller] of callers.entries()) {
        if (n === staying) continue;
        caller.leave(reason);
        const settled = await caller.settled();
        const isTold = downstreams.calls[0]?.signal.aborted;
        guarantee(isErrorOf(settled, reason) && isTold === false, {
          happened: `of three who share a call number ${n + 1} left with ${show(reason)}: it ${describeSettled(settled)}, and the call was ${isTold ? "" : "not "}told to stop`,
          expected: "it rejects at once, with its own reason, and the call goes on",
          why: "One client that goes must not cost the others their answer.",
        });
      }
      downstreams.oldest.answer("good");
      const settled = await callers[staying]?.settled();
      guarantee(gave(settled, "good"), {
        happened: `two of three had left, the call answered, and number ${staying + 1} ${describeSettled(settled)}`,
        expected: "it gets the answer",
        why: "One client that goes must not cost the others their answer.",
      });
    }));

  it("coalescing.3 when the last leaves the call is told; the last one settles when the call has", async () => {
    await simulate(async (sim) => {
      const { downstreams, call } = coalesced(sim, { deaf: () => true });
      const callers = [new Caller(call, "ann-1"), new Caller(call, "ann-1")];
      await turn();
      callers[0]?.leave("first");
      callers[1]?.leave("last");
      const settled = await callers[1]?.settled();
      guarantee(downstreams.oldest.signal.aborted && settled === undefined, {
        happened: `both who shared a call left; it was ${downstreams.oldest.signal.aborted ? "" : "not "}told to stop. It still runs, and the last of the two ${describeSettled(settled)}`,
        expected: "it is told in that turn; the last one has not settled",
        why: "When it settles its permit comes back, and the connection is still in use.",
      });
      downstreams.oldest.answer();
      const ended = await callers[1]?.settled();
      guarantee(isErrorOf(ended, "last"), {
        happened: `then the call ended, and the last one ${describeSettled(ended)}`,
        expected: "it rejects with its own reason",
        why: "It has left.",
      });
    });
    await explore(
      async (sim) => {
        const pays = sim.choose("the service", ["pays heed", "pays no heed"]);
        const { downstreams, call } = coalesced(sim, {
          deaf: () => pays === "pays no heed",
          onCall: (called) => void sim.as("service", () => sim.io("ends")).then(() => called.answer()),
        });
        const visit = (name: string) =>
          sim.spawn(name, async () => {
            const caller = new Caller(call, "ann-1");
            holding.add(caller);
            sim.anytime(`${name} goes`, () => caller.leave(name));
            await caller.end;
            holding.delete(caller);
            guarantee(downstreams.running <= holding.size, {
              happened: `${downstreams.running} calls run, and ${holding.size} of those who asked have not settled`,
              expected: "as many at least: each of them has a permit",
              why: "A call without a permit is one more than the limit.",
            });
          });
        const holding = new Set<Caller>();
        await Promise.all(["ann", "bob"].map(visit));
      },
      { squeeze: 3 },
    );
  });

  it("coalescing.4 nothing is kept: whoever comes when the call has ended, or is told to stop, begins anew", () =>
    simulate(async (sim) => {
      const { downstreams, call } = coalesced(sim, { deaf: () => true });
      const first = new Caller(call, "ann-1");
      await turn();
      downstreams.oldest.answer("old");
      await first.settled();
      const second = new Caller(call, "ann-1");
      await turn();
      second.leave();
      const third = new Caller(call, "ann-1");
      await turn();
      guarantee(downstreams.calls.length === 3, {
        happened: `a call ended, the next one was left by all, and another client came; the service was called ${downstreams.calls.length} times`,
        expected: "3: neither what has ended nor what is told to stop is shared",
        why: "Whoever joins a dying call gets somebody else's cancellation.",
      });
      downstreams.oldest.answer("left");
      downstreams.calls[2]?.answer("new");
      const settled = await third.settled();
      guarantee(gave(settled, "new"), {
        happened: `the third call answered, and its client ${describeSettled(settled)}`,
        expected: 'it gets "new"',
        why: "It is its own answer.",
      });
    }));

  it("coalescing.5 the call has a time of its own: then it is told to stop, and nobody joins it any more", () =>
    simulate(async (sim) => {
      const { downstreams, call } = coalesced(sim, { deaf: () => true });
      const start = performance.now();
      const first = new Caller(call, "ann-1", start + 10);
      await turn();
      await until(sim, 50);
      const second = new Caller(call, "ann-1");
      await until(sim, 99);
      guarantee(downstreams.oldest.deadline === start + 100 && !downstreams.oldest.signal.aborted, {
        happened: `a shared call of 100 ms was told the deadline ${downstreams.oldest.deadline - start}, and at 99 it was ${downstreams.oldest.signal.aborted ? "" : "not "}told to stop`,
        expected: "100, not the deadline of who asked first; and it is not told yet",
        why: "Others may wait longer than the first.",
      });
      await until(sim, 101);
      const { signal } = downstreams.oldest;
      const name = signal.aborted ? signal.reason?.name : undefined;
      const third = new Caller(call, "ann-1");
      await turn();
      guarantee(name === "TimeoutError" && downstreams.calls.length === 2, {
        happened: `at 101 the call had ${signal.aborted ? `been told to stop with ${show(signal.reason)}` : "not been told to stop"}; another client came, and the service was called ${downstreams.calls.length} times`,
        expected: "it is told with a TimeoutError, and whoever comes begins anew",
        why: "A call that hangs would be joined for ever, as long as somebody always comes.",
      });
      for (const called of downstreams.underWay) called.answer();
      await Promise.all([first.settled(), second.settled(), third.settled()]);
    }));

  it("coalescing.6 when all have settled no timer and no listener is left", async () => {
    for (const end of ["answers", "fails", "left"] as const) {
      await noLeaks(
        () =>
          simulate(async (sim) => {
            const { downstreams, call } = coalesced(sim);
            const callers = [new Caller(call, "ann-1"), new Caller(call, "ann-1")];
            await turn();
            if (end === "answers") downstreams.oldest.answer();
            if (end === "fails") downstreams.oldest.fail();
            if (end === "left") for (const caller of callers) caller.leave();
            for (const caller of callers) {
              const settled = await caller.settled();
              const left = getEventListeners(caller.signal, "abort").length;
              guarantee(settled !== undefined && left === 0, {
                happened: `two shared a call: ${end}; one ${describeSettled(settled)}, and ${left} listeners were left on its signal`,
                expected: "it has settled, and none is left",
                why: "The signal may be one that lives for a month.",
              });
            }
          }),
        { settle: 0, ignore: [/listeners? for "abort"/] },
      );
    }
  });
});

function coalesced(sim: Sim, how: DownstreamsOptions = {}): { downstreams: Downstreams; call: Call } {
  if (lab.coalesce === undefined) throw new Error("TODO coalescing: coalesce is not exported");
  const downstreams = new Downstreams(sim, how);
  return { downstreams, call: lab.coalesce(downstreams.call, { callTimeoutMs: 100 }) };
}

const isErrorOf = (settled: Awaited<ReturnType<Caller["settled"]>>, error: unknown) =>
  settled !== undefined && "error" in settled && settled.error === error;
