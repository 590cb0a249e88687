import { guarantee } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Broker, Message, Receipt, WhenFull } from "../contract.ts";
import { grownMb } from "./memory.ts";
import { outcomeOf, show, thrownBy } from "./outcome.ts";
import { expectRead, loop, payloadsOf, Reader } from "./reader.ts";
import { expectRefused, NO_PATTERNS, NO_TEXTS, NO_TOPICS, written } from "./refused.ts";
import { lab } from "./subject.ts";

const POLICIES: readonly [WhenFull, ...WhenFull[]] = ["drop-oldest", "drop-newest"];

const SLEEPERS = 100;
/** Far above what a garbage collector leaves lying, and half of what a place for each message takes. */
const MOST_GROWN_MB = 1.5;

describe("Step 2: deliver", () => {
  it("2.1 a message goes to each subscription whose pattern matches, once, and to no other", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const patterns = [
        "orders.*",
        "orders.>",
        "*.created",
        ">",
        "orders.created",
        "users.*",
        "orders.*.created",
      ];
      const readers = [...patterns, ...patterns].map((pattern) => new Reader(broker.subscribe(pattern)));
      for (const topic of ["orders.created", "users.created", "orders.eu.created"]) {
        broker.publish(topic, `to ${topic}`);
      }
      for (const [i, reader] of readers.entries()) {
        const pattern = patterns[i % patterns.length] as string;
        await reader.drain();
        expectRead(reader.payloads, EXPECTED[pattern] as string[], {
          of: `three messages were published; of those for \`${pattern}\`, by subscriber ${1 + Math.floor(i / patterns.length)} of 2`,
          rule: "each that matches, once",
          why: "A message that comes twice is an order that is shipped twice; one that does not come is not shipped.",
        });
      }
    }));

  it("2.2 a message carries its topic, the very payload, the time, and its number", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const reader = new Reader(broker.subscribe(">", { bufferLimit: 20 }));
      const other = new Reader(broker.subscribe(">", { bufferLimit: 20 }));
      const late = Promise.reject(new Error("a payload, not a result"));
      late.catch(() => {});
      // biome-ignore lint/suspicious/noThenProperty: somebody will publish one.
      const thenable = { then: () => {} };
      const payloads = [{ id: 7 }, undefined, null, false, "", late, thenable, () => {}, Number.NaN];
      for (const payload of payloads) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const before = Date.now();
        broker.publish("orders.created", payload);
        await new Promise((resolve) => setTimeout(resolve, 5)); // It is read later.
        for (const one of [reader, other]) {
          await one.take(1);
          const message = one.read.at(-1) as Message;
          const isRight =
            message.topic === "orders.created" &&
            Object.is(message.payload, payload) &&
            message.timestamp === before;
          guarantee(isRight && message.missed === 0 && message.sequence === one.read.length, {
            happened: `${String(payload)} was published as number ${one.read.length} at ${before}; the message is ${describeMessage(message)}`,
            expected:
              "its topic, the very value that was published, `Date.now()` of then, its number, and missed: 0",
            why: "All subscribers share the payload, so nobody may copy it, look into it, or wait for it.",
          });
        }
      }
    }));

  it("2.3 when `publish` returns everybody has the message, and no code of a subscriber has run", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const ran: string[] = [];
      const loops = ["Ann", "Bob"].map((id) =>
        loop(broker.subscribe("news", { id, bufferLimit: 2 }), () => ran.push(id)),
      );
      const buffering = broker.subscribe("news");
      await outcomeOf(Promise.all(loops)); // Now both wait.
      const receipt = broker.publish("news", 1);
      guarantee(ran.length === 0 && !isPromise(receipt), {
        happened: `\`publish\` ${isPromise(receipt) ? "gave a promise" : `returned when the code of ${ran.join(" and ")} had run`}`,
        expected: "it returns at once, before any code of a subscriber",
        why: "Whoever publishes holds a lock or a request in his hands. What subscribers do with it is none of his time.",
      });
      expectRead([receipt], [{ delivered: 3, dropped: 0 }], {
        of: "one message for two that wait and one that does not",
        rule: "it tells what has happened, not what will",
        why: "These figures are all that the publisher ever hears.",
      });
      expectRead(await payloadsOf(buffering), [1], {
        of: "1 was published; by one that began to read afterwards",
        rule: "it was in the buffer",
        why: "What is on its way when `publish` returns can be lost.",
      });
      expectRead(ran, ["Ann", "Bob"], {
        of: "one message, two loops",
        rule: "each once",
        why: "They asked for it.",
      });
    }));

  it("2.4 a subscriber that never reads, or reads slowly, costs nobody else a message", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        for (const whenFull of POLICIES) broker.subscribe("price", { bufferLimit: 1, whenFull });
        const slow = new Reader(broker.subscribe("price", { bufferLimit: 1 }));
        const awake = new Reader(broker.subscribe("price"));
        for (const whenFull of POLICIES) broker.subscribe("price", { bufferLimit: 1, whenFull });
        const reading = sim.spawn("slow", async () => {
          for (let price: unknown; price !== 4; ) {
            price = (await slow.one()).payload;
            await sim.io("works on it");
          }
        });
        const publishing = sim.spawn("publisher", async () => {
          for (const price of [1, 2, 3, 4]) {
            broker.publish("price", price);
            await sim.io("waits for the next price");
          }
        });
        await sim.waitFor("the publisher", publishing);
        await awake.drain();
        expectRead(awake.payloads, [1, 2, 3, 4], {
          of: "four prices for subscribers that sleep, one that is slow, and one that is awake; by the last",
          rule: "all of them",
          why: "One subscriber that sleeps would be enough to silence the other 999.",
        });
        await sim.waitFor("the slow one", reading);
      },
      { maxSchedules: 100 },
    ));

  it("2.5 messages come in the order of publication; `sequence` counts what the broker has published, from 1", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        lab.createBroker().publish("another.broker", 0);
        broker.publish("nobody.listens", 0);
        thrownBy(() => broker.publish("not a topic", 0));
        const reader = new Reader(broker.subscribe(">"));
        const published: string[] = [];
        const publish = (name: string) =>
          sim.spawn(name, async () => {
            for (const topic of [name, "both"]) {
              published.push(`${name}: ${topic}`);
              broker.publish(topic, `${name}: ${topic}`);
              await sim.io("goes on");
            }
          });
        const reading = sim.spawn("subscriber", async () => {
          for (let n = 1; n <= 4; n += 1) {
            await reader.one();
            await sim.io("works on it");
          }
        });
        await Promise.all([publish("ann"), publish("bob"), reading]);
        expectRead(reader.payloads, published, {
          of: "two published to three topics, one is subscribed to all",
          rule: "the order of publication",
          why: "Created, then cancelled: the other way round it is another story.",
        });
        expectRead(
          reader.read.map(({ sequence }) => sequence),
          [2, 3, 4, 5],
          {
            of: "one message for nobody, one that was refused, and four more; of the numbers of these four",
            rule: "the one for nobody is number 1, the refused one has none",
            why: "By these numbers a subscriber that comes back says where it left off.",
          },
        );
      },
      { maxSchedules: 200 },
    ));

  it("2.6 each message goes to one `next`; those that wait are served in the order of their calls", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const subscription = broker.subscribe("news", { bufferLimit: 1, whenFull: "drop-newest" });
      const one = subscription[Symbol.asyncIterator]();
      const two = subscription[Symbol.asyncIterator]();
      const waiting = [one.next(), two.next(), one.next(), two.next()];
      const settled: number[] = [];
      for (const [i, next] of waiting.entries()) void next.then(() => settled.push(i + 1));
      const receipts = [1, 2, 3, 4, 5, 6].map((payload) => broker.publish("news", payload));
      const outcomes = await Promise.all(waiting.map(outcomeOf));
      const given = outcomes.map((outcome) =>
        outcome !== undefined && "value" in outcome ? outcome.value.value?.payload : "nothing",
      );
      expectRead(given, [1, 2, 3, 4], {
        of: "four calls of `next` waited, in two loops over one subscription, and 1 to 6 were published; by these calls",
        rule: "the first call gets the first message",
        why: "Two workers that share a subscription must not both do the same, and neither may starve.",
      });
      expectRead(settled, [1, 2, 3, 4], {
        of: "four calls of `next` that waited; in the order in which they were answered",
        rule: "first come, first served",
        why: "Otherwise somebody waits for ever under load.",
      });
      expectRead(
        receipts.map(({ delivered, dropped }) => `${delivered} ${dropped}`),
        ["1 0", "1 0", "1 0", "1 0", "1 0", "0 1"],
        {
          of: "1 to 6 for four that waited and a buffer of 1; of delivered and dropped",
          rule: "who waits takes no place in the buffer; 5 is buffered, 6 finds no room",
          why: "What is dropped while somebody stands there with empty hands is lost for nothing.",
        },
      );
      expectRead(await payloadsOf(subscription), [5], {
        of: "afterwards",
        rule: "5 was buffered",
        why: "It was taken.",
      });
    }));

  it("2.7 each subscription has a buffer of its own, of `bufferLimit` messages, or 1,024", () =>
    simulate(async () => {
      for (const whenFull of ["drop-oldest", "drop-newest"] as const) {
        for (const bufferLimit of [1, 2, 3, 5, 100, undefined]) {
          const broker = lab.createBroker();
          const readers = [1, 2].map(() => new Reader(broker.subscribe("n", { bufferLimit, whenFull })));
          const limit = bufferLimit ?? 1_024;
          publishAll(broker, "n", numbers(1, limit + 3));
          await (readers[0] as Reader).drain();
          const kept = whenFull === "drop-oldest" ? numbers(4, limit + 3) : numbers(1, limit);
          expectRead((readers[0] as Reader).payloads, kept, {
            of: `1 to ${limit + 3} were published to a buffer of ${limit} (${whenFull})`,
            rule: `${limit} are kept`,
            why: "A buffer that is larger than it says is memory that nobody planned; a smaller one loses what it promised to keep.",
          });
          await (readers[1] as Reader).drain();
          expectRead((readers[1] as Reader).payloads, kept, {
            of: `the same, by another that reads later`,
            rule: "it has a buffer of its own",
            why: "One subscriber must not eat another's messages.",
          });
        }
      }
      const broker = lab.createBroker();
      const large = new Reader(broker.subscribe("n", { bufferLimit: Number.MAX_SAFE_INTEGER }));
      const reader = new Reader(broker.subscribe("n", { bufferLimit: 50 }));
      let last = 0;
      for (const [published, read] of [
        [3, 2],
        [4, 1],
        [9, 6],
        [30, 20],
        [33, 49],
        [1, 1],
      ] as const) {
        publishAll(broker, "n", numbers(last + 1, last + published));
        last += published;
        await reader.take(read);
      }
      await large.drain();
      expectRead(large.payloads, numbers(1, last), {
        of: `1 to ${last} were published; by one whose bufferLimit is ${Number.MAX_SAFE_INTEGER}`,
        rule: "any whole number from 1 is a limit",
        why: "Room that is set aside for the worst day is paid for every day, by each subscriber.",
      });
      await reader.drain();
      expectRead(reader.payloads, numbers(1, last), {
        of: `1 to ${last} were published in six bursts, and read in between, never more than 50 behind`,
        rule: "all, in order",
        why: "A buffer that goes round must come round.",
      });
    }));

  it("2.8 `drop-oldest`, the default: what has been buffered longest makes room", () =>
    simulate(async () => {
      for (const whenFull of ["drop-oldest", undefined] as const) {
        const broker = lab.createBroker();
        const reader = new Reader(broker.subscribe("price", { bufferLimit: 3, whenFull }));
        const receipts = publishAll(broker, "price", [1, 2, 3, 4, 5]);
        await reader.take(1);
        receipts.push(...publishAll(broker, "price", [6, 7]));
        await reader.drain();
        expectRead(reader.payloads, [3, 5, 6, 7], {
          of: "1 to 5 were published to a buffer of 3, one was read, then came 6 and 7",
          rule: "1 and 2 gave way to 4 and 5, then 4 to 7",
          why: "Who follows a price wants today's: an old one is worth nothing.",
        });
        expectReceipts(receipts, ["1 0", "1 0", "1 0", "1 1", "1 1", "1 0", "1 1"]);
      }
    }));

  it("2.9 `drop-newest`: what finds no room is dropped, and what is older stays", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const reader = new Reader(broker.subscribe("log", { bufferLimit: 3, whenFull: "drop-newest" }));
      const receipts = publishAll(broker, "log", [1, 2, 3, 4, 5]);
      await reader.take(1);
      receipts.push(...publishAll(broker, "log", [6, 7]));
      await reader.drain();
      expectRead(reader.payloads, [1, 2, 3, 6], {
        of: "1 to 5 were published to a buffer of 3, one was read, then came 6 and 7",
        rule: "4, 5 and 7 found it full",
        why: "Who reads a log wants to know how it began.",
      });
      expectReceipts(receipts, ["1 0", "1 0", "1 0", "0 1", "0 1", "1 0", "0 1"]);
    }));

  it("2.10 `missed` of a message tells how many this subscription lost between the one before and this one", async () => {
    for (const whenFull of ["drop-oldest", "drop-newest"] as const) {
      await explore(
        async (sim) => {
          const broker = lab.createBroker();
          const neighbours = [new Reader(broker.subscribe("n.n"))];
          const reader = new Reader(broker.subscribe("n.*", { bufferLimit: 2, whenFull }));
          neighbours.push(new Reader(broker.subscribe("n.*")));
          const publishing = sim.spawn("publisher", async () => {
            for (const burst of [[1, 2, 3, 4], [5], [6, 7, 8, 9], [10, 11]]) {
              publishAll(broker, "other", [0, 0]); // What does not match is not missed.
              publishAll(broker, "n.n", burst);
              await sim.io("goes on");
            }
          });
          const reading = sim.spawn("subscriber", async () => {
            for (let n = 1; n <= 2; n += 1) {
              await reader.one();
              await sim.io("works on it");
            }
          });
          await Promise.all([publishing, reading]);
          await reader.drain();
          publishAll(broker, "n.n", [12, 13, 14, 15, 16]); // One of them to a `next` that waits.
          await reader.drain();
          expectRead(
            reader.read.map(({ payload, missed }) => `${payload}:${missed}`),
            reader.payloads.map(
              (n, i) => `${n}:${(n as number) - ((reader.payloads[i - 1] as number) ?? 0) - 1}`,
            ),
            {
              of: `1 to 16 were published to a buffer of 2 (${whenFull}); payload and \`missed\` of what`,
              rule: "the gap is told by the first message after it, once",
              why: "Who knows where something is missing can fetch it. Who only knows how much cannot.",
            },
          );
          for (const neighbour of neighbours) {
            await neighbour.drain();
            expectRead(
              neighbour.read.map(({ payload, missed }) => `${payload}:${missed}`),
              numbers(1, 16).map((n) => `${n}:0`),
              {
                of: "the same, by another that missed nothing; payload and `missed` of what",
                rule: "its `missed` is its own",
                why: "What one subscriber misses is no concern of the others.",
              },
            );
          }
        },
        { maxSchedules: 150 },
      );
      await simulate(() => longRun(whenFull));
    }
  });

  it("2.11 what is dropped is counted at once: in the receipt, and in `missed` of the subscription", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const whenFull = sim.choose("whenFull", POLICIES);
        const subscription = broker.subscribe("n", { bufferLimit: 2, whenFull });
        const reader = new Reader(subscription);
        let delivered = 0;
        let dropped = 0;
        const publishing = sim.spawn("publisher", async () => {
          for (let n = 1; n <= 7; n += 1) {
            broker.publish("other", n);
            const receipt = broker.publish("n", n);
            delivered += receipt.delivered;
            dropped += receipt.dropped;
            guarantee(subscription.missed === dropped, {
              happened: `after ${n} of 7 messages (${whenFull}) the receipts add up to ${dropped} dropped, \`missed\` is ${subscription.missed}`,
              expected: "the same, as soon as `publish` has returned",
              why: "A loss that is counted later, or not at all, is one that nobody can prove.",
            });
            if (n % 2 === 0) await sim.io("goes on");
          }
        });
        const reading = sim.spawn("subscriber", async () => {
          await reader.one();
          await sim.io("works on it");
          await reader.one();
        });
        await Promise.all([publishing, reading]);
        await reader.drain();
        const read = reader.read.length;
        const lostFromBuffer = whenFull === "drop-oldest" ? dropped : 0;
        guarantee(delivered === read + lostFromBuffer && read + dropped === 7, {
          happened: `with ${whenFull}, of 7 ${delivered} were delivered, ${dropped} dropped, ${read} read`,
          expected: `read + dropped = 7; delivered = read${whenFull === "drop-oldest" ? " + dropped, as each was in the buffer before" : ""}`,
          why: "The difference is messages of which nobody knows where they are.",
        });
      },
      { maxSchedules: 300 },
    ));

  it("2.12 what has passed through leaves nothing behind, however long a buffer stays full", async () => {
    const broker = lab.createBroker();
    for (let n = 0; n < SLEEPERS; n += 1) broker.subscribe("price", { bufferLimit: 2 });
    const behind = await grownMb(6_000, (n) => void broker.publish("price", n));
    guarantee(behind < MOST_GROWN_MB, {
      happened: `5,000 messages for ${SLEEPERS} sleepers whose buffers, of 2, were always full; the heap grew by ${behind.toFixed(1)} MB`,
      expected: "it is flat: each holds its two messages",
      why: "A sleeper that costs eight bytes a message costs 138 MB a day, and a thousand of them cost the process.",
    });
    const pairs = Array.from({ length: SLEEPERS }, () => {
      const subscription = broker.subscribe("quick");
      const loops = [subscription[Symbol.asyncIterator](), subscription[Symbol.asyncIterator]()];
      for (const each of loops) void each.next();
      return loops;
    });
    const waiting = await grownMb(6_000, (n) => {
      broker.publish("quick", n);
      for (const loops of pairs) void loops[n % 2]?.next();
    });
    guarantee(waiting < MOST_GROWN_MB, {
      happened: `5,000 messages for ${SLEEPERS} subscriptions with two loops, of which one always waited; the heap grew by ${waiting.toFixed(1)} MB`,
      expected: "it is flat: each holds the calls that wait",
      why: "Two loops that share the work for a week must not remember each call.",
    });
  });

  it("2.13 `publish` and `subscribe` refuse what is no topic, no pattern, or no option, and change nothing", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const reader = new Reader(broker.subscribe(">"));
      for (const topic of [...NO_TOPICS, ...NO_TEXTS] as string[]) {
        expectRefused(() => broker.publish(topic, 0), {
          what: `publish(${JSON.stringify(topic)}, 0)`,
          kind: "TypeError",
          mentions: written(topic),
          why: "A topic with a typing mistake reaches nobody, and nobody hears of it.",
        });
      }
      for (const pattern of [...NO_PATTERNS, ...NO_TEXTS] as string[]) {
        expectRefused(() => broker.subscribe(pattern), {
          what: `subscribe(${JSON.stringify(pattern)})`,
          kind: "TypeError",
          mentions: written(pattern),
          why: "A subscription that can never match looks like a quiet day.",
        });
      }
      const refused = (
        name: string,
        values: readonly unknown[],
        kind: "RangeError" | "TypeError",
        why: string,
      ) => {
        for (const value of values) {
          expectRefused(() => broker.subscribe("a", { [name]: value }), {
            what: `${name}: ${show(value)}`,
            kind,
            mentions: [...(kind === "RangeError" ? [name] : []), String(value)],
            why,
          });
        }
      };
      const limits = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "8", null];
      refused("bufferLimit", limits, "RangeError", "A buffer without a bound is how a broker dies.");
      refused(
        "whenFull",
        ["drop", "Disconnect", "", null],
        "RangeError",
        "A policy that was misspelt shows on the day of the overload.",
      );
      refused("id", ["", 7, null], "TypeError", "The id is what you look for in the log.");
      expectNothingChanged(broker, reader);
      broker.publish("a", 1);
      await reader.drain();
      expectRead(
        reader.read.map(({ sequence }) => sequence),
        [1],
        {
          of: "one message, after many that were refused; of its number",
          rule: "1",
          why: "A gap in the numbers means a loss.",
        },
      );
    }));
});

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "orders.*": ["to orders.created"],
  "orders.>": ["to orders.created", "to orders.eu.created"],
  "*.created": ["to orders.created", "to users.created"],
  ">": ["to orders.created", "to users.created", "to orders.eu.created"],
  "orders.created": ["to orders.created"],
  "users.*": ["to users.created"],
  "orders.*.created": ["to orders.eu.created"],
};

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const publishAll = (broker: Broker, topic: string, payloads: readonly unknown[]): Receipt[] =>
  payloads.map((payload) => broker.publish(topic, payload));

const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | undefined)?.then === "function";

const describeMessage = ({ topic, payload, timestamp, sequence, missed }: Message): string =>
  `${topic}, ${String(payload)}, ${timestamp}, number ${sequence}, missed ${missed}`;

/** Each as "delivered dropped". */
function expectReceipts(receipts: readonly Receipt[], expected: readonly string[]): void {
  expectRead(
    receipts.map(({ delivered, dropped }) => `${delivered} ${dropped}`),
    expected,
    {
      of: "delivered and dropped of each receipt",
      rule: "who took the message, and how many were lost by it",
      why: "The publisher cannot see the buffers. These two numbers are what it can put on a dashboard.",
    },
  );
}

/** Thousands of messages for a buffer of 3 that is read now and then: every gap adds up. */
async function longRun(whenFull: WhenFull): Promise<void> {
  const broker = lab.createBroker();
  const reader = new Reader(broker.subscribe("n", { bufferLimit: 3, whenFull }));
  for (let n = 1; n <= 10_000; n += 1) {
    broker.publish("n", n);
    if (n % 1_237 === 0) await reader.take(1 + (n % 4 === 0 ? 2 : 0));
  }
  await reader.drain();
  broker.publish("n", 10_001);
  await reader.drain();
  let last = 0;
  for (const { payload, missed } of reader.read) {
    const lost = (payload as number) - last - 1;
    guarantee(missed === lost, {
      happened: `1 to 10,001 were published to a buffer of 3 (${whenFull}) that was read seldom; ${payload} was read after ${last}, and its \`missed\` is ${missed}`,
      expected: `${lost}`,
      why: "A gap that is told too small looks like a stream that is nearly whole.",
    });
    last = payload as number;
  }
}

function expectNothingChanged(broker: Broker, reader: Reader): void {
  guarantee(broker.subscriptions === 1 && reader.read.length === 0, {
    happened: `all of these were refused, and ${broker.subscriptions} subscriptions are there instead of 1`,
    expected: "nothing has changed",
    why: "Whoever catches the error believes that nothing has happened.",
  });
}
