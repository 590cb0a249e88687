import { getEventListeners } from "node:events";
import { guarantee, noLeaks, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Answer, Gateway } from "../contract.ts";
import { Downstreams } from "./downstreams.ts";
import { ask, names, open } from "./gateway.ts";
import { describeOutcome, endOf, expectAnswer, type Outcome, outcomeOf, turn } from "./outcome.ts";
import { expectPermitsBack } from "./permits.ts";
import { until } from "./until.ts";

const LEFT = new Error("the client has gone");
const deafForAnn = (service: string) => service.startsWith("ann");

describe("Step 4: client gone", () => {
  it("4.1 in the turn in which a client goes, its calls are told, with the identical reason; those of others are not", () =>
    simulate(async (sim) => {
      for (const reason of [LEFT, "text", null]) {
        const downstreams = new Downstreams(sim, { deaf: (service) => service === "ann-1" });
        const gateway = open(downstreams, { callLimit: 4 });
        const other = ask(gateway, "bob", 1);
        await sim.idle();
        const client = new Client(gateway, "ann", 4);
        await client.outcome();
        const running = downstreams.of("ann");
        client.leave(reason);
        await turn();
        const told = running.filter(({ signal }) => signal.aborted && signal.reason === reason);
        guarantee(running.length === 3 && told.length === 3, {
          happened: `3 calls ran when the client went with ${show(reason)}; ${told.length} of their signals aborted with it, the reasons were ${running.map(({ signal }) => (signal.aborted ? show(signal.reason) : "none")).join(", ")}`,
          expected: "all 3 abort, with the very reason",
          why: "Each call that runs on holds a permit for nobody, twenty for each client who presses reload.",
        });
        guarantee(!downstreams.of("bob")[0]?.signal.aborted, {
          happened: "a client went, and the call of another was told to stop",
          expected: "only its own are",
          why: "One reload would be everybody's outage.",
        });
        for (const called of downstreams.underWay) called.answer();
        await sim.waitFor("the other answer", other);
        await client.outcome();
      }
    }));

  it("4.2 `handle` rejects in that turn with the identical reason, whatever the calls do, then and later", () =>
    simulate(async (sim) => {
      for (const reason of [LEFT, "text", null]) {
        for (const end of ["answers", "fails"] as const) {
          const downstreams = new Downstreams(sim, { deaf: deafForAnn });
          const client = new Client(open(downstreams), "ann", 2);
          await client.outcome();
          downstreams.oldest.answer();
          await turn();
          client.leave(reason);
          const outcome = await client.outcome();
          guarantee(rejectedWith(outcome, reason), {
            happened: `the client went with ${show(reason)}, while a call ran that pays no heed to its signal; the request ${describeOutcome(outcome)}`,
            expected: "it rejects at once, with the very reason",
            why: "By it the service tells a client that has gone, who needs no answer, from a fault of its own.",
          });
          if (end === "fails") downstreams.oldest.fail();
          else downstreams.oldest.answer();
          await sim.idle();
        }
      }
    }));

  it("4.3 none of its calls begins afterwards, and its place in the line is free at once", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 1, waitLimit: 1 });
      const first = ask(gateway, "fay", 1);
      await sim.idle();
      const client = new Client(gateway, "ann", 2);
      await client.outcome();
      client.leave(LEFT);
      const gone = await client.outcome();
      guarantee(rejectedWith(gone, LEFT), {
        happened: `the client went while its request waited for a permit, and the request ${describeOutcome(gone)}`,
        expected: "it rejects at once, with the very reason",
        why: "Whatever waits for nobody is memory.",
      });
      const other = ask(gateway, "bob", 1);
      const outcome = await outcomeOf(other);
      guarantee(outcome === undefined, {
        happened: `one request may wait; the client of the one that did has gone, another came, and ${describeOutcome(outcome)}`,
        expected: "it waits: there is a place in the line",
        why: "A line full of people who have gone home turns away those who are there.",
      });
      downstreams.oldest.answer();
      await turn();
      guarantee(downstreams.order === "fay bob", {
        happened: `the permit got free, and calls were begun for ${downstreams.order}`,
        expected: "fay bob: the one who still waits",
        why: "A call for a client that has gone is load, and nothing else.",
      });
      downstreams.oldest.answer();
      await sim.waitFor("the other answers", Promise.all([first, other]));
    }));

  it("4.4 its permits come back as its calls settle, not before, and go to those who wait", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim, { deaf: deafForAnn });
      const gateway = open(downstreams, { callLimit: 2 });
      const client = new Client(gateway, "ann", 2);
      await sim.idle();
      const other = ask(gateway, "bob", 2);
      await sim.idle();
      await client.outcome();
      client.leave(LEFT);
      for (const begun of [0, 1, 2]) {
        await turn();
        guarantee(downstreams.of("bob").length === begun, {
          happened: `2 permits; the client went, ${begun} of its 2 calls have ended since, and ${downstreams.of("bob").length} calls of the request that waits have begun`,
          expected: `${begun}`,
          why: "A connection is free when its call has ended. Until then somebody else would be one too many; afterwards, somebody waits for it.",
        });
        downstreams.of("ann")[begun]?.answer();
      }
      for (const called of downstreams.underWay) called.answer();
      await expectAnswer(other, "200 with bob-1, bob-2", {
        when: "another client had gone, and all services have answered",
        why: "Nobody else gets hurt.",
      });
      await client.outcome();
    }));

  it("4.5 with a signal that has aborted already nothing begins: it rejects with the reason, even where it would be a 400 or 503", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const gateway = open(downstreams, { callLimit: 1, waitLimit: 1 });
      const accepted = [ask(gateway, "fay", 1), ask(gateway, "bob", 1)];
      await turn();
      for (const services of [names("ann", 1), [], ["zoe-1"]]) {
        for (const target of [gateway, open(downstreams)]) {
          const outcome = await outcomeOf(target.handle(services, { signal: AbortSignal.abort(LEFT) }));
          guarantee(rejectedWith(outcome, LEFT) && downstreams.of("ann").length === 0, {
            happened: `a request for ${services.length} services came, whose signal had aborted already; ${downstreams.of("ann").length} calls were made, and it ${describeOutcome(outcome)}`,
            expected: "no call, and it rejects with the very reason",
            why: "The client went while the request was read. Whatever is done now is done for nobody.",
          });
        }
      }
      for (let n = 0; n < 2; n += 1) {
        downstreams.oldest.answer();
        await turn();
      }
      await sim.waitFor("the others", Promise.all(accepted));
    }));

  it("4.6 at whatever moment a client goes, no permit and no place is lost, and none is there twice", async () => {
    for (let microtasks = 0; microtasks < 30; microtasks += 1) {
      await simulate((sim) => goesAsItIsGranted(sim, microtasks));
      await simulate((sim) => goesBeforeAnother(sim, microtasks));
    }
    await explore(
      async (sim) => {
        const pays = sim.choose("the services", ["pay heed", "pay no heed"]);
        const downstreams = new Downstreams(sim, {
          deaf: () => pays === "pay no heed",
          onCall: (called) => {
            const isOfVisitor = /^(ann|bob)-/.test(called.service);
            if (isOfVisitor) sim.as(called.service, () => sim.io("ends")).then(() => called.answer());
          },
        });
        const gateway = open(downstreams, { callLimit: 2, waitLimit: 1, requestTimeoutMs: 100 });
        const visit = (name: string, count: number) =>
          sim.spawn(name, async () => {
            const client = new Client(gateway, name, count);
            sim.anytime(`${name} goes`, () => client.leave(LEFT));
            return await endOf(client.handling);
          });
        const outcomes = await Promise.all([visit("ann", 3), visit("bob", 2)]);
        const odd = outcomes.find((outcome) => "error" in outcome && outcome.error !== LEFT);
        guarantee(odd === undefined && downstreams.peak <= 2, {
          happened: `2 permits, two clients; ${downstreams.peak} calls ran at once, and a request ${describeOutcome(odd ?? outcomes[0])}`,
          expected: "at most 2 calls at once, and an answer or the reason of the client",
          why: "The moment at which somebody goes is not yours to choose.",
        });
        expectNoneForNobody(downstreams);
        await expectPermitsBack(sim, downstreams, gateway);
        await expectPlaceBack(downstreams, gateway);
      },
      { squeeze: 6 },
    );
  });

  it("4.7 when `handle` has settled, no timer and no listener on its signal is left, however it ended", async () => {
    await simulate(async (sim) => {
      const downstreams = new Downstreams(sim, { deaf: deafForAnn });
      const gateway = open(downstreams, { callLimit: 4, waitLimit: 1, requestTimeoutMs: 1_000 });
      const service = new AbortController(); // It lives as long as the process.
      const visit = (services: readonly string[]) => gateway.handle(services, { signal: service.signal });
      const check = async (ended: string, handling: Promise<Answer>) => {
        const outcome = await outcomeOf(handling);
        const left = getEventListeners(service.signal, "abort").length;
        guarantee(outcome !== undefined && left === 0, {
          happened: `a request ended: ${ended}. It ${describeOutcome(outcome)}, and ${left} listeners were left on its signal`,
          expected: "it has settled, and none is left",
          why: "The signal may be that of a shutdown, which lives for a month. Each listener holds on to its request.",
        });
      };
      const good = visit(names("bob", 3));
      await turn();
      for (const called of downstreams.underWay) called.answer();
      await check("every service answered", good);
      const bad = visit(names("bob", 3));
      await turn();
      for (const called of downstreams.underWay) called.fail();
      await check("every service failed", bad);
      await check("a 400", visit([]));
      const late = visit(names("ann", 3));
      await sim.idle();
      const waited = visit(names("bob", 3));
      await turn();
      const before = getEventListeners(service.signal, "abort").length;
      const refused = await outcomeOf(visit(names("cid", 2)));
      const more = getEventListeners(service.signal, "abort").length - before;
      guarantee(refused !== undefined && "answer" in refused && refused.answer.status === 503 && more === 0, {
        happened: `4 permits are in use, one request waits, as one may, and another ${describeOutcome(refused)}; it left ${more} listeners on its signal`,
        expected: "a 503 that leaves none",
        why: "There are most of these when there is least to spare.",
      });
      await until(sim, sim.now() + 1_001);
      await check("at its deadline, its calls run on", late);
      await check("at its deadline, it waited", waited);
      for (const called of downstreams.underWay) called.answer();
      await turn();
      const client = new Client(gateway, "cid", 2);
      await turn();
      client.leave(LEFT);
      await client.outcome();
    });
    await simulate(goesFromCallsThatPayNoHeed);
    for (const how of ["answers", "fails", "throws at once"] as const) {
      await noLeaks(() => simulate((sim) => everyCall(sim, how)), { settle: 0, ignore: OWN_SIGNALS });
    }
    for (const goesAfterMs of [undefined, 20, 70]) {
      // It stays until its deadline; it goes while it waits; or while its first call runs.
      await noLeaks(() => simulate((sim) => visitAndGo(sim, goesAfterMs)), {
        settle: 0,
        ignore: OWN_SIGNALS,
      });
    }
  });
});

/** A permit gets free for a request that waits; so many microtasks later, in the same turn, its client goes. */
async function goesAsItIsGranted(sim: Sim, microtasks: number): Promise<void> {
  const downstreams = new Downstreams(sim);
  const gateway = open(downstreams, { callLimit: 2, waitLimit: 1 });
  const first = ask(gateway, "bob", 2);
  await sim.idle();
  const client = new Client(gateway, "ann", 2);
  await sim.idle();
  downstreams.oldest.answer();
  for (let n = 0; n < microtasks; n += 1) await null;
  client.leave(LEFT);
  await client.outcome();
  expectNoneForNobody(downstreams);
  await expectPermitsBack(sim, downstreams, gateway);
  await expectPlaceBack(downstreams, gateway);
  await sim.waitFor("the other answer", first);
}

/** The same with another in the line: the permit is for that one then. */
async function goesBeforeAnother(sim: Sim, microtasks: number): Promise<void> {
  const downstreams = new Downstreams(sim);
  const gateway = open(downstreams, { callLimit: 1 });
  const first = ask(gateway, "bob", 1);
  await sim.idle();
  const client = new Client(gateway, "ann", 1);
  await sim.idle();
  const next = ask(gateway, "cid", 1);
  await sim.idle();
  downstreams.oldest.answer();
  for (let n = 0; n < microtasks; n += 1) await null;
  client.leave(LEFT);
  await turn();
  guarantee(downstreams.of("cid").length === 1, {
    happened: `one permit got free; ${microtasks} microtasks later the client of the first in line went; the call of the next was not begun, and ${downstreams.running} calls run`,
    expected: "it is begun, in the same turn",
    why: "If nothing else happens to end, it waits until it is late, beside a permit that nobody uses.",
  });
  for (const called of downstreams.underWay) called.answer();
  await client.outcome();
  await sim.waitFor("the other answers", Promise.all([first, next]));
}

function expectNoneForNobody({ forNobody }: Downstreams): void {
  guarantee(forNobody === 0, {
    happened: `${forNobody} calls were begun when their request was over`,
    expected: "none: between the grant of a permit and its use the client may go",
    why: "A call for a client that has gone is load, and nothing else.",
  });
}

/** A signal that the gateway has made itself takes its listeners along when it goes. */
const OWN_SIGNALS = [/listeners? for "abort"/];

/** Three calls that end like this, long before any deadline; what is left of them is looked for at once. */
async function everyCall(sim: Sim, how: "answers" | "fails" | "throws at once"): Promise<void> {
  const downstreams = new Downstreams(sim, {
    throws: () => (how === "throws at once" ? new Error("no such host") : undefined),
    onCall: (called) => {
      if (how === "answers") called.answer();
      if (how === "fails") called.fail();
    },
  });
  const gateway = open(downstreams, { callLimit: 2, requestTimeoutMs: 1_000, callTimeoutMs: 200 });
  await sim.waitFor("the answer", ask(gateway, "ann", 3));
}

/**
 * The client goes, and its calls go on for ever. A timer of theirs that runs on outlives the scenario, which ends as soon
 * as `handle` has settled.
 */
async function goesFromCallsThatPayNoHeed(sim: Sim): Promise<void> {
  const client = new Client(open(new Downstreams(sim, { deaf: deafForAnn })), "ann", 2);
  await turn();
  client.leave(LEFT);
  await endOf(client.handling);
}

/** A request for three behind another, with one permit, and calls of 50 ms that pay no heed: the third never begins. */
async function visitAndGo(sim: Sim, goesAfterMs: number | undefined): Promise<void> {
  const call = () => pause(50);
  const gateway = open(new Downstreams(sim), { call, callLimit: 1, requestTimeoutMs: 120 });
  const first = ask(gateway, "bob", 1);
  const client = new Client(gateway, "ann", 3);
  if (goesAfterMs !== undefined) {
    await pause(goesAfterMs);
    client.leave(LEFT);
  }
  await endOf(client.handling);
  await first;
  await pause(500); // By then all calls have ended.
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Somebody who makes a request, and may go. */
class Client {
  readonly handling: Promise<Answer>;
  readonly #gone = new AbortController();

  constructor(gateway: Gateway, name: string, count: number) {
    this.handling = gateway.handle(names(name, count), { signal: this.#gone.signal });
    this.handling.catch(() => {}); // Looked at later.
  }

  leave(reason: unknown): void {
    this.#gone.abort(reason);
  }

  outcome(): Promise<Outcome> {
    return outcomeOf(this.handling);
  }
}

const rejectedWith = (outcome: Outcome, reason: unknown) =>
  outcome !== undefined && "error" in outcome && outcome.error === reason;

/** Of three requests for both permits, one has them, one waits, as one may, and one is refused. */
async function expectPlaceBack(downstreams: Downstreams, gateway: Gateway): Promise<void> {
  const handlings = ["cid", "dee", "eve"].map((name) => ask(gateway, name, 2));
  const outcomes = await Promise.all(handlings.map(outcomeOf));
  const refused = outcomes.filter(
    (outcome) => outcome !== undefined && "answer" in outcome && outcome.answer.status === 503,
  );
  guarantee(refused.length === 1 && downstreams.running === 2, {
    happened: `nobody waited any more, and one may; three requests for both permits came: ${downstreams.running} calls run, and ${refused.length} requests were answered 503`,
    expected: "2 run, one request waits, and one is a 503",
    why: "A place that is lost turns people away from an empty line; one too many is no bound.",
  });
  while (downstreams.running > 0) {
    for (const called of downstreams.underWay) called.answer();
    await turn();
  }
  await Promise.all(handlings);
}
