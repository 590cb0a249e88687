import { challenge, guarantee, LongLived, noLeaks } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Broker, ReplayFrom, Subscription } from "../contract.ts";
import { describeOutcome, failedWith, outcomeOf, thrownBy } from "./outcome.ts";
import { expectRead, payloadsOf, Reader } from "./reader.ts";
import { expectRefused } from "./refused.ts";
import { lab } from "./subject.ts";
import { pass } from "./time.ts";

const WHY = "Who comes back asks for what it has not seen: all of it, and nothing else.";

challenge("replay", lab, () => {
  it("replay.1 from a sequence: every kept message that matches from that number on, then what is published", () =>
    simulate(async () => {
      const broker = lab.createBroker({ history: 10 });
      for (const n of [1, 2, 3, 4, 5, 6]) broker.publish(n % 2 === 0 ? "even" : "odd", n);
      await expectReplay(broker, "even", { sequence: 3 }, [4, 6]);
      await expectReplay(broker, ">", { sequence: 1 }, [1, 2, 3, 4, 5, 6]);
      await expectReplay(broker, ">", { sequence: 6 }, [6]);
      await expectReplay(broker, ">", { sequence: 7 }, []);
      const replayed = new Reader(broker.subscribe("odd", { from: { sequence: 4 } }));
      broker.publish("odd", 7);
      await replayed.drain();
      expectRead(
        replayed.read.map(({ payload, sequence, missed }) => `${payload}: ${sequence} ${missed}`),
        ["5: 5 0", "7: 7 0"],
        {
          of: "5 was replayed, 7 published afterwards; payload, sequence and `missed` of what",
          rule: "each as it was published",
          why: WHY,
        },
      );
    }));

  it("replay.2 from a time: every kept message that matches and is not older", () =>
    simulate(async () => {
      const broker = lab.createBroker({ history: 10 });
      const times: number[] = [];
      for (const n of [1, 2, 2.5, 3]) {
        if (Number.isInteger(n)) await pass(1_000);
        times.push(Date.now());
        broker.publish("n", n);
      }
      await expectReplay(broker, "n", { time: times[1] as number }, [2, 2.5, 3]);
      await expectReplay(broker, "n", { time: (times[1] as number) + 1 }, [3]);
      await expectReplay(broker, "n", { time: 0 }, [1, 2, 2.5, 3]);
      await expectReplay(broker, "n", { time: Date.now() + 1 }, []);
    }));

  it("replay.3 the last N: of those that match", () =>
    simulate(async () => {
      const broker = lab.createBroker({ history: 10 });
      for (const n of [1, 2, 3, 4, 5]) broker.publish(n < 4 ? "early" : "late", n);
      await expectReplay(broker, "early", { last: 2 }, [2, 3]);
      await expectReplay(broker, ">", { last: 2 }, [4, 5]);
      await expectReplay(broker, "late", { last: 7 }, [4, 5]);
      await expectReplay(broker, ">", { last: 0 }, []);
    }));

  it("replay.4 whenever it subscribes and however slowly it reads: no gap and nothing twice at the switch to live", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker({ history: 10 });
        const publishing = sim.spawn("publisher", async () => {
          for (const n of [1, 2, 3, 4, 5]) {
            broker.publish("n", n);
            await sim.io("goes on");
          }
        });
        const reading = sim.spawn("subscriber", async () => {
          const reader = new Reader(broker.subscribe("n", { from: { sequence: 1 } }));
          if (sim.choose("right behind it", [false, true])) broker.publish("n", 5.5);
          for (let n = 1; n <= 3; n += 1) {
            await reader.one();
            await sim.io("works on it");
          }
          return reader;
        });
        await publishing;
        const reader = await sim.waitFor("the subscriber", reading);
        await reader.drain();
        const witness = await payloadsOf(broker.subscribe("n", { from: { sequence: 1 } }));
        expectRead(reader.payloads, witness, {
          of: "one subscribed with a replay while 1 to 5 were published; by it",
          rule: "all that was published, in order",
          why: WHY,
        });
        guarantee(witness.length >= 5 && new Set(witness).size === witness.length, {
          happened: `five and more were published and are kept; a replay of all gave ${witness.join(", ")}`,
          expected: "each once",
          why: WHY,
        });
      },
      { maxSchedules: 200 },
    ));

  it("replay.5 what is replayed takes no place in the buffer, and is not dropped; what comes meanwhile is, and told", () =>
    simulate(async () => {
      for (const [whenFull, expected] of [
        ["drop-oldest", ["1:0", "2:0", "3:0", "4:0", "6:1"]],
        ["drop-newest", ["1:0", "2:0", "3:0", "4:0", "5:0"]],
      ] as const) {
        const broker = lab.createBroker({ history: 10 });
        for (const n of [1, 2, 3, 4]) broker.publish("n", n);
        const subscription = broker.subscribe("n", { from: { last: 4 }, bufferLimit: 1, whenFull });
        for (const n of [5, 6]) broker.publish("n", n);
        const reader = new Reader(subscription);
        await reader.drain();
        expectRead(
          reader.read.map(({ payload, missed }) => `${payload}:${missed}`),
          expected,
          {
            of: `1 to 4 were replayed into a buffer of 1 (${whenFull}), then came 5 and 6; payload and \`missed\` of what`,
            rule: "all that was replayed; of the others one had room",
            why: "A replay that pushes itself out of the buffer was none.",
          },
        );
        guarantee(subscription.missed === 1, {
          happened: `one of two messages found no room (${whenFull}), and \`missed\` is ${subscription.missed}`,
          expected: "1",
          why: "What is replayed was not missed.",
        });
      }
    }));

  it("replay.6 the last `history` messages are kept; who asks for one that is gone gets a HistoryGoneError", () =>
    simulate(async () => {
      for (const history of [undefined, 0, 1, 3, 100]) {
        const broker = lab.createBroker({ history });
        for (let n = 1; n <= 10; n += 1) broker.publish(`n.${n}`, n);
        const kept = Math.min(history ?? 0, 10);
        const expected = Array.from({ length: kept }, (_, i) => 11 - kept + i);
        await expectReplay(broker, ">", { last: 1_000 }, expected);
        const oldest = 11 - kept;
        await expectReplay(broker, ">", { sequence: oldest }, expected);
        const thrown = thrownBy(() =>
          broker.subscribe("n.10", { from: { sequence: oldest - 1 }, id: "Ann" }),
        );
        const error = thrown?.error as { name?: unknown; oldest?: unknown } | undefined;
        const isRight = oldest === 1 || (error?.name === "HistoryGoneError" && error.oldest === oldest);
        guarantee(isRight && broker.subscriptions === 2, {
          happened: `10 were published, ${kept} are kept; \`from: { sequence: ${oldest - 1} }\` ${thrown === undefined ? "was accepted" : `threw ${String(error)} with oldest ${String(error?.oldest)}`}`,
          expected: `a HistoryGoneError with oldest ${oldest}, and nothing is subscribed`,
          why: "A replay that silently begins later is a gap that nobody was told of.",
        });
      }
    }));

  it("replay.7 it ends as any other, what is not yet replayed is thrown away, and nothing is left", async () => {
    const service = new LongLived();
    await noLeaks(() =>
      simulate(async () => {
        const broker = lab.createBroker({ history: 10 });
        for (const n of [1, 2, 3]) broker.publish("n", n);
        const ended: [Subscription, (reader: Reader) => unknown][] = [
          [broker.subscribe("n", { from: { last: 3 }, signal: service.signal }), (reader) => reader.leave()],
        ];
        const disposed = broker.subscribe("n", { from: { last: 3 }, signal: service.signal });
        ended.push([disposed, () => disposed[Symbol.dispose]()]);
        for (const [subscription, end] of ended) {
          const reader = new Reader(subscription);
          await reader.take(1);
          end(reader);
          const outcome = await outcomeOf(reader.next());
          guarantee(outcome !== undefined && "value" in outcome && outcome.value.done === true, {
            happened: `one of three replayed messages was read, then it was ended; \`next\` ${describeOutcome(outcome)}`,
            expected: "{ done: true }",
            why: "Who has left wants no more.",
          });
        }
        service.expectBare("two subscriptions with a replay, both ended,");
        const client = new AbortController();
        const aborted = new Reader(broker.subscribe("n", { from: { last: 3 }, signal: client.signal }));
        await aborted.take(1);
        client.abort("left");
        const outcome = await outcomeOf(aborted.next());
        guarantee(failedWith(outcome, "left") && broker.subscriptions === 0, {
          happened: `the signal aborted within a replay; \`next\` ${describeOutcome(outcome)}, ${broker.subscriptions} subscriptions are left`,
          expected: "it rejects with the reason, and none is left",
          why: "The client has gone.",
        });
      }),
    );
  });

  it("replay.8 what is out of range is a RangeError, and nothing is subscribed", () => {
    const broker = lab.createBroker({ history: 10 });
    for (const n of [1, 2]) broker.publish("n", n);
    const refused = (from: Record<string, unknown>) => {
      const [[name, value]] = Object.entries(from) as [[string, unknown]];
      expectRefused(() => broker.subscribe("n", { from: from as ReplayFrom }), {
        what: `from: { ${name}: ${String(value)} }`,
        kind: "RangeError",
        mentions: [name, String(value)],
        why: "A subscriber that asks for the number of another broker would wait for what never comes.",
      });
    };
    for (const sequence of [0, 4, 1.5, -1, Number.NaN, "1"]) refused({ sequence });
    for (const last of [-1, 1.5, Number.NaN]) refused({ last });
    for (const time of [Number.NaN, "today"]) refused({ time });
    for (const history of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expectRefused(() => lab.createBroker({ history }), {
        what: `history: ${history}`,
        kind: "RangeError",
        mentions: ["history", String(history)],
        why: "A history without a bound is a memory leak with a name.",
      });
    }
    guarantee(broker.subscriptions === 0, {
      happened: `all were refused, and ${broker.subscriptions} subscriptions are there`,
      expected: "none",
      why: "Whoever catches the error believes that nothing has happened.",
    });
  });
});

async function expectReplay(
  broker: Broker,
  pattern: string,
  from: ReplayFrom,
  expected: readonly unknown[],
): Promise<void> {
  const subscription = broker.subscribe(pattern, { from });
  expectRead(await payloadsOf(subscription), expected, {
    of: `\`${pattern}\` was subscribed from ${JSON.stringify(from)}; of what is kept`,
    rule: "what matches from there on",
    why: WHY,
  });
}
