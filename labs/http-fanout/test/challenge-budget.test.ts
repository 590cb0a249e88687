import { challenge, guarantee, type Sim } from "@pattern-labs/testkit";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Call, RetryOptions } from "../contract.ts";
import { Caller, describeSettled, failed, gave } from "./caller.ts";
import { type Called, Downstreams } from "./downstreams.ts";
import { turn } from "./outcome.ts";
import { lab } from "./subject.ts";

const USUAL: RetryOptions = { callsPerRetry: 10, retriesSaved: 10 };

challenge("budget", lab, () => {
  it("budget.1 a call that fails is made once more, at once, under the same deadline; what comes of it counts", () =>
    simulate(async (sim) => {
      for (const end of ["answers", "fails"] as const) {
        const { downstreams, call } = retried(sim, { callsPerRetry: 1, retriesSaved: 1 });
        const deadline = performance.now() + 700;
        const caller = new Caller(call, "ann-1", deadline);
        await turn();
        downstreams.oldest.fail(new Error("first"));
        await turn();
        const told = downstreams.calls.map((called) => called.deadline - deadline);
        guarantee(told.join() === "0,0", {
          happened: `a call failed, and there was a retry in the budget: the service was called ${told.length} times`,
          expected: "twice, in that turn, and both times with the deadline of the call",
          why: "Most failures pass in a moment.",
        });
        const last = new Error("second");
        if (end === "answers") downstreams.oldest.answer("good");
        else downstreams.oldest.fail(last);
        const settled = await caller.settled();
        const isRight = end === "answers" ? gave(settled, "good") : failed(settled);
        guarantee(isRight && downstreams.calls.length === 2, {
          happened: `the second one ${end}, the call ${describeSettled(settled)}, and the service was called ${downstreams.calls.length} times`,
          expected: end === "answers" ? "it has the answer" : "it fails, and nobody is called again",
          why: "Three layers that try three times each are 27 calls.",
        });
      }
    }));

  it("budget.2 there is one retry for each `callsPerRetry` calls, over all services, and at no moment more", () =>
    simulate(async (sim) => {
      const { downstreams, call } = retried(sim, USUAL, (called) => called.fail());
      for (let calls = 1; calls <= 300; calls += 1) {
        await new Caller(call, `ann-${1 + (calls % 20)}`).settled();
        const retries = downstreams.calls.length - calls;
        guarantee(retries === Math.floor(calls / 10), {
          happened: `every service is down; after ${calls} calls there were ${retries} retries`,
          expected: `${Math.floor(calls / 10)}: a tenth, for all services together`,
          why: "Retries are load, and they come when there is too much of it. With three for each call an outage is four times the load.",
        });
      }
    }));

  it("budget.3 what is not used is saved, for at most `retriesSaved` retries", () =>
    simulate(async (sim) => {
      let isDown = false;
      const { downstreams, call } = retried(sim, USUAL, (called) =>
        isDown ? called.fail() : called.answer(),
      );
      for (let calls = 0; calls < 300; calls += 1) await new Caller(call, "ann-1").settled();
      isDown = true;
      for (let calls = 0; calls < 40; calls += 1) await new Caller(call, "ann-1").settled();
      const retries = downstreams.calls.length - 340;
      // The first call of the outage finds a full budget; the 39 after it earn 3 more, and 9 tenths of a fourth.
      guarantee(retries === 13, {
        happened: `300 calls went well, then 40 failed: there were ${retries} retries`,
        expected: "13: 10 that were saved, and 3 that were earned since",
        why: "A day without failures must not buy a storm in the first minute of an outage.",
      });
    }));

  it("budget.4 once its signal has aborted a call is not made again, and costs no retry", () =>
    simulate(async (sim) => {
      const { downstreams, call } = retried(sim, { callsPerRetry: 2, retriesSaved: 1 });
      for (const how of ["leaves", "is late"] as const) {
        const before = downstreams.calls.length;
        const caller = new Caller(call, "ann-1");
        await turn();
        if (how === "leaves") caller.leave();
        else caller.beLate();
        const settled = await caller.settled();
        guarantee(failed(settled) && downstreams.calls.length === before + 1, {
          happened: `a client ${how}, its call ended, and the service was called ${downstreams.calls.length - before} times`,
          expected: "once, and the call fails",
          why: "Nobody waits for it any more.",
        });
      }
      const caller = new Caller(call, "ann-1");
      await turn();
      downstreams.oldest.fail();
      await turn();
      guarantee(downstreams.running === 1, {
        happened: "two calls were cancelled, a third one failed, and it was not made again",
        expected: "it is: two calls had earned one retry, and none was used",
        why: "What was not done is not paid for.",
      });
      downstreams.oldest.answer();
      await caller.settled();
    }));
});

function retried(
  sim: Sim,
  options: RetryOptions,
  onCall: (called: Called) => void = () => {},
): { downstreams: Downstreams; call: Call } {
  if (lab.retry === undefined) throw new Error("TODO budget: retry is not exported");
  const downstreams = new Downstreams(sim, { onCall });
  return { downstreams, call: lab.retry(downstreams.call, options) };
}
