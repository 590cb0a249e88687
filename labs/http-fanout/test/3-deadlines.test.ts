import { guarantee, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import { Downstreams } from "./downstreams.ts";
import { ask, describeAnswer, open } from "./gateway.ts";
import { describeOutcome, endOf, expectAnswer, outcomeOf, turn } from "./outcome.ts";
import { expectPermitsBack } from "./permits.ts";
import { until } from "./until.ts";

const LIMITS = { requestTimeoutMs: 1_000, callTimeoutMs: 800 };
const deaf = () => true;

describe("Step 3: deadlines", () => {
  it("3.1 each call is told its deadline: its own time limit, or the deadline of its request if that is earlier", () =>
    simulate(async (sim) => {
      const calledAt: number[] = [];
      const downstreams = new Downstreams(sim, { onCall: () => calledAt.push(sim.now()) });
      const gateway = open(downstreams, { callLimit: 1, ...LIMITS });
      const began = performance.now();
      const first = ask(gateway, "ann", 1);
      await outcomeOf(first);
      await until(sim, 100);
      const second = ask(gateway, "bob", 1); // Its call begins at 500.
      await until(sim, 500);
      downstreams.oldest.answer();
      await turn();
      const deadlines = downstreams.calls.map(({ deadline }) => Math.round(deadline - began));
      guarantee(deadlines.join() === "800,1100", {
        happened: `requests have 1000 ms, calls 800; there is one permit, which got free at 500; requests came at 0 and at 100, their calls began at ${calledAt.join(" and ")}, and were told ${deadlines.join(" and ")}`,
        expected: "they begin at 0 and 500, and are told 800 and 1100, on the clock of performance.now()",
        why: "A service that is told a later deadline goes on working for nobody.",
      });
      downstreams.oldest.answer();
      await sim.waitFor("the answers", Promise.all([first, second]));
    }));

  it("3.2 at its deadline the signal of a call aborts, with a TimeoutError, and not before", () =>
    simulate(async (sim) => {
      for (const [requestTimeoutMs, callTimeoutMs, waits, aborts] of [
        [1_000, 200, 0, 200],
        [200, 1_000, 0, 200],
        [1_000, 200, 150, 350],
        [1_000, 900, 150, 1_000],
      ] as const) {
        const start = sim.now();
        const downstreams = new Downstreams(sim);
        const gateway = open(downstreams, { callLimit: 1, requestTimeoutMs, callTimeoutMs });
        const first = ask(gateway, "fay", 1);
        await outcomeOf(first);
        if (waits === 0) downstreams.oldest.answer();
        await sim.idle();
        const handling = ask(gateway, "ann", 1);
        await sim.idle();
        if (waits > 0) {
          await until(sim, start + waits);
          downstreams.oldest.answer();
          await sim.idle();
        }
        const { signal } = downstreams.oldest;
        const what = `requests have ${requestTimeoutMs} ms, calls ${callTimeoutMs}; a request came at 0, its call began at ${waits}`;
        await until(sim, start + aborts - 1);
        guarantee(!signal.aborted, {
          happened: `${what}, and at ${aborts - 1} it had been told to stop`,
          expected: `at ${aborts}`,
          why: "It might have answered.",
        });
        await until(sim, start + aborts + 1);
        const reason = signal.aborted ? signal.reason : undefined;
        guarantee(reason?.name === "TimeoutError", {
          happened: `${what}; at ${aborts + 1} its signal ${signal.aborted ? `had aborted with ${show(reason)}` : "had not aborted"}`,
          expected: `it aborts at ${aborts}, with a TimeoutError`,
          why: "What is only abandoned goes on, holds its connection and its permit, and works for nobody.",
        });
        await sim.waitFor("the answers", Promise.all([first, handling]));
      }
    }));

  it("3.3 at its deadline a call is late: the answer does not wait for it, and does not change when it ends", async () => {
    await simulate(async (sim) => {
      for (const [then, end] of [
        ["answers 100 ms later", (called) => called.answer()],
        ["fails 100 ms later", (called) => called.fail()],
        ["answers when it is told to stop", undefined],
      ] as const satisfies [string, ((called: { answer(): void; fail(): void }) => void) | undefined][]) {
        const start = sim.now();
        const downstreams = new Downstreams(sim, { deaf });
        const handling = ask(open(downstreams, { ...LIMITS, callTimeoutMs: 200 }), "ann", 3);
        await outcomeOf(handling);
        // Which of them is begun first is left open.
        const [slow, good, bad] = ["ann-1", "ann-2", "ann-3"].map((name) =>
          downstreams.calls.find(({ service }) => service === name),
        );
        if (end === undefined) slow?.signal.addEventListener("abort", () => slow.answer("half of it"));
        await until(sim, start + 50);
        good?.answer();
        bad?.fail();
        await until(sim, start + 199);
        const early = await outcomeOf(handling);
        guarantee(early === undefined, {
          happened: `a call of 200 ms had run for 199, and its request ${describeOutcome(early)}`,
          expected: "it waits",
          why: "The call has a millisecond left.",
        });
        await until(sim, start + 201);
        const expected = "200 with ann-2; ann-1 late; ann-3 failed";
        const answer = await expectAnswer(handling, expected, {
          when: `ann-2 had answered and ann-3 failed; ann-1 had run for its 200 ms, and ${then}`,
          why: "A service that pays no heed to its signal must not decide when the client gets its answer.",
        });
        await until(sim, start + 300);
        if (slow !== undefined) end?.(slow);
        await turn();
        const later = answer === undefined ? "" : describeAnswer(answer);
        guarantee(later === expected, {
          happened: `the answer was ${expected}; then ann-1 came to its end, and now the same answer is ${later}`,
          expected: "it stays as it was",
          why: "Somebody may be writing it to a socket just now.",
        });
      }
    });
    for (const how of ["answers", "fails"] as const)
      await simulate((sim) => lateEndsBeforeTheAnswer(sim, how));
  });

  it("3.4 at the deadline of its request, counted from its arrival, the answer leaves, whatever the calls do", () =>
    simulate(async (sim) => {
      const calledAt: number[] = [];
      const downstreams = new Downstreams(sim, { deaf, onCall: () => calledAt.push(sim.now()) });
      const gateway = open(downstreams, { callLimit: 1, ...LIMITS });
      const first = ask(gateway, "fay", 1);
      await outcomeOf(first);
      await until(sim, 100);
      const handling = ask(gateway, "ann", 1);
      await until(sim, 600);
      downstreams.oldest.answer();
      await until(sim, 1_099);
      const early = await outcomeOf(handling);
      const what = `one permit, which got free at 600; a request of 1000 ms came at 100, and its call ${calledAt[1] === undefined ? "has not begun" : `began at ${calledAt[1]}`}`;
      guarantee(early === undefined && downstreams.of("ann").length === 1, {
        happened: `${what}; at 1099 the request ${describeOutcome(early)}`,
        expected: "its call began at 600 and runs, and it waits for that",
        why: "There is a millisecond left.",
      });
      await until(sim, 1_101);
      await expectAnswer(handling, "504", {
        when: `${what}, and takes no heed of its signal; now it is 1101`,
        why: "The client counts from when it asked. It knows nothing of a line.",
      });
      downstreams.oldest.answer();
      await sim.waitFor("the other answer", first);
    }));

  it("3.5 what has not begun by the deadline of its request is late and never called; its place in the line is free", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim, { deaf });
      const gateway = open(downstreams, { callLimit: 2, waitLimit: 1, ...LIMITS });
      const first = ask(gateway, "fay", 1);
      await sim.idle();
      const handling = ask(gateway, "ann", 3);
      await outcomeOf(handling);
      await until(sim, 500);
      downstreams.of("ann")[0]?.answer();
      await until(sim, 1_001);
      const missing = downstreams.of("ann").map(({ service }) => service);
      const late = ["ann-1", "ann-2", "ann-3"].filter((service) => service !== missing[0]);
      await expectAnswer(
        handling,
        `200 with ${missing[0]}; ${late.map((name) => `${name} late`).join("; ")}`,
        {
          when: `of three calls one has answered, one runs, and one still waited for a permit when the time was up`,
          why: "The client gets what there is.",
        },
      );
      const other = ask(gateway, "bob", 1);
      const outcome = await outcomeOf(other);
      guarantee(outcome === undefined, {
        happened: `the one request that waited is answered; another came, which has to wait, and ${describeOutcome(outcome)}`,
        expected: "it waits: there is a place in the line",
        why: "Who has gone home does not stand in line.",
      });
      const another = await outcomeOf(ask(gateway, "cid", 1));
      guarantee(another !== undefined && "answer" in another && another.answer.status === 503, {
        happened: `one request may wait, one was answered at its deadline, and another waits since; a third came, and ${describeOutcome(another)}`,
        expected: "it is answered 503: the place has come back once",
        why: "A place that comes back twice makes the line longer with each request that is too late, and nobody notices.",
      });
      while (downstreams.running > 0) {
        downstreams.oldest.answer();
        await turn();
      }
      guarantee(downstreams.of("ann").length === 2, {
        happened: `later permits got free, and ${downstreams.of("ann").length} calls were begun for the request that is answered`,
        expected: "2, all of them before its deadline",
        why: "Nobody waits for its answer, and somebody else waits for its permit.",
      });
      await sim.waitFor("the other answers", Promise.all([first, other]));
    }));

  it("3.6 if none succeeded, it is a 504 if one was late, begun or not, and else a 502", () =>
    simulate(async (sim) => {
      for (const [fates, expected] of [
        ["late late", "504"],
        ["failed late", "504"],
        ["late failed", "504"],
        ["failed failed", "502"],
      ] as const) {
        const start = sim.now();
        const downstreams = new Downstreams(sim);
        const handling = ask(open(downstreams, LIMITS), "ann", 2);
        await outcomeOf(handling);
        for (const [n, fate] of fates.split(" ").entries()) {
          const called = downstreams.calls.find(({ service }) => service === `ann-${n + 1}`);
          if (fate === "failed") called?.fail();
        }
        await until(sim, start + 801);
        await expectAnswer(handling, expected, {
          when: `ann-1 and ann-2 were ${fates.replace(" ", " and ")}`,
          why: "A 504 says: the same request may work in a while. A 502 says: somebody is broken.",
        });
      }
      const start = sim.now();
      const downstreams = new Downstreams(sim, { deaf });
      const gateway = open(downstreams, { callLimit: 1, ...LIMITS });
      const first = ask(gateway, "fay", 1);
      await sim.idle();
      const handling = ask(gateway, "ann", 2);
      await until(sim, start + 1_001);
      await expectAnswer(handling, "504", {
        when: "a request waited for permits until its time was up, and none of its calls has begun",
        why: "It has been tried, and there was no time. (A 503 says that it was not.)",
      });
      downstreams.oldest.answer();
      await sim.waitFor("the other answer", first);
      await someFailedOthersNotBegun(sim);
    }));

  it("3.7 a call that pays no heed keeps its permit until it has settled, also after the answer has left", async () => {
    await simulate(async (sim) => {
      const downstreams = new Downstreams(sim, { deaf: (service) => service.startsWith("ann") });
      const gateway = open(downstreams, { callLimit: 2, ...LIMITS });
      await sim.waitFor("the answer at the deadline", ask(gateway, "ann", 2));
      const handling = ask(gateway, "bob", 2);
      await outcomeOf(handling);
      guarantee(downstreams.running === 2, {
        happened: `2 permits; a request was answered at its deadline, and its 2 calls run on; another request came, and now ${downstreams.running} calls run`,
        expected: "2: it waits for their permits",
        why: "The connection, the memory and the service behind it are still in use. This is how 100 become 5,000.",
      });
      downstreams.oldest.answer();
      await turn();
      guarantee(downstreams.of("bob").length === 1 && downstreams.running === 2, {
        happened: `one of the two has ended, and the request that waits has ${downstreams.of("bob").length} calls begun`,
        expected: "1, in the same turn: the permit came back",
        why: "A permit that is lost with the call that was late never comes back: after a hundred of them nothing works.",
      });
      for (const called of downstreams.calls) called.answer();
      await turn();
      for (const called of downstreams.calls) called.answer();
      await sim.waitFor("the other answer", handling);
    });
    await explore(async (sim) => {
      const pays = sim.choose("the services", ["pay heed", "pay no heed"]);
      const downstreams = new Downstreams(sim, {
        deaf: () => pays === "pay no heed",
        onCall: (called) => void sim.as(called.service, () => sim.io("ends")).then(() => called.answer()),
      });
      const gateway = open(downstreams, { callLimit: 2, requestTimeoutMs: 100, callTimeoutMs: 60 });
      const took = await Promise.all([visit(sim, gateway, "ann", 2), visit(sim, gateway, "bob", 2)]);
      guarantee(downstreams.peak <= 2 && Math.max(...took) <= 101, {
        happened: `2 permits, 100 ms for a request; ${downstreams.peak} calls ran at once, and the requests took ${took.join(" and ")} ms`,
        expected: "at most 2 at once, and at most 100 ms",
        why: "The two do not depend on each other: the client has its answer in time, the service keeps its limit.",
      });
      await expectPermitsBack(sim, downstreams, gateway);
    });
  });
});

/** One permit: the first call of ann is late at 200 and ends at 300, and only then the second begins. */
async function lateEndsBeforeTheAnswer(sim: Sim, how: "answers" | "fails"): Promise<void> {
  const start = sim.now();
  const downstreams = new Downstreams(sim, { deaf });
  const handling = ask(open(downstreams, { callLimit: 1, ...LIMITS, callTimeoutMs: 200 }), "ann", 2);
  await outcomeOf(handling);
  await until(sim, start + 300);
  const late = downstreams.oldest;
  if (how === "answers") late.answer();
  else late.fail();
  const early = await outcomeOf(handling);
  const what = `one permit; ${late.service} was late, and ${how} 100 ms later`;
  guarantee(early === undefined && downstreams.calls.length === 2, {
    happened: `${what}; then the other call of the request had its permit, and the request ${describeOutcome(early)}`,
    expected: "it waits for the other, which has just begun",
    why: "A call has one fate. If its deadline and its end both count, the answer leaves without another call.",
  });
  const other = downstreams.oldest;
  other.answer();
  await expectAnswer(handling, `200 with ${other.service}; ${late.service} late`, {
    when: `${what}; then the other had its permit, and answered at once`,
    why: "Late is late, also if the answer has not left: otherwise what a client gets depends on who else had to wait.",
  });
}

/** Two permits: one call of ann has failed, and then bob has its permit until her time is up. */
async function someFailedOthersNotBegun(sim: Sim): Promise<void> {
  const start = sim.now();
  const downstreams = new Downstreams(sim, { deaf });
  const gateway = open(downstreams, { callLimit: 2, ...LIMITS });
  const others = [ask(gateway, "fay", 2)];
  await sim.idle();
  const handling = ask(gateway, "ann", 2);
  await sim.idle();
  others.push(ask(gateway, "bob", 1));
  await sim.idle();
  downstreams.oldest.answer(); // Its permit goes to ann, and then the front of the line is bob.
  await turn();
  downstreams.of("ann")[0]?.fail();
  await until(sim, start + 1_001);
  await expectAnswer(handling, "504", {
    when: "a request needs 2 calls; one has failed, and the other still waited for a permit when the time was up",
    why: "A 502 says: they are all broken. One of them was not even asked.",
  });
  for (const called of downstreams.underWay) called.answer();
  await sim.waitFor("the other answers", Promise.all(others));
}

async function visit(sim: Sim, gateway: ReturnType<typeof open>, client: string, count: number) {
  return await sim.spawn(client, async () => {
    const start = sim.now();
    await endOf(ask(gateway, client, count));
    return sim.now() - start;
  });
}
