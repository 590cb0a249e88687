import { challenge, guarantee, noLeaks } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { HealthOptions, SilentSubscriber } from "../contract.ts";
import { stillHeld } from "./memory.ts";
import { describeOutcome, outcomeOf } from "./outcome.ts";
import { expectRead, loop, payloadsOf, Reader } from "./reader.ts";
import { expectRefused } from "./refused.ts";
import { lab } from "./subject.ts";
import { pass } from "./time.ts";

const silentMs = 5_000;
/** By so much a removal may be late. */
const SLACK_MS = 1_000;

challenge("health", lab, () => {
  it("health.1 who lets messages wait for `silentMs` without a call of `next` is removed, at most a second later", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker({ health: { silentMs } });
        const silent = new Reader(broker.subscribe("n", { id: "tablet" }));
        await pass(sim.choose("begins after", [0, 130, 499, 7_001]));
        broker.publish("n", 1);
        broker.publish("n", 2);
        await pass(sim.choose("reads after", [0, 250, 4_999]));
        await silent.take(1);
        await pass(silentMs - 1);
        const { subscriptions } = broker;
        guarantee(subscriptions === 1, {
          happened: "a message waits, and the last was read 4,999 ms ago; the subscription is gone",
          expected: "it has 5,000 ms",
          why: "Who is slow is not dead.",
        });
        await pass(2 + SLACK_MS);
        guarantee(broker.subscriptions === 0, {
          happened: "a message waits, and nothing was read for 6,000 ms; the subscription is still there",
          expected: "it was removed after 5,000",
          why: "A dead subscriber keeps its buffer, and is served, for ever.",
        });
        const outcome = await outcomeOf(silent.next());
        const error =
          outcome !== undefined && "error" in outcome
            ? (outcome.error as { name?: unknown; id?: unknown })
            : {};
        guarantee(error.name === "SilentSubscriberError" && error.id === "tablet", {
          happened: `it was removed with a message unread; \`next\` ${describeOutcome(outcome)}`,
          expected:
            'it rejects with a SilentSubscriberError with the id "tablet": what was unread is thrown away',
          why: "If it was only frozen, it must learn that it has missed something.",
        });
      },
      { maxSchedules: 50 },
    ));

  it("health.2 who reads, however slowly, or has nothing to read, is not removed", () =>
    simulate(async () => {
      const broker = lab.createBroker({ health: { silentMs } });
      const slow = new Reader(broker.subscribe("n"));
      const idle = new Reader(broker.subscribe("other"));
      const waiting = broker.subscribe("n");
      const reading = loop(waiting);
      for (let n = 0; n < 20; n += 1) broker.publish("n", n);
      for (let n = 0; n < 10; n += 1) {
        await pass(silentMs - 1);
        await slow.take(1);
      }
      await slow.drain();
      await pass(60_000);
      broker.publish("other", "at last"); // It waits from now on.
      await pass(silentMs - 1);
      await idle.take(1);
      guarantee(broker.subscriptions === 3, {
        happened: `one read every 4,999 ms, one waited, one had nothing to read for long and then read within 4,999 ms; ${3 - broker.subscriptions} of them were removed`,
        expected: "none",
        why: "A quiet topic is no sign of death.",
      });
      for (const reader of [slow, idle]) await reader.leave();
      waiting[Symbol.dispose]();
      await reading;
    }));

  it("health.3 a removal is announced once, on the system topic, to whoever listens there; nobody else notices", () =>
    simulate(async () => {
      for (const topic of [undefined, "ops.silent"]) {
        const broker = lab.createBroker({ health: { silentMs, topic } });
        const announced: unknown[] = [];
        const operator = broker.subscribe(topic ?? "system.subscriber.removed");
        const listening = loop(operator, ({ payload }) => {
          const { id, pattern, unread } = payload as SilentSubscriber;
          announced.push(`${id} ${pattern} ${unread} of ${broker.subscriptions}`);
        });
        const stays = broker.subscribe("n.1");
        const others: unknown[] = [];
        const staying = loop(stays, ({ payload }) => void others.push(payload));
        broker.subscribe("n.*", { id: "tablet" });
        const left = broker.subscribe("n.*", { id: "left in time" });
        for (const n of [1, 2, 3]) broker.publish("n.1", n);
        left[Symbol.dispose]();
        await pass(60_000);
        broker.publish("n.1", 4);
        await outcomeOf(staying);
        expectRead(announced, ["tablet n.* 3 of 2"], {
          of: "one did not read its three messages; announced",
          rule: "id, pattern, and how much was unread, when it is gone; nobody who left by itself",
          why: "Who is removed cannot tell. Somebody has to.",
        });
        expectRead(others, [1, 2, 3, 4], {
          of: "1 to 4; by one that reads",
          rule: "all",
          why: "That somebody is removed is none of its business.",
        });
        for (const each of [operator, stays]) each[Symbol.dispose]();
        await Promise.all([listening, staying]);
      }
    }));

  it("health.4 a removed one leaves nothing: no place, no id, no listener; an idle broker has no timer", async () => {
    await noLeaks(() =>
      simulate(async () => {
        const broker = lab.createBroker({ health: { silentMs } });
        const client = new AbortController();
        broker.subscribe("n", { id: "tablet", signal: client.signal });
        broker.publish("n", 1);
        await pass(silentMs + SLACK_MS + 1);
        const again = broker.subscribe("n", { id: "tablet" });
        const { delivered } = broker.publish("n", 2);
        guarantee(delivered === 1, {
          happened: `one was removed, its id taken by another, and a message published; delivered ${delivered}`,
          expected: "1",
          why: "What is left behind is served for ever.",
        });
        expectRead(await payloadsOf(again), [2], { of: "2", rule: "by the new one", why: "It is there." });
        again[Symbol.dispose](); // The last one: from here on nothing may be under way.
        lab.createBroker({ health: { silentMs } });
      }),
    );
    const brokers = Array.from({ length: 20 }, () => {
      const broker = lab.createBroker({ health: { silentMs } });
      for (const pattern of ["a", "b"]) broker.subscribe(pattern)[Symbol.dispose]();
      return new WeakRef(broker);
    });
    const held = await stillHeld(brokers);
    guarantee(held <= 2, {
      happened: `20 brokers, whose subscribers had all gone, were let go; ${held} are still held`,
      expected:
        "none (2, at most, that the collector has left lying): a broker without subscribers has no timer",
      why: "A timer holds the broker, with its history, for as long as the process lives.",
    });
  });

  it("health.5 a consumer that acknowledges nothing is given nothing any more, and found likewise", () =>
    simulate(async () => {
      if (lab.createConsumer === undefined) return; // Without the challenge `acks` there is none.
      const broker = lab.createBroker({ health: { silentMs } });
      const consumer = lab.createConsumer(broker, "job", { ackWithinMs: 600_000, maxInFlight: 2 });
      const worker = consumer[Symbol.asyncIterator]();
      for (let n = 1; n <= 5; n += 1) broker.publish("job", n);
      await worker.next();
      await worker.next();
      void outcomeOf(worker.next()); // It waits for room in flight.
      await pass(silentMs + SLACK_MS + 1);
      guarantee(broker.subscriptions === 0, {
        happened:
          "two messages are in flight and never acknowledged, three wait for 6 s; the subscription is still there",
        expected: "it was removed after 5,000 ms",
        why: "A worker that takes and never finishes is as dead as one that never takes.",
      });
      consumer[Symbol.dispose]();
    }));

  it("health.6 options out of range are refused when the broker is made", () => {
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      expectRefused(() => lab.createBroker({ health: { silentMs: bad } }), {
        what: `silentMs: ${bad}`,
        kind: "RangeError",
        mentions: ["silentMs", String(bad)],
        why: "A watch that looks all the time, or never, shows on the day on which it is needed.",
      });
    }
    const health: HealthOptions = { silentMs, topic: "a b" };
    expectRefused(() => lab.createBroker({ health }), {
      what: 'topic: "a b"',
      kind: "TypeError",
      mentions: ["a b"],
      why: "An announcement that cannot be published is none.",
    });
  });
});
