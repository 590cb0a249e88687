import { guarantee } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Answer } from "../contract.ts";
import { type Called, Downstreams } from "./downstreams.ts";
import { drive } from "./drive.ts";
import { ask, describeAnswer, names, open } from "./gateway.ts";
import { describeOutcome, endOf, expectAnswer, outcomeOf, turn } from "./outcome.ts";

describe("Step 1: aggregate", () => {
  it("1.1 each service is called once, all at the same time", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const handling = ask(open(downstreams), "ann", 20);
      handling.catch(() => {});
      await turn();
      const called = downstreams.calls.map(({ service }) => service).sort();
      if (called.length === 0) await outcomeOf(handling); // So that what is not written yet says so.
      guarantee(called.join() === names("ann", 20).sort().join(), {
        happened: `a request named 20 services; before any has answered, ${called.length} calls are under way: ${called.join(", ") || "none"}`,
        expected: "one for each of the twenty",
        why: "Twenty services of 50 ms each, one after the other, are a second.",
      });
      const told = downstreams.calls.filter(
        ({ signal }) => !(signal instanceof AbortSignal) || signal.aborted,
      );
      guarantee(told.length === 0, {
        happened: `${told.length} of the calls got no signal, or one that has aborted already`,
        expected: "each gets a signal that has not aborted",
        why: "It is how a call hears that nobody waits for it any more.",
      });
      for (const called of downstreams.calls) called.answer();
      await sim.waitFor("the answer", handling);
    }));

  it("1.2 a 200 has the very value of each service under its name, whatever the value and the order", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const values = [{ id: 7 }, [1, 2], "", 0, false, null, undefined];
      const handling = ask(open(downstreams), "ann", values.length);
      await outcomeOf(handling);
      for (const called of downstreams.calls.toReversed()) {
        called.answer(values[names("ann", values.length).indexOf(called.service)]);
        await turn();
      }
      const expected = `200 with ${names("ann", values.length).join(", ")}`;
      const answer = await sim.waitFor("the answer", handling);
      guarantee(describeAnswer(answer) === expected, {
        happened: `seven services answered, the last one first, and the request was answered ${describeAnswer(answer)}`,
        expected: `${expected}, and no warning`,
        why: "A service that answers `null` or nothing at all has answered.",
      });
      for (const [n, value] of values.entries()) {
        const given = (answer as { data: Record<string, unknown> }).data[`ann-${n + 1}`];
        guarantee(given === value, {
          happened: `ann-${n + 1} answered ${show(value)}, and under its name stands ${show(given)}`,
          expected: "the very value",
          why: "The answers of twenty services come in any order; each must end up under its own name.",
        });
      }
    }));

  it("1.3 one that fails is a warning: it cancels nobody, and the answer waits for the others", () =>
    explore(async (sim) => {
      const downstreams = new Downstreams(sim);
      const handling = ask(open(downstreams), "ann", 3);
      await outcomeOf(handling);
      const happened: string[] = [];
      const ends = (called: Called, how: "answers" | "fails") => ({
        label: `${called.service} ${how}`,
        make: () => {
          happened.push(`${called.service} ${how}`);
          if (how === "answers") called.answer();
          else called.fail();
        },
      });
      await drive(sim, () =>
        downstreams.underWay.flatMap((called) => [ends(called, "answers"), ends(called, "fails")]),
      );
      const story = happened.join(", ");
      const cancelled = downstreams.calls.filter(({ signal }) => signal.aborted);
      guarantee(cancelled.length === 0, {
        happened: `${story}; the signal of ${cancelled.map(({ service }) => service).join(" and ")} was aborted`,
        expected: "a failure cancels nobody",
        why: "A page without its recommendations is a page.",
      });
      const ended = (how: string) => happened.filter((one) => one.endsWith(how)).sort();
      const good = ended("answers").map((one) => one.split(" ")[0]);
      const bad = ended("fails").map((one) => `${one.split(" ")[0]} failed`);
      await expectAnswer(
        handling,
        good.length === 0 ? "502" : [`200 with ${good.join(", ")}`, ...bad].join("; "),
        {
          when: story,
          why: "One service that is down must not take the nineteen others along, and the client must be told what is missing.",
        },
      );
    }));

  it("1.4 `warnings` name those that failed in the order of the request", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim);
      const services = ["ann-3", "ann-1", "ann-4", "ann-2"];
      const handling = open(downstreams).handle(services, { signal: new AbortController().signal });
      await outcomeOf(handling);
      for (const name of ["ann-2", "ann-1", "ann-4", "ann-3"]) {
        const called = downstreams.calls.find(({ service }) => service === name);
        if (name === "ann-1") called?.answer();
        else called?.fail();
        await turn();
      }
      await expectAnswer(handling, "200 with ann-1; ann-3 failed; ann-4 failed; ann-2 failed", {
        when: "ann-3, ann-1, ann-4 and ann-2 were asked; ann-2 failed first, ann-4 later, and ann-3 last",
        why: "The same request must have the same answer, whoever was a millisecond faster.",
      });
    }));

  it("1.5 a call that throws at once has failed, as one that rejects", () =>
    simulate(async (sim) => {
      const downstreams = new Downstreams(sim, {
        throws: (service) => (service === "ann-1" ? new Error("no such host") : undefined),
      });
      const gateway = open(downstreams);
      let handling: Promise<Answer> | undefined;
      try {
        handling = ask(gateway, "ann", 2);
      } catch (error) {
        guarantee(false, {
          happened: `the call of ann-1 threw at once, and so did \`handle\`: ${show(error)}`,
          expected: "`handle` gives a promise",
          why: "Who writes `.catch(…)` would not catch it.",
        });
      }
      if (handling === undefined) return;
      const outcome = await outcomeOf(handling);
      const other = downstreams.calls.find(({ service }) => service === "ann-2");
      guarantee(outcome === undefined && other !== undefined, {
        happened: `the call of ann-1 threw at once; ann-2 was ${other ? "" : "not "}called, and the request ${describeOutcome(outcome)}`,
        expected: "ann-2 is called, and its answer awaited",
        why: "It is one service that is down, in another way.",
      });
      other?.answer();
      await expectAnswer(handling, "200 with ann-2; ann-1 failed", {
        when: "ann-1 threw at once, and ann-2 answered",
        why: "It is one service that is down, in another way.",
      });
    }));

  it("1.6 if all have failed, it is a 502", () =>
    simulate(async (sim) => {
      for (const count of [1, 3]) {
        const downstreams = new Downstreams(sim);
        const handling = ask(open(downstreams), "ann", count);
        await outcomeOf(handling);
        for (const called of downstreams.calls.slice(1)) called.fail();
        const early = await outcomeOf(handling);
        guarantee(early === undefined, {
          happened: `one of ${count} calls had not ended, and the request ${describeOutcome(early)}`,
          expected: "it waits for the last one",
          why: "It may be the one that answers.",
        });
        downstreams.calls[0]?.fail();
        const answer = await expectAnswer(handling, "502", {
          when: `all ${count} services that were asked have failed`,
          why: "A 200 without any data tells the client, and every monitor, that all is well.",
        });
        const title = answer?.status === 502 ? answer.title : undefined;
        guarantee(typeof title === "string" && title !== "", {
          happened: `the title of the 502 was ${show(title)}`,
          expected: "a few words",
          why: "Somebody will read it at night.",
        });
      }
    }));

  it("1.7 anything but 1 to 20 different, known services is a 400, and nobody is called", () =>
    simulate(async (sim) => {
      const lists: Readonly<Record<string, readonly string[]>> = {
        "no service": [],
        "21 services": names("ann", 21),
        "one that is unknown": ["ann-1", "zoe-1"],
        "only one, that is unknown": ["toString"],
        "the same one twice": ["ann-1", "ann-2", "ann-1"],
      };
      for (const [what, services] of Object.entries(lists)) {
        const downstreams = new Downstreams(sim);
        const gateway = open(downstreams);
        const outcome = await outcomeOf(gateway.handle(services, { signal: new AbortController().signal }));
        const isRefused = outcome !== undefined && "answer" in outcome && outcome.answer.status === 400;
        guarantee(isRefused && downstreams.calls.length === 0, {
          happened: `a request named ${what}: it ${describeOutcome(outcome)}, and ${downstreams.calls.length} services were called`,
          expected: "it is answered 400 at once, and nobody is called",
          why: "A request that can only be wrong must not take anybody's capacity.",
        });
      }
      const downstreams = new Downstreams(sim, { onCall: (called) => called.answer() });
      const outcome = await endOf(ask(open(downstreams), "ann", 20));
      guarantee("answer" in outcome && outcome.answer.status === 200, {
        happened: `a request named 20 known services, and ${describeOutcome(outcome)}`,
        expected: "a 200",
        why: "Twenty are allowed.",
      });
    }));
});
