import { explore as exploreOrders, guarantee, LongLived, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, endOf, errorOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Scope } from "../contract.ts";
import { heldAfter, MOST_ALIVE, MOST_HELD_MB, PATIENCE_MS, REQUESTS, serve } from "./requests.ts";
import { lab } from "./subject.ts";
import { afterTheCalls, pause, Work } from "./work.ts";

const LEFT = new Error("the client left");
const SHUTDOWN = { why: "shutdown" };

describe("Step 2: scope", () => {
  it("2.1 `start` calls the task with the scope, and settles as it does; an error cancels nobody, and unseen it is no unhandled rejection", () =>
    simulate(async (sim) => {
      await using scope = lab.openScope();
      const fault = new Error("no such user");
      const value = { id: 7 };
      let given: Scope | undefined;
      const good = scope.start(async (own) => {
        given = own;
        await sim.io("answers");
        return value;
      });
      const rejects = scope.start(async () => {
        throw fault;
      });
      const throws = scope.start(() => {
        throw fault;
      });
      for (const [what, failed] of [
        ["rejected", rejects],
        ["threw", throws],
      ] as const) {
        const outcome = await outcomeOf(failed);
        guarantee(failedWith(outcome, fault), {
          happened: `a task ${what} ${show(fault)}, and \`start\` ${describeOutcome(outcome)}`,
          expected: "it rejects with the very error",
          why: "An error is the business of whoever awaits the result.",
        });
      }
      guarantee(!scope.signal.aborted, {
        happened: "a task failed, and the scope was cancelled",
        expected: "an error cancels nothing",
        why: "Somebody may be ready to do without it: a page without its advertisement is a page.",
      });
      scope.cancel(LEFT); // Too late for it: it has its value already, or takes no notice.
      const outcome = await sim.waitFor("the other task", endOf(good));
      guarantee("value" in outcome && outcome.value === value, {
        happened: `a task that resolved to ${show(value)} ${describeOutcome(outcome)}`,
        expected: "its very value",
        why: "It is what it was started for.",
      });
      guarantee(given === scope, {
        happened: "the task was called with another scope",
        expected: "the very scope on which it was started",
        why: "It is what the task passes on: the deadline, the values, and the word that it is over.",
      });
      await unseenResults(sim);
    }));

  it("2.2 whatever cancels a request arrives with its own reason at every layer, at whatever moment it comes", async () => {
    for (const [cause, cancel, options] of [
      ["the client left", (scope: Scope) => scope.cancel(LEFT), {}],
      ["a shutdown", (_: Scope, service: LongLived) => service.abort(SHUTDOWN), {}],
      ["the deadline", () => {}, { timeoutMs: 100 }],
    ] as const) {
      await explore(
        async (sim) => {
          const service = new LongLived();
          const request = lab.openScope({ signal: service.signal, ...options });
          const seen: [layer: string, scope: Scope, error: unknown][] = [];
          let reason: unknown;
          request.signal.addEventListener("abort", () => {
            reason = request.signal.reason;
          });
          const layer = async <R>(name: string, scope: Scope, body: () => Promise<R>): Promise<R> => {
            try {
              return await body();
            } catch (error) {
              seen.push([name, scope, error]);
              throw error;
            }
          };
          const repository = (scope: Scope) =>
            layer("repository", scope, async () => {
              const connecting = lab.sleep(50, { signal: scope.signal });
              await lab.underSignal(connecting, scope.signal);
              await lab.sleep(200, { signal: scope.signal });
            });
          const service_ = (scope: Scope) =>
            layer("service", scope, async () => {
              await using below = scope.child({ timeoutMs: 10_000 });
              await below.start(repository);
            });
          const handler = (scope: Scope) =>
            layer("handler", scope, async () => {
              await using below = scope.child();
              await below.start(service_);
            });
          if (cause !== "the deadline") sim.anytime(cause, () => cancel(request, service));
          const outcome = await sim.waitFor("the request", endOf(request.start(handler)));
          await sim.waitFor("leaving", request[Symbol.asyncDispose]());
          service.expectBare("the request");
          if ("value" in outcome) return guarantee(cause !== "the deadline", deadlinePassed());
          const expected = cause === "the client left" ? LEFT : cause === "a shutdown" ? SHUTDOWN : reason;
          if (cause === "the deadline") expectTimeout(reason, "the reason of the request's signal");
          for (const [name, scope, error] of seen) {
            guarantee(error === expected && scope.signal.reason === expected, {
              happened: `${cause}, and the ${name} met ${show(error)}; the reason of its signal was ${show(scope.signal.reason)}`,
              expected: `both are the very reason that was given at the top: ${show(expected)}`,
              why: "A client that left gets no answer, a deadline a 504, a shutdown a 503: the layers can tell only by the reason.",
            });
          }
          guarantee(failedWith(outcome, expected), {
            happened: `${cause}, and the request ${describeOutcome(outcome)}`,
            expected: `the very reason: ${show(expected)}`,
            why: "The one who answers the client stands at the top.",
          });
        },
        { maxSchedules: 60 },
      );
    }
  });

  it("2.3 a scope is cancelled at its deadline, which is never later than that of the scope above", async () => {
    await simulate(async (sim) => {
      const now = performance.now();
      await using unlimited = lab.openScope();
      await using scope = lab.openScope({ timeoutMs: 500 });
      guarantee(unlimited.deadline === Number.POSITIVE_INFINITY && scope.deadline === now + 500, {
        happened: `the deadline of a scope without limit was ${unlimited.deadline}, of one with 500 ms it was ${scope.deadline}, at ${now} on the clock`,
        expected: `Infinity and ${now + 500}`,
        why: "A layer that knows what is left can tell at once that it is not enough.",
      });
      await pause(499);
      guarantee(!scope.signal.aborted, {
        happened: "a scope of 500 ms was cancelled after 499",
        expected: "after 500",
        why: "The time was promised.",
      });
      await pause(1);
      await sim.idle();
      expectTimeout(
        scope.signal.aborted ? scope.signal.reason : undefined,
        "after 500 ms the reason of its signal",
      );
      guarantee(!unlimited.signal.aborted, {
        happened: "a scope without limit was cancelled, too",
        expected: "it is not",
        why: "Nobody asked for it.",
      });
    });
    await simulate(async (sim) => {
      await using request = lab.openScope({ timeoutMs: 500 });
      await pause(100);
      await using patient = request.child({ timeoutMs: 10_000 });
      await using nested = patient.child();
      await using hasty = request.child({ timeoutMs: 50 });
      const deadlines = [patient, nested, hasty].map(({ deadline }) => deadline - request.deadline);
      guarantee(deadlines.join() === "0,0,-350", {
        happened: `at 100 of 500 ms, scopes below with 10,000 ms, with none of its own, and with 50 ms had deadlines ${deadlines.join(", ")} ms away from that of the request`,
        expected: "0, 0 and -350: the smaller of the two",
        why: "A layer that believes in more time than there is begins work that nobody will wait for.",
      });
      await pause(50);
      await sim.idle();
      expectTimeout(hasty.signal.reason, "the reason of the scope with 50 ms, when they had passed,");
      guarantee(!request.signal.aborted && !patient.signal.aborted, {
        happened: "the deadline of one scope cancelled the scope above it, or beside it",
        expected: "only those below",
        why: "The repository was slow; the handler may have an answer from the cache.",
      });
      await pause(350);
      await sim.idle();
      for (const scope of [patient, nested]) {
        guarantee(scope.signal.aborted && scope.signal.reason === request.signal.reason, {
          happened: `the time of the request was up, and the scope below it ${scope.signal.aborted ? `was cancelled with ${show(scope.signal.reason)}` : "was not cancelled"}`,
          expected: "it is cancelled, with the very reason of the request",
          why: "Nobody waits for it any more.",
        });
      }
    });
  });

  it("2.4 cancelling a scope leaves the one above and those beside it alone", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      await using request = lab.openScope();
      await using first = request.child();
      await using second = request.child();
      const client = new LongLived();
      const third = request.child({ signal: client.signal });
      client.abort(SHUTDOWN);
      guarantee(third.signal.reason === SHUTDOWN && !request.signal.aborted, {
        happened: `a scope below the request was given a signal of its own, which aborted: ${third.signal.aborted ? `it was cancelled with ${show(third.signal.reason)}` : "it was not cancelled"}${request.signal.aborted ? ", and so was the request" : ""}`,
        expected: "it is cancelled with the signal's reason, and the request is not",
        why: "A part of the work may belong to somebody else.",
      });
      await using below = first.child();
      const results = [
        request.start(work.task("handler")),
        first.start(work.task("first")),
        below.start(work.task("below the first")),
        second.start(work.task("second")),
      ];
      await afterTheCalls();
      first.cancel(LEFT);
      const outcomes = await sim.waitFor("the tasks", Promise.all(results.map(endOf)));
      const stopped = [...work.stoppedWith.keys()].sort().join(", ");
      guarantee(stopped === "below the first, first" && !request.signal.aborted && !second.signal.aborted, {
        happened: `the first of two scopes was cancelled, and these were stopped: ${stopped || "none"}`,
        expected: "what runs on it and below it, and nothing else",
        why: "One query of a page is given up; the page is not.",
      });
      guarantee(
        outcomes.every((outcome, n) => (n === 1 || n === 2 ? failedWith(outcome, LEFT) : "value" in outcome)),
        {
          happened: `handler, first, below it, and second: ${outcomes.map(describeOutcome).join("; ")}`,
          expected: "the two in the middle reject with the reason, the others resolve",
          why: "How does nobody else get hurt?",
        },
      );
    }));

  it("2.5 when `cancel` returns, every scope below has aborted, with the identical reason; the first reason stays", () =>
    simulate(async () => {
      for (const reason of [LEFT, "text", null]) {
        const service = new LongLived();
        const request = lab.openScope({ signal: service.signal, timeoutMs: 1_000 });
        const below = request.child({ timeoutMs: 500 });
        const deepest = below.child({ values: { layer: "repository" } });
        request.cancel(reason);
        for (const scope of [request, below, deepest]) {
          guarantee(scope.signal.aborted && scope.signal.reason === reason, {
            happened: scope.signal.aborted
              ? `the reason was ${show(reason)}, and a scope was cancelled with ${show(scope.signal.reason)}`
              : "`cancel` had returned, and a scope below had not been cancelled",
            expected: "it has aborted, with the very reason",
            why: "Between the two it would begin work for a client that has gone.",
          });
        }
        request.cancel("later");
        below.cancel("later");
        service.abort(SHUTDOWN);
        await pause(1_000);
        guarantee(request.signal.reason === reason && deepest.signal.reason === reason, {
          happened: `later it was cancelled again, shut down, and its time was up; now the reason is ${show(request.signal.reason)}`,
          expected: `the first one stays: ${show(reason)}`,
          why: "What came later did not end it.",
        });
        await request[Symbol.asyncDispose]();
        service.expectBare("a cancelled scope");
      }
    }));

  it("2.6 `values` are the scope's own, before those of the scopes above", () =>
    simulate(async () => {
      await using request = lab.openScope({ values: { requestId: "r-17", tenant: "acme" } });
      await using service = request.child({ values: { tenant: "other", layer: "service" } });
      await using repository = service.child();
      await using empty = lab.openScope();
      const found = [request, service, repository, empty].map(({ values }) => show({ ...values }));
      const expected = [
        '{"requestId":"r-17","tenant":"acme"}',
        '{"requestId":"r-17","tenant":"other","layer":"service"}',
        '{"requestId":"r-17","tenant":"other","layer":"service"}',
        "{}",
      ];
      const same = found.every((text, n) => sorted(text) === sorted(expected[n] ?? ""));
      guarantee(same, {
        happened: `the values of request, service, repository, and of a scope without any: ${found.join(" ")}`,
        expected: expected.join(" "),
        why: "The request id in a log line of the repository is what leads back to the request.",
      });
    }));

  it("2.7 nothing begins on a scope that has been cancelled, or on one that is opened below it", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      const service = new LongLived();
      service.abort(SHUTDOWN);
      await using request = lab.openScope();
      request.cancel(LEFT);
      const scopes = [
        ["a cancelled scope", request, LEFT],
        ["a scope that was opened below a cancelled one", request.child({ timeoutMs: 5 }), LEFT],
        [
          "a scope that was opened with an aborted signal",
          lab.openScope({ signal: service.signal }),
          SHUTDOWN,
        ],
        ["a scope below that", lab.openScope({ signal: service.signal }).child(), SHUTDOWN],
      ] as const;
      for (const [what, scope, reason] of scopes) {
        const outcome = await outcomeOf(scope.start(work.task(what)));
        guarantee(failedWith(outcome, reason) && work.begun.length === 0 && scope.signal.reason === reason, {
          happened: `\`start\` on ${what} ${describeOutcome(outcome)}${work.begun.length > 0 ? ", and the task was called" : ""}`,
          expected: `it rejects with the reason, ${show(reason)}, and calls nothing`,
          why: "Work for somebody who has gone must not begin.",
        });
      }
      service.expectBare("scopes with an aborted signal");
    }));

  it("2.8 leaving a scope waits for everything that was started on it or below it, and cancels nothing", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const request = lab.openScope();
        const other = request.child();
        request
          .start(async (scope) => {
            await work.task("first")(scope);
            void other.start(work.task("on another scope, by a task"));
            await using below = scope.child();
            void below.start(work.task("below, by a task"));
            void scope.start(work.task("by a task"));
          })
          .catch(() => {});
        void other.start(work.task("on another scope"));
        let toldSecond = -1;
        const leaving = Promise.all([
          request[Symbol.asyncDispose](),
          request[Symbol.asyncDispose]().then(() => {
            toldSecond = work.running;
          }),
        ]);
        await sim.waitFor("leaving", leaving);
        guarantee(!request.signal.aborted, {
          happened: "leaving cancelled the scope",
          expected: "it only waits",
          why: "What was started is wanted, unless somebody says otherwise.",
        });
        guarantee(toldSecond === 0, {
          happened: `it was left by two, and the second was told so while ${toldSecond} tasks were running`,
          expected: "both wait",
          why: "Who is told that it is over believes it.",
        });
        guarantee(work.running === 0 && work.succeeded.length === 5, {
          happened: `the scope was left while ${work.running} tasks were running; ${work.succeeded.length} of 5 had come to their own end`,
          expected: "none runs, and all 5 have",
          why: "What goes on afterwards uses what has been closed, and its failure is nobody's.",
        });
      },
      { maxSchedules: 150 },
    ));

  it("2.9 once a scope is left nothing can be started or opened on it or below it, and nothing cancels it any more", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      const service = new LongLived();
      const request = lab.openScope({ signal: service.signal, timeoutMs: 100 });
      const below = request.child();
      const forgotten = request.child().child();
      const heard: string[] = [];
      for (const scope of [request, below, forgotten])
        scope.signal.addEventListener("abort", () => heard.push("abort"));
      await sim.waitFor("leaving", request[Symbol.asyncDispose]());
      await sim.waitFor("leaving again", request[Symbol.asyncDispose]());
      await sim.waitFor("leaving the one below", below[Symbol.asyncDispose]());
      service.expectBare("leaving");
      request.cancel(LEFT);
      below.cancel(LEFT);
      service.abort(SHUTDOWN);
      await pause(200);
      guarantee(heard.length === 0 && !request.signal.aborted, {
        happened: "a scope had been left, and its signal aborted afterwards",
        expected: "it stays as it was",
        why: "Its answer has long been sent; there is nobody left whom it could concern.",
      });
      for (const [what, scope] of [
        ["a scope that had been left", request],
        ["a scope that had been left after the one above", below],
        ["a scope below one that had been left", forgotten],
      ] as const) {
        const outcome = await outcomeOf(scope.start(work.task("late")));
        const thrown = errorOf(() => scope.child());
        guarantee(
          outcome !== undefined &&
            "error" in outcome &&
            isLeft(outcome.error) &&
            isLeft(thrown) &&
            work.begun.length === 0,
          {
            happened: `on ${what} \`start\` ${describeOutcome(outcome)}, and \`child\` ${thrown === undefined ? "gave a scope" : `threw ${show(thrown)}`}`,
            expected: "both fail with a ScopeLeftError, and no task is called",
            why: "Nobody would wait for that task: the one who could has gone on.",
          },
        );
      }
    }));

  it(
    "2.10 however and whenever it ends, a request leaves no task, no listener, no timer, and nothing in memory",
    async () => {
      await simulate(cancelledWhileItIsLeft);
      await cancelledAtEveryMoment();
      await nothingInMemory();
    },
    PATIENCE_MS,
  );
});

/** As long as its tasks run, a scope that is being left can be cancelled: by its signal, and by its deadline. */
async function cancelledWhileItIsLeft(sim: Sim): Promise<void> {
  for (const cause of ["a shutdown", "its deadline"] as const) {
    const service = new LongLived();
    const work = new Work(sim);
    const scope = lab.openScope({ signal: service.signal, timeoutMs: 100 });
    void scope.start(work.task("query", { ms: 10_000 }));
    const leaving = scope[Symbol.asyncDispose]();
    await sim.idle();
    if (cause === "a shutdown") service.abort(SHUTDOWN);
    await sim.waitFor("leaving", leaving);
    const met = work.stoppedWith.get("query");
    guarantee(
      cause === "a shutdown" ? met === SHUTDOWN : met instanceof Error && met.name === "TimeoutError",
      {
        happened: `a scope was being left, and waited for its task, when ${cause} came; the task ${met === undefined ? "was not told, and ran to its end" : `met ${show(met)}`}`,
        expected: "the task is told, with the reason",
        why: "A scope that can only wait holds up the shutdown for as long as its slowest task likes.",
      },
    );
    service.expectBare("a scope that was left");
  }
}

/** What has failed or was refused, and nobody looks at. */
async function unseenResults(sim: Sim): Promise<void> {
  const request = lab.openScope();
  void request.start(async () => {
    await sim.io("works");
    throw new Error("nobody asked");
  });
  void request.start(new Work(sim).task("cancelled"));
  request.cancel(LEFT);
  void request.start(async () => {});
  await sim.waitFor("leaving", request[Symbol.asyncDispose]());
  void request.start(async () => {});
  await sim.idle();
}

async function cancelledAtEveryMoment(): Promise<void> {
  await exploreOrders(
    async (sim) => {
      const service = new LongLived();
      const work = new Work(sim);
      const tidy = (name: string) => work.task(name, { stops: () => sim.io("closes its connection") });
      sim.anytime("shutdown", () => service.abort(SHUTDOWN));
      const outcome = await sim.waitFor("the request", endOf(request(service, tidy)));
      guarantee(work.running === 0, {
        happened: `the scope was left while ${work.begun.filter((name) => !work.ended.includes(name)).join(" and ")} still ran`,
        expected: "it waits for them, also while they put their things away",
        why: "The next request takes the connection that this one is still closing.",
      });
      guarantee("error" in outcome || work.succeeded.length === 3, {
        happened: `the request was answered, and ${work.succeeded.length} of 3 tasks came to their end`,
        expected: "all of them",
        why: "Nothing may get lost on the ordinary way.",
      });
      service.expectBare("the request");
    },
    { squeeze: 3, maxSchedules: 250, leaks: 3 },
  );
}

async function nothingInMemory(): Promise<void> {
  const service = new LongLived();
  await using server = lab.openScope();
  const { alive, grownMb } = await heldAfter(REQUESTS, (id) => serve({ service, server }, id));
  service.expectBare(`${REQUESTS} requests`);
  guarantee(alive <= MOST_ALIVE, {
    happened: `of the last 1,000 scopes, all of them left, ${alive} were still held in memory after a garbage collection`,
    expected: `none, or what the collector has left lying: ${MOST_ALIVE} at most`,
    why: "A scope holds on to its request: a service that keeps them dies after some million.",
  });
  guarantee(grownMb < MOST_HELD_MB, {
    happened: `after ${REQUESTS} requests the heap had grown by ${grownMb.toFixed(1)} MB`,
    expected: "it is flat",
    why: "What grows with what has passed through has no bound.",
  });
}

/** Handler, service and repository, each with a scope of its own; two queries at once. */
async function request(service: LongLived, tidy: (name: string) => (scope: Scope) => Promise<string>) {
  await using scope = lab.openScope({
    signal: service.signal,
    timeoutMs: 5_000,
    values: { requestId: "r-1" },
  });
  return await scope.start(async (handler) => {
    const user = handler.start(tidy("user"));
    await using below = handler.child({ timeoutMs: 1_000 });
    const orders = below.start(tidy("orders"));
    await lab.sleep(10, { signal: handler.signal });
    await orders;
    await tidy("rendering")(handler);
    return await user;
  });
}

function expectTimeout(reason: unknown, what: string): void {
  guarantee(reason instanceof Error && reason.name === "TimeoutError", {
    happened: `${what} was ${reason === undefined ? "missing: it had not aborted" : show(reason)}`,
    expected: "a TimeoutError",
    why: "By it one tells a deadline from a client that left.",
  });
}

const deadlinePassed = () => ({
  happened: "a request that takes 200 ms came to its end under a deadline of 100 ms",
  expected: "it is cancelled after 100 ms",
  why: "The client was promised an answer by then.",
});

const isLeft = (error: unknown) => error instanceof Error && error.name === "ScopeLeftError";

const sorted = (json: string) => show(Object.entries(JSON.parse(json)).sort());
