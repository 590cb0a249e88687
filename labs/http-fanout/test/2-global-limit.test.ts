import { guarantee, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Answer, Gateway } from "../contract.ts";
import { type Called, Downstreams } from "./downstreams.ts";
import { drive } from "./drive.ts";
import { FairLine } from "./fair-line.ts";
import { ask, describeAnswer, open } from "./gateway.ts";
import { describeOutcome, endOf, expectAnswer, type Outcome, outcomeOf, turn } from "./outcome.ts";

describe("Step 2: global limit", () => {
  it("2.1 never more than `callLimit` calls run at once, over all requests", async () => {
    await simulate(
      async (sim) => {
        const downstreams = new Downstreams(sim, {
          onCall: (called) => setTimeout(() => called.answer(), 10),
        });
        const gateway = open(downstreams, { callLimit: 100 });
        const handlings = Array.from({ length: 12 }, () => ask(gateway, "ann", 20));
        const outcomes = await sim.waitFor("the answers", Promise.all(handlings.map(endOf)));
        expectAll(outcomes, 240);
        guarantee(downstreams.peak <= 100, {
          happened: `12 requests for 20 services each came at once, and ${downstreams.peak} calls ran at once`,
          expected: "at most 100, over all requests",
          why: "A limit for each request is no limit: requests are what there is too much of.",
        });
      },
      { maxEvents: 10_000 },
    );
    await explore(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 2 });
      const outcomes = await serveAll(sim, downstreams, gateway, new FairLine(2));
      expectAll(outcomes, 6);
      guarantee(downstreams.peak <= 2 && downstreams.calls.length === 6, {
        happened: `three requests needed 6 calls; ${downstreams.calls.length} were made, and ${downstreams.peak} ran at once`,
        expected: "6, and at most 2 at once",
        why: "The limit is what this service, and those behind it, can bear.",
      });
    });
  });

  it("2.2 while a call waits all permits are in use: one that gets free is handed on in the same turn", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 3 });
      const first = ask(gateway, "ann", 2);
      await outcomeOf(first);
      const second = ask(gateway, "bob", 5);
      let left = 7;
      for (; left > 0; left -= 1) {
        await turn();
        const expected = Math.min(3, left);
        guarantee(downstreams.running === expected, {
          happened: `there are 3 permits, and ${left} calls that have not ended; ${downstreams.running} of them run`,
          expected: `${expected} do, in the turn in which the permit got free`,
          why: "A permit that nobody uses while somebody waits is capacity thrown away, on the day on which it is short.",
        });
        downstreams.oldest.answer();
      }
      await sim.waitFor("the answers", Promise.all([first, second]));
    }));

  it("2.3 a request for twenty does not starve one for one: those that wait get permits in turn, one at a time", async () => {
    await simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 1 });
      const handlings: Promise<Answer>[] = [];
      for (const [client, count] of [
        ["fay", 1], // It has the only permit.
        ["ann", 20],
        ["bob", 1],
        ["cid", 2],
      ] as const) {
        handlings.push(ask(gateway, client, count));
        await sim.idle();
      }
      for (let ended = 0; ended < 7; ended += 1) {
        downstreams.oldest.answer();
        await sim.idle();
      }
      const expected = "fay ann bob cid ann cid ann ann";
      guarantee(downstreams.order === expected, {
        happened: `one permit; ann needs 20 calls, bob 1 and cid 2, and they came in this order; calls were begun for ${downstreams.order}`,
        expected: `${expected}: one for each in turn`,
        why: "Served call by call, whoever needs one call waits behind all twenty of whoever came before, and is late for it.",
      });
      await answerAll(downstreams);
      await sim.waitFor("the answers", Promise.all(handlings));
    });
    await explore(async (sim) => {
      const line = new FairLine(2);
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 2 });
      await serveAll(sim, downstreams, gateway, line);
      guarantee(downstreams.order === line.order, {
        happened: `calls were begun for ${downstreams.order}`,
        expected: `${line.order}: what is free goes to the front of the line, and who needs more goes to its end`,
        why: "Whoever is overtaken by all that come later is served when nobody comes any more: tonight.",
      });
    });
    await simulate(throwsInItsTurn);
  });

  it("2.4 a request that comes goes to the end of the line, also in the turn in which a permit gets free", async () => {
    for (let microtasks = 0; microtasks < 30; microtasks += 1) {
      await simulate((sim) => comesAsAPermitGetsFree(sim, microtasks));
    }
    await simulate(asksAgainAtOnce);
  });

  it("2.5 if `waitLimit` requests wait, another that would have to is answered 503 at once, and it calls nobody", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 4, waitLimit: 2 });
      const accepted = [];
      for (const [client, count] of [
        ["ann", 3],
        ["bob", 2], // It gets the one that is left, and waits with its second call.
        ["cid", 1],
      ] as const) {
        accepted.push(ask(gateway, client, count));
        await sim.idle();
      }
      const refused = await expectAnswer(ask(gateway, "dee", 1), "503", {
        when: "2 requests may wait, and 2 do; another came",
        why: "A line without a bound is memory that grows, and answers that come when nobody waits for them.",
      });
      const seconds = refused?.status === 503 ? refused.retryAfterSeconds : undefined;
      guarantee(Number.isInteger(seconds) && Number(seconds) >= 1, {
        happened: `the 503 told the client to come back after ${show(seconds)} s`,
        expected: "a whole number of seconds, from 1",
        why: "Who is not told when to come back comes back at once.",
      });
      await answerAll(downstreams);
      const answers = await sim.waitFor("the others", Promise.all(accepted));
      guarantee(downstreams.of("dee").length === 0 && answers.every(({ status }) => status === 200), {
        happened: `later the others were answered ${answers.map(describeAnswer).join(", ")}; on behalf of the one that was refused ${downstreams.of("dee").length} calls were made`,
        expected: "they are answered 200, and no call is made for the one that was refused",
        why: "Whoever was told to come back does.",
      });
      const again = ask(gateway, "dee", 4);
      await outcomeOf(again);
      for (const called of downstreams.of("dee")) called.answer();
      await expectAnswer(again, "200 with dee-1, dee-2, dee-3, dee-4", {
        when: "it came back when nobody waited any more",
        why: "Full is not for ever.",
      });
    }));

  it("2.6 it is requests that are counted, not calls, and the bound holds in a burst as well", async () => {
    await simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 10, waitLimit: 5 });
      const burst = Array.from({ length: 30 }, () => ask(gateway, "ann", 3));
      const refused = (await Promise.all(burst.map(outcomeOf))).filter(is503).length;
      // Three have all their calls begun; the fourth has one, and waits as four others do.
      guarantee(refused === 22 && downstreams.running === 10, {
        happened: `30 requests for 3 came in one turn, for 10 permits and 5 places in the line: ${downstreams.running} calls run, and ${refused} requests were answered 503`,
        expected: "10 run; 3 requests need to wait no more, 5 wait, and 22 are a 503",
        why: "Look first and take later, and all of a burst have looked before one has taken.",
      });
      await answerAll(downstreams);
      await sim.waitFor("the answers", Promise.all(burst));
    });
    for (let microtasks = 0; microtasks < 30; microtasks += 1) {
      await simulate((sim) => burstAsAPermitGetsFree(sim, microtasks));
    }
  });

  it("2.7 a place in the line is free as soon as the last call of its request has begun", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 1, waitLimit: 1 });
      const handlings = [ask(gateway, "fay", 1)];
      await sim.idle();
      handlings.push(ask(gateway, "ann", 2));
      await sim.idle();
      downstreams.oldest.answer();
      await sim.idle();
      const early = await outcomeOf(ask(gateway, "bob", 1));
      guarantee(is503(early), {
        happened: `one request may wait; one does, with the second of its two calls, and a newcomer ${describeOutcome(early)}`,
        expected: "a 503",
        why: "It still waits.",
      });
      downstreams.oldest.answer();
      await sim.idle();
      handlings.push(ask(gateway, "cid", 1));
      const outcome = await outcomeOf(handlings[2] as Promise<Answer>);
      guarantee(outcome === undefined, {
        happened: `one request may wait; the one that did has both calls begun, and a newcomer ${describeOutcome(outcome)}`,
        expected: "it waits",
        why: "Kept until the answer, a place bounds requests in flight, and turns away those who could be served.",
      });
      await answerAll(downstreams);
      await sim.waitFor("the answers", Promise.all(handlings));
    }));

  it("2.8 a permit comes back when its call has settled, however that happens", () =>
    simulate(async (sim) => {
      for (const how of ["answers", "fails", "throws at once"] as const) {
        const downstreams = new Downstreams(sim, {
          throws: () => (how === "throws at once" ? new Error("no such host") : undefined),
          onCall: (called) => {
            if (how === "answers") called.answer();
            if (how === "fails") called.fail();
          },
        });
        const gateway = open(downstreams, { callLimit: 2, waitLimit: 1 });
        for (let n = 1; n <= 3; n += 1) {
          const outcome = await outcomeOf(ask(gateway, "ann", 3));
          guarantee(outcome !== undefined && !is503(outcome), {
            happened: `2 permits, and every call ${how}: request number ${n}, for 3, ${describeOutcome(outcome)}`,
            expected: "it is answered at once",
            why: "A permit that does not come back is lost until the next restart. After a hundred of them nothing works.",
          });
        }
      }
    }));
});

/** The only permit gets free, for ann, whose calls throw at once; bob stands behind her. */
async function throwsInItsTurn(sim: Sim): Promise<void> {
  const downstreams = new Downstreams(sim, {
    throws: (service) => (service.startsWith("ann") ? new Error("no such host") : undefined),
  });
  const gateway = open(downstreams, { callLimit: 1 });
  const handlings: Promise<Answer>[] = [];
  for (const [client, count] of [
    ["fay", 1], // It has the only permit.
    ["ann", 3],
    ["bob", 1],
  ] as const) {
    handlings.push(ask(gateway, client, count));
    await sim.idle();
  }
  downstreams.oldest.answer();
  await turn();
  guarantee(downstreams.order === "fay ann bob", {
    happened: `one permit got free; ann needs 3 calls, each throws at once, and bob waits behind her; calls were begun for ${downstreams.order}`,
    expected: "fay ann bob: a call that has thrown has had its turn, as any other",
    why: "Who is served again without standing in line is served first for as long as its calls fail.",
  });
  await answerAll(downstreams);
  await sim.waitFor("the answers", Promise.all(handlings));
}

/** The only permit gets free, for ann; so many microtasks later, in the same turn, bob comes. */
async function comesAsAPermitGetsFree(sim: Sim, microtasks: number): Promise<void> {
  const downstreams = new Downstreams(sim);
  const gateway = open(downstreams, { callLimit: 1 });
  const handlings = [ask(gateway, "fay", 1)];
  await sim.idle();
  handlings.push(ask(gateway, "ann", 1));
  await sim.idle();
  downstreams.oldest.answer();
  for (let n = 0; n < microtasks; n += 1) await null;
  handlings.push(ask(gateway, "bob", 1));
  await turn();
  expectNotOvertaken(downstreams, "fay ann", "another request came in the turn in which the permit got free");
  await answerAll(downstreams);
  await sim.waitFor("the answers", Promise.all(handlings));
}

/** The only permit gets free, for the first of ann's two calls; so many microtasks later, in the same turn, others come. */
async function burstAsAPermitGetsFree(sim: Sim, microtasks: number): Promise<void> {
  const downstreams = new Downstreams(sim);
  const gateway = open(downstreams, { callLimit: 1, waitLimit: 1 });
  const handlings = [ask(gateway, "fay", 1)];
  await sim.idle();
  handlings.push(ask(gateway, "ann", 2));
  await sim.idle();
  downstreams.oldest.answer();
  for (let n = 0; n < microtasks; n += 1) await null;
  const burst = Array.from({ length: 3 }, () => ask(gateway, "bob", 1));
  const refused = (await Promise.all(burst.map(outcomeOf))).filter(is503).length;
  guarantee(refused === 3, {
    happened: `one request may wait, and one does, for 2 calls; the only permit got free for the first of them, ${microtasks} microtasks later 3 requests came, and ${refused} of them were answered 503`,
    expected: "all 3: the permit is not theirs, and the one that waits still needs another",
    why: "A permit that is promised to the line and counted as free lets in a whole burst, and none of it finds a permit.",
  });
  await answerAll(downstreams);
  await sim.waitFor("the answers", Promise.all([...handlings, ...burst]));
}

/** Who gets an answer sends the next request in the same turn, five times. */
async function asksAgainAtOnce(sim: Sim): Promise<void> {
  const downstreams = new Downstreams(sim);
  const gateway = open(downstreams, { callLimit: 1 });
  const loop = (async () => {
    for (let n = 0; n < 5; n += 1) await ask(gateway, "fay", 1);
  })();
  await sim.idle();
  const handlings = [ask(gateway, "ann", 1), ask(gateway, "bob", 1)];
  await sim.idle();
  for (let ended = 0; ended < 3; ended += 1) {
    downstreams.oldest.answer();
    await sim.idle();
  }
  const story = "with each answer fay asked again in the same turn, and ann and bob waited";
  expectNotOvertaken(downstreams, "fay ann bob fay", story);
  await answerAll(downstreams);
  await sim.waitFor("the answers", Promise.all([loop, ...handlings]));
}

function expectNotOvertaken(downstreams: Downstreams, expected: string, story: string): void {
  guarantee(downstreams.order === expected, {
    happened: `one permit; ${story}; calls were begun for ${downstreams.order}`,
    expected: `${expected}: who waits is served before who comes`,
    why: "One client in a loop, and whoever waits is late, however short the line is.",
  });
}

async function answerAll(downstreams: Downstreams): Promise<void> {
  while (downstreams.running > 0) {
    downstreams.oldest.answer();
    await turn();
  }
}

const REQUESTS = new Map([
  ["ann", 3],
  ["bob", 1],
  ["cid", 2],
]);

/** Requests come and calls are answered, in every order; `line` is told of it as well. */
async function serveAll(
  sim: Sim,
  downstreams: Downstreams,
  gateway: Gateway,
  line: FairLine,
): Promise<readonly Outcome[]> {
  const handlings: Promise<Answer>[] = [];
  const toCome = new Map(REQUESTS);
  const arrive = (client: string, count: number) => () => {
    toCome.delete(client);
    line.arrive(client, count);
    handlings.push(ask(gateway, client, count));
  };
  const answer = (called: Called) => () => {
    line.release();
    called.answer();
  };
  await drive(sim, () => [
    ...[...toCome].map(([client, count]) => ({ label: `${client} comes`, make: arrive(client, count) })),
    ...downstreams.underWay.map((called) => ({ label: `${called.service} answers`, make: answer(called) })),
  ]);
  return await Promise.all(handlings.map(outcomeOf));
}

const is503 = (outcome: Outcome) =>
  outcome !== undefined && "answer" in outcome && outcome.answer.status === 503;

/** Each request must have the answers of all its services, which are so many. */
function expectAll(outcomes: readonly Outcome[], calls: number): void {
  const answered = outcomes.flatMap((outcome) =>
    outcome !== undefined && "answer" in outcome && outcome.answer.status === 200
      ? Object.keys(outcome.answer.data)
      : [],
  );
  guarantee(answered.length === calls, {
    happened: `every service answered; the requests: ${outcomes.map(describeOutcome).join(" / ")}`,
    expected: `each is answered 200, with all that it asked for: ${calls} answers`,
    why: "Who has to wait is served later, not never.",
  });
}
