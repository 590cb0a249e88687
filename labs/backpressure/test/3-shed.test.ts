import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, nameOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type {
  Admission,
  AdmissionControl,
  AdmissionOptions,
  HttpRequest,
  HttpResponse,
  Priority,
} from "../contract.ts";
import { Exchange } from "./exchange.ts";
import { lab } from "./subject.ts";

describe("Step 3: shed", () => {
  it("3.1 never more than `limit` requests are in flight: whoever comes beyond is told so, at once", () =>
    simulate(() => {
      const { enterAll } = open({ limit: 10, keptForHigh: 0 });
      const answers = enterAll(Array.from({ length: 100 }, () => "normal"));
      const thenables = answers.filter((answer) => typeof (answer as { then?: unknown }).then === "function");
      guarantee(thenables.length === 0, {
        happened: "`enter` gave a promise",
        expected: "it answers at once",
        why: "Under overload each awaited step is one more queue, and it is the refusals that must stay cheap.",
      });
      const admitted = answers.filter((answer) => answer.admitted).length;
      guarantee(admitted === 10, {
        happened: `100 requests came at the same moment, none left, and ${admitted} were admitted`,
        expected: "10 are, for the limit is 10",
        why: "Beyond what it can do, a service that says yes to all is slow for all, and then answers nobody.",
      });
      leaveAll(answers);
      const again = enterAll(Array.from({ length: 100 }, () => "normal")).filter(
        ({ admitted }) => admitted,
      ).length;
      guarantee(again === 10, {
        happened: `all left, 100 more came, and ${again} were admitted`,
        expected: "10 are: each that leaves makes room for one",
        why: "Places that are not given back are gone for good: in the end the service refuses everybody, with nothing to do.",
      });
    }));

  it("3.2 `keptForHigh` places are for `high` only: `normal` is admitted while fewer than the others are taken", () =>
    simulate(() => {
      const options = { limit: 4, keptForHigh: 1 };
      const stories: readonly [readonly Priority[], string][] = [
        [["normal", "normal", "normal", "normal", "high", "high"], "yes yes yes no yes no"],
        [["high", "high", "high", "normal", "high", "high"], "yes yes yes no yes no"],
        [["high", "normal", "normal", "normal", "high"], "yes yes yes no yes"],
      ];
      for (const [arrivals, expected] of stories) {
        const answers = open(options).enterAll(arrivals);
        const said = answers.map(({ admitted }) => (admitted ? "yes" : "no")).join(" ");
        guarantee(said === expected, {
          happened: `limit 4, 1 kept for high: ${arrivals.join(", ")} got ${said}`,
          expected,
          why: "The health check and the paying customer come through while the crowd is at the door; that is what the place is kept for.",
        });
      }
      const { enterAll } = open(options);
      const [high] = enterAll(["high", "normal", "normal"]);
      leaveAll(high === undefined ? [] : [high]);
      const [normal] = enterAll(["normal"]);
      guarantee(normal?.admitted === true, {
        happened:
          "limit 4, 1 kept for high: one high and two normal came, the high left, and a normal was refused",
        expected: "it is admitted: two are in flight, and three places are for everybody",
        why: "Places are counted by who is inside, not by who once was.",
      });
    }));

  it("3.3 a refusal is a 503 when all places are taken, and a 429 when free ones are left for `high`", () =>
    simulate(() => {
      const { enterAll } = open({ limit: 3, keptForHigh: 2 });
      const said = enterAll(["normal", "normal", "high", "normal", "high", "normal", "high"]).map((answer) =>
        answer.admitted ? "in" : answer.status,
      );
      guarantee(said.join(" ") === "in 429 in 429 in 503 503", {
        happened: `limit 3, 2 kept for high: normal normal high normal high normal high got ${said.join(" ")}`,
        expected: "in 429 in 429 in 503 503",
        why: "429 tells a client that its kind sends too much; 503 tells a load balancer to try another machine.",
      });
    }));

  it("3.4 a refusal says in how many seconds to come back: from 1 to `maxRetryAfterSeconds`, drawn once for each", () =>
    simulate(() => {
      const draws = [0, 0.5, 0.999, 0.25];
      let drawn = 0;
      const { enterAll } = open({
        limit: 1,
        keptForHigh: 0,
        maxRetryAfterSeconds: 8,
        random: () => draws[drawn++] ?? 0,
      });
      const answers = enterAll(["normal", "normal", "normal", "normal", "normal"]);
      const seconds = answers.flatMap((answer) => (answer.admitted ? [] : answer.retryAfterSeconds));
      guarantee(seconds.join() === "1,5,8,3" && drawn === 4, {
        happened: `random gave ${draws.join(", ")}; four refusals, of at most 8 s, said ${seconds.join(", ")}, and it was asked ${drawn} times`,
        expected: "1, 5, 8, 3: 1 + Math.floor(random() × 8), drawn once for each refusal",
        why: "Whoever is refused together and told the same second comes back together: the overload repeats itself, on the beat.",
      });
      const [, plain] = open({ limit: 1, keptForHigh: 0 }).enterAll(["normal", "normal"]);
      guarantee(plain?.admitted === false && plain.retryAfterSeconds === 1, {
        happened: `without \`maxRetryAfterSeconds\` a refusal was ${show(plain)}`,
        expected: "1 second, the default",
        why: "The header wants a whole number of seconds.",
      });
    }));

  it("3.5 `leave` gives the place back, once: called again it does nothing", () =>
    simulate(() => {
      const { enterAll } = open({ limit: 2, keptForHigh: 0 });
      const [first] = enterAll(["normal", "normal"]);
      if (first?.admitted !== true) return guarantee(false, refusedThough("there was room"));
      const { leave } = first; // Handed on as a listener, it has no `this`.
      for (let n = 0; n < 3; n += 1) leave();
      const admitted = enterAll(["normal", "normal", "normal"]).filter((answer) => answer.admitted).length;
      guarantee(admitted === 1, {
        happened: `limit 2, two inside, one of them left (and \`leave\` was called three times): ${admitted} of three that came were admitted`,
        expected: "1 is",
        why: "An error handler, a finally and a close event all give the place back. Counted three times, it makes room for two too many.",
      });
      leave();
      const [late] = enterAll(["normal"]);
      guarantee(late?.admitted === false, {
        happened:
          "one that had left long ago called `leave` again, and somebody was admitted to a full service",
        expected: "its place belongs to another by now",
        why: "The limit would rise with each late event.",
      });
    }));

  it("3.6 `inFlight` tells how many are inside", () =>
    simulate(() => {
      const { admission, enterAll } = open({ limit: 2, keptForHigh: 0 });
      const readings = [admission.inFlight];
      const answers = enterAll(["normal", "normal", "normal"]);
      readings.push(admission.inFlight);
      leaveAll(answers);
      readings.push(admission.inFlight);
      guarantee(readings.join() === "0,2,0", {
        happened: `limit 2: at first, after three came, after all left, \`inFlight\` was ${readings.join(", ")}`,
        expected: "0, 2, 0",
        why: "It is the first figure that is looked at when the service refuses people.",
      });
    }));

  it("3.7 `guard` answers a refused request before its call returns, and never calls the handler for it", () =>
    simulate(async (sim) => {
      const { admission } = open({ limit: 1, keptForHigh: 0, maxRetryAfterSeconds: 4, random: () => 0.5 });
      const first = Promise.withResolvers<void>();
      let handled = 0;
      const serve = admission.guard<HttpRequest, Exchange>(() => {
        handled += 1;
        return first.promise;
      });
      const admitted = new Exchange();
      const running = serve(admitted.request, admitted);
      guarantee(handled === 1, {
        happened:
          "a request was admitted, and when the call of `guard`'s function returned, its handler had not been called",
        expected: "it is called at once",
        why: "A request that is let in and then waits stands in a queue that nobody bounds.",
      });
      const refused = new Exchange();
      const answer = serve(refused.request, refused);
      const told = refused.told.join(", ");
      guarantee(told === "503, Retry-After: 3, end", {
        happened: `the service was full, and when the call returned, the refused client had been told ${told || "nothing"}`,
        expected: "503, Retry-After: 3, end",
        why: "A refusal that waits for anything waits longest when the service is busiest: the refused queue up in memory instead.",
      });
      await sim.waitFor("the promise of a refused request", answer);
      guarantee(handled === 1, {
        happened: "the handler was called for a refused request",
        expected: "it is not",
        why: "That work is what there is no room for.",
      });
      first.resolve();
      await sim.waitFor("the admitted request", running);
    }));

  it("3.8 the place is given back when the handler has ended, in whatever way, and not before", () =>
    simulate(async (sim) => {
      const broken = new Error("the database is down");
      const throwAtOnce = () => {
        throw broken;
      };
      const handlers = {
        "returned nothing": () => {},
        resolved: () => sim.io("answers"),
        "threw at once": throwAtOnce,
        rejected: () => sim.io("fails", throwAtOnce),
      };
      for (const [how, handler] of Object.entries(handlers)) {
        const { admission, enterAll } = open({ limit: 1, keptForHigh: 0 });
        const exchange = new Exchange();
        const before = admission.inFlight;
        const running = admission.guard<HttpRequest, Exchange>(handler)(exchange.request, exchange);
        if (how === "resolved" || how === "rejected") {
          const [during] = enterAll(["normal"]);
          guarantee(before === 0 && during?.admitted === false, {
            happened: "a second request was admitted while the first was being handled, with a limit of 1",
            expected: "it is refused",
            why: "The limit protects what the handler uses.",
          });
        }
        const outcome = await sim.waitFor("guard's promise", settled(running));
        const fails = how === "threw at once" || how === "rejected";
        guarantee(fails ? "error" in outcome && outcome.error === broken : "value" in outcome, {
          happened: `the handler ${how}, and the promise ${describeOutcome(outcome)}`,
          expected: fails ? "it rejects with the very error" : "it resolves",
          why: "Whoever wired it in decides what a failure means: a 500, a line in the log.",
        });
        const [after] = enterAll(["normal"]);
        guarantee(after?.admitted === true, {
          happened: `the handler ${how}, and its place was not given back`,
          expected: "it is, whichever way the handler ends",
          why: "With each failure the service would get smaller, until it refuses everybody and does nothing.",
        });
        guarantee(exchange.listenerCount("close") === 0, {
          happened: `the handler ${how}, and a listener for "close" is still on its response`,
          expected: "none is",
          why: "A connection that is kept alive outlives many requests.",
        });
      }
    }));

  it("3.9 when the client leaves the handler's signal aborts with a ClientGoneError, and the place comes back when it ends", async () => {
    await explore(clientMayLeave);
    await simulate(lingeringWork);
    await simulate(signalReadLate);
    await simulate(clientWasServed);
  });

  it("3.10 `x-priority: high` makes a request high; anything else is normal", () =>
    simulate(async () => {
      const cases: readonly [HttpRequest["headers"], string][] = [
        [{ "x-priority": "high" }, "admitted"],
        [{}, "429"],
        [{ "x-priority": "low" }, "429"],
        [{ "x-priority": "High" }, "429"],
        [{ "x-priority": ["high"] }, "429"],
        [{ "x-priority": undefined }, "429"],
        [{ "x-priority": "" }, "429"],
        [{ priority: "high" }, "429"],
      ];
      for (const [headers, expected] of cases) {
        const { admission } = open({ limit: 2, keptForHigh: 1 });
        const { promise, resolve } = Promise.withResolvers<void>();
        const serve = admission.guard<HttpRequest, Exchange>(() => promise);
        const first = new Exchange();
        const second = new Exchange(headers);
        const served = [serve(first.request, first), serve(second.request, second)];
        const got = second.told[0] ?? "admitted";
        resolve();
        await Promise.all(served);
        guarantee(got === expected, {
          happened: `one place was left, and it was kept for high: a request with the headers ${show(headers)} got ${got}`,
          expected,
          why: "A place that is kept for some is only kept if the others cannot take it by accident.",
        });
      }
    }));

  it("3.11 options out of range are refused at once, by name", () => {
    const refuse = (options: Partial<AdmissionOptions>) =>
      lab.createAdmission({ limit: 3, keptForHigh: 1, ...options });
    expectRefused(
      "limit",
      [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
      (limit) => refuse({ limit, keptForHigh: 0 }),
      "A limit that is none admits everybody, or nobody.",
    );
    expectRefused(
      "keptForHigh",
      [-1, 0.5, 3, 4, Number.NaN],
      (keptForHigh) => refuse({ keptForHigh }),
      "Where all places are kept for high, no normal request is ever served.",
    );
    expectRefused(
      "maxRetryAfterSeconds",
      [0, -1, 1.5, Number.NaN],
      (maxRetryAfterSeconds) => refuse({ maxRetryAfterSeconds }),
      "Retry-After: 0 is an invitation to hammer.",
    );
  });
});

/** A request and a response of node:http are what `guard` takes: otherwise this would not compile. */
export type FitsNodeHttp = [Fits<IncomingMessage, HttpRequest>, Fits<ServerResponse, HttpResponse>];
type Fits<Given extends Needed, Needed> = Given;
/** And a handler that is written in its place knows what it is given. */
export const inPlace = (admission: AdmissionControl) =>
  createServer(admission.guard((request, response) => void response.end(request.url)));

function open(options: AdmissionOptions) {
  const admission = lab.createAdmission(options);
  return { admission, enterAll: (all: readonly Priority[]) => all.map((one) => admission.enter(one)) };
}

function leaveAll(admissions: readonly Admission[]): void {
  for (const admission of admissions) if (admission.admitted) admission.leave();
}

const refusedThough = (why: string) => ({
  happened: `a request was refused, though ${why}`,
  expected: "it is admitted",
  why: "A refusal that is not needed is an answer that somebody went without.",
});

const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

/** A handler that heeds its signal, and a client that may leave at any moment. */
async function clientMayLeave(sim: Sim): Promise<void> {
  const { admission, enterAll } = open({ limit: 1, keptForHigh: 0 });
  const exchange = new Exchange();
  let left = false;
  let abortedWith: unknown;
  sim.anytime("client leaves", () => {
    if (exchange.writableFinished) return;
    left = true;
    exchange.clientLeaves();
  });
  const serve = admission.guard<HttpRequest, Exchange>(async (_request, response, context) => {
    await sim.io("reads the body");
    if (context.signal.aborted) {
      abortedWith = context.signal.reason;
      throw context.signal.reason;
    }
    await sim.io("writes to the database");
    response.end();
    await sim.io("is sent");
    if (!left) exchange.sent();
  });
  const client = sim.spawn("request", () => settled(serve(exchange.request, exchange)));
  await sim.waitFor("the handler to end", client);
  guarantee(abortedWith === undefined || (abortedWith as Error).name === "ClientGoneError", {
    happened: `the client left, and the handler's signal aborted with ${show(abortedWith)}`,
    expected: "a ClientGoneError",
    why: "The log must tell those who left from those who were timed out.",
  });
  expectPlace(admission, enterAll, left ? "the client had left, the handler ended" : "the handler ended");
  guarantee(exchange.listenerCount("close") === 0, {
    happened: 'a listener for "close" is still on the response of a request that is done',
    expected: "none is",
    why: "What is left on each request adds up.",
  });
}

/** The client leaves, and the handler goes on with what it has begun. */
async function lingeringWork(sim: Sim): Promise<void> {
  const { admission, enterAll } = open({ limit: 1, keptForHigh: 0 });
  const exchange = new Exchange();
  const work = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const running = admission.guard<HttpRequest, Exchange>((_request, _response, context) => {
    signals.push(context.signal);
    return work.promise;
  })(exchange.request, exchange);
  await sim.idle();
  guarantee(signals.length === 1 && signals.every(({ aborted }) => !aborted), {
    happened: `while the client waited for its answer, the handler ${signals.length === 0 ? "was not called" : "had a signal that was aborted"}`,
    expected: "it is called with a signal that aborts when the client leaves",
    why: "A handler that stops without reason answers nobody.",
  });
  exchange.clientLeaves();
  guarantee(
    signals.every((signal) => signal.aborted && nameOf({ error: signal.reason }) === "ClientGoneError"),
    {
      happened: `the client left, and the handler's signal ${signals.map((signal) => (signal.aborted ? `aborted with ${show(signal.reason)}` : "did not abort")).join()}`,
      expected: "it aborts with a ClientGoneError",
      why: "Work for somebody who has gone is capacity that others are refused for.",
    },
  );
  await sim.idle();
  const [newcomer] = enterAll(["normal"]);
  guarantee(newcomer?.admitted === false, {
    happened: "the client left, its handler still works, and another request was admitted, with a limit of 1",
    expected: "the place is given back when the handler has ended",
    why: "Impatient clients that reload would get any number of handlers running, each of them for nobody.",
  });
  work.resolve();
  await sim.waitFor("the handler to end", running);
  expectPlace(admission, enterAll, "the client had left, and then the handler ended");
}

/** Who asks only after a while still hears of it. */
async function signalReadLate(sim: Sim): Promise<void> {
  const { admission } = open({ limit: 1, keptForHigh: 0 });
  const exchange = new Exchange();
  const work = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  const running = admission.guard<HttpRequest, Exchange>(async (_request, _response, context) => {
    await work.promise;
    signal = context.signal;
  })(exchange.request, exchange);
  await sim.idle();
  exchange.clientLeaves();
  work.resolve();
  await sim.waitFor("the handler to end", running);
  guarantee(signal?.aborted === true && nameOf({ error: signal.reason }) === "ClientGoneError", {
    happened:
      "the client left, then the handler looked at its signal for the first time, and it had not aborted",
    expected: "it has aborted with a ClientGoneError",
    why: "A handler looks when it comes to its expensive part. The news must not depend on when that is.",
  });
}

/** "close" comes after every answer that was sent, too. */
async function clientWasServed(sim: Sim): Promise<void> {
  const { admission } = open({ limit: 1, keptForHigh: 0 });
  const exchange = new Exchange();
  const bookkeeping = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const running = admission.guard<HttpRequest, Exchange>((_request, response, context) => {
    signals.push(context.signal);
    response.end();
    return bookkeeping.promise;
  })(exchange.request, exchange);
  await sim.idle();
  exchange.sent();
  await sim.idle();
  guarantee(
    signals.every(({ aborted }) => !aborted),
    {
      happened:
        'the answer was sent completely, "close" came, and the signal of the handler that was still at its bookkeeping aborted',
      expected: "it does not: the client has got its answer",
      why: "What was answered with a yes must not be stopped halfway.",
    },
  );
  bookkeeping.resolve();
  await sim.waitFor("the handler to end", running);
}

function expectPlace(
  admission: AdmissionControl,
  enterAll: (all: readonly Priority[]) => readonly Admission[],
  when: string,
): void {
  const [next, tooMany] = enterAll(["normal", "normal"]);
  guarantee(next?.admitted === true, {
    happened: `${when}, and the next request was refused, with ${admission.inFlight} in flight by its own count and nobody there`,
    expected: "its place has been given back",
    why: "Each client that leaves would take a place along, until the service refuses everybody and does nothing.",
  });
  guarantee(tooMany?.admitted === false, {
    happened: `${when}, and two more were admitted, with a limit of 1`,
    expected: "its place is given back once",
    why: "The limit would rise with each client that leaves.",
  });
}
