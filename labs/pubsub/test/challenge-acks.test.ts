import { challenge, guarantee, LongLived, noLeaks } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Broker, Consumer, ConsumerOptions, DeadLetter, Delivery } from "../contract.ts";
import { describeOutcome, failedWith, outcomeOf } from "./outcome.ts";
import { expectRead, loop, payloadsOf } from "./reader.ts";
import { expectRefused } from "./refused.ts";
import { lab } from "./subject.ts";
import { pass } from "./time.ts";

challenge("acks", lab, () => {
  it("acks.1 an acknowledged message never comes again, however late and by whichever delivery it is acknowledged", () =>
    simulate(async () => {
      for (const [how, acknowledge] of Object.entries(WAYS_TO_ACK)) {
        const broker = lab.createBroker();
        const consumer = createConsumer(broker, "job", { ackWithinMs: 1_000 });
        broker.publish("job", "pay");
        const worker = new Worker(consumer);
        await acknowledge(worker);
        const before = worker.seen.length;
        await pass(60_000);
        await worker.drain();
        expectRead(worker.seen.slice(before), [], {
          of: `a message was acknowledged ${how}; in the minute after that`,
          rule: "it never comes again",
          why: "The money was paid. Whoever is given the order again pays it again.",
        });
        guarantee(consumer.unacknowledged === 0, {
          happened: `it was acknowledged ${how}, and \`unacknowledged\` is ${consumer.unacknowledged}`,
          expected: "0",
          why: "What counts as in flight for ever takes the place of what is.",
        });
        consumer[Symbol.dispose]();
      }
    }));

  it("acks.2 after `nak` it is due again when its delay is over, before what is new, in the order of becoming due", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const consumer = createConsumer(broker, "job");
      for (const job of ["a", "b", "c", "d"]) broker.publish("job", job);
      const worker = new Worker(consumer);
      const [a, b] = [await worker.take(), await worker.take()];
      a.nak({ delayMs: 500 });
      b.nak();
      a.nak(); // It is not in work any more.
      await worker.take();
      await pass(499);
      await worker.take();
      await worker.drain(); // It waits.
      await pass(1);
      await worker.drain();
      expectRead(worker.seen, ["a1", "b1", "b2", "c1", "d1", "a2"], {
        of: "a and b were taken; a was to come again after 500 ms, b at once; payload and attempt of what",
        rule: "b at once, a when its delay is over and not before",
        why: "A database that is down for a second is not up again after a microsecond.",
      });
      consumer[Symbol.dispose]();
    }));

  it("acks.3 what is not acknowledged in time comes again", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const consumer = createConsumer(broker, "job", { ackWithinMs: 1_000 });
      broker.publish("job", "a");
      await pass(5_000); // It is in the buffer: its time has not begun.
      const worker = new Worker(consumer);
      const first = await worker.take();
      await pass(999);
      await worker.drain();
      expectRead(worker.seen, ["a1"], {
        of: "a message was given out 999 ms ago, and has 1,000; payload and attempt of what",
        rule: "it is in work",
        why: "Two workers at one order do it twice.",
      });
      await pass(1);
      await worker.drain();
      expectRead(worker.seen, ["a1", "a2"], {
        of: "its 1,000 ms were over; payload and attempt of what",
        rule: "it comes again",
        why: "A worker that has died acknowledges nothing, and its order waits for ever.",
      });
      first.nak(); // It is the second delivery that counts by now.
      await worker.drain();
      expectRead(worker.seen, ["a1", "a2"], {
        of: "then the first delivery was told to have failed; payload and attempt of what",
        rule: "nothing more: the second is in work, and counts",
        why: "A worker that was given up must not take the message from the one that has it now.",
      });
      consumer[Symbol.dispose]();
    }));

  it("acks.4 it is given out `maxDeliveries` times at most, then it is published as a dead letter, once", () =>
    simulate(async () => {
      for (const deadLetterTopic of ["dead.jobs", undefined]) {
        const broker = lab.createBroker();
        const dead = broker.subscribe("dead.>");
        const consumer = createConsumer(broker, "job", {
          id: "workers",
          ackWithinMs: 1_000,
          maxDeliveries: 3,
          deadLetterTopic,
        });
        broker.publish("job", "poison");
        broker.publish("job", "good");
        const worker = new Worker(consumer);
        (await worker.take()).nak();
        (await worker.take()).nak({ delayMs: 100 });
        (await worker.take()).ack(); // "good"
        await pass(100);
        const last = await worker.take();
        await pass(1_000);
        last.nak();
        await pass(60_000);
        await worker.drain();
        expectRead(worker.seen, ["poison1", "poison2", "good1", "poison3"], {
          of: "one message failed three times, twice by `nak` and once in time; payload and attempt of what",
          rule: "three times at most",
          why: "A message that kills whoever works on it must not do so for ever.",
        });
        const letters = (await payloadsOf(dead)) as DeadLetter[];
        const expected = deadLetterTopic === undefined ? [] : ["workers: poison, sequence 1, after 3"];
        expectRead(
          letters.map(
            ({ id, message, attempts }) =>
              `${id}: ${message.payload}, sequence ${message.sequence}, after ${attempts}`,
          ),
          expected,
          {
            of: `deadLetterTopic is ${deadLetterTopic ?? "not given"}; on it`,
            rule: "it comes there once, with all that is known of it",
            why: "Somebody has to look at it, and to know what it was.",
          },
        );
        guarantee(consumer.unacknowledged === 0, {
          happened: `one is dead, one acknowledged, and \`unacknowledged\` is ${consumer.unacknowledged}`,
          expected: "0",
          why: "The dead must not take the places of the living.",
        });
        consumer[Symbol.dispose]();
      }
    }));

  it("acks.5 at most `maxInFlight` are taken from the subscription and not done with; the rest waits there", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const consumer = createConsumer(broker, "job", {
        maxInFlight: 2,
        bufferLimit: 3,
        whenFull: "drop-newest",
      });
      const worker = new Worker(consumer);
      for (const job of ["a", "b"]) broker.publish("job", job);
      const [a, b] = [await worker.take(), await worker.take()];
      for (const job of ["c", "d", "e", "f"]) broker.publish("job", job);
      await worker.drain();
      expectRead(worker.seen, ["a1", "b1"], {
        of: "two may be in flight, two were taken, and four more published; payload and attempt of what",
        rule: "no more before one is done with",
        why: "A worker that takes what it does not acknowledge has an unbounded buffer of its own.",
      });
      guarantee(consumer.missed === 1 && consumer.unacknowledged === 2, {
        happened: `four were published to a buffer of 3, with two in flight; missed ${consumer.missed}, unacknowledged ${consumer.unacknowledged}`,
        expected: "missed 1: f found no room; unacknowledged 2",
        why: "What is not taken out must be under the limit and the policy of its subscription.",
      });
      a.ack();
      await worker.drain();
      b.nak({ delayMs: 10 }); // It rests, and is not done with.
      await worker.drain();
      await pass(10);
      await worker.drain();
      expectRead(worker.seen, ["a1", "b1", "c1", "b2"], {
        of: "then a was acknowledged, and b to come again after 10 ms; payload and attempt of what",
        rule: "c for a; b again; d waits",
        why: "See above.",
      });
      consumer[Symbol.dispose]();

      const single = createConsumer(broker, "task", { maxInFlight: 1 });
      const waiting = [new Worker(single).next(), new Worker(single).next()];
      for (const task of ["a", "b"]) broker.publish("task", task);
      const given = await Promise.all(waiting.map(outcomeOf));
      guarantee(given.filter((outcome) => outcome !== undefined).length === 1, {
        happened: `one may be in flight, two workers waited, and two were published; given out were ${given.filter((outcome) => outcome !== undefined).length}`,
        expected: "1",
        why: "Those who ask at the same time must not get past the bound together.",
      });
      single[Symbol.dispose]();
    }));

  it("acks.6 it ends as a subscription does; what is not acknowledged is given up, and nothing is left", async () => {
    const reason = { why: "shutdown" };
    const ends = ["dispose", "return", "abort"] as const;
    for (const [end, laterMs] of ends.flatMap((end) => [[end, 0] as const, [end, 60_000] as const])) {
      await noLeaks(() =>
        simulate(async () => {
          const service = new LongLived();
          const broker = lab.createBroker();
          const dead = broker.subscribe("dead");
          const consumer = createConsumer(broker, "job", {
            ackWithinMs: 1_000,
            maxDeliveries: 2,
            maxInFlight: 3,
            deadLetterTopic: "dead",
            signal: service.signal,
          });
          for (const job of ["a", "b", "c", "d"]) broker.publish("job", job);
          const worker = new Worker(consumer);
          const [a, b, c] = [await worker.take(), await worker.take(), await worker.take()];
          c.nak({ delayMs: 500 });
          const waiting = worker.next();
          if (end === "dispose") consumer[Symbol.dispose]();
          else if (end === "return") void worker.leave();
          else service.abort(reason);
          for (const next of [waiting, worker.next()]) {
            const outcome = await outcomeOf(next);
            const isDone = outcome !== undefined && "value" in outcome && outcome.value.done === true;
            guarantee(end === "abort" ? failedWith(outcome, reason) : isDone, {
              happened: `the end was: ${end}; \`next\` ${describeOutcome(outcome)}`,
              expected: end === "abort" ? "it rejects with the identical reason" : "{ done: true }",
              why: "A worker that is not told waits for ever.",
            });
          }
          service.expectBare("a consumer that has ended");
          a.nak();
          b.ack();
          if (laterMs > 0) await pass(laterMs); // Otherwise whatever is still to come is found to be left over.
          const { subscriptions } = broker;
          guarantee(subscriptions === 1 && consumer.unacknowledged === 0, {
            happened: `the end was: ${end}; ${subscriptions - 1} subscriptions are left of it, and ${consumer.unacknowledged} unacknowledged`,
            expected: "none",
            why: "Work that is given out by somebody who has gone is done for nobody.",
          });
          expectRead(await payloadsOf(dead), [], {
            of: "it has ended; of dead letters afterwards",
            rule: "none: what is not acknowledged is given up",
            why: "Nobody has tried what was left, so nobody can say that it cannot be done.",
          });
          dead[Symbol.dispose]();
        }),
      );
    }
  });

  it("acks.7 options out of range are a RangeError, and nothing is subscribed", () => {
    const broker = lab.createBroker();
    const refused = (options: Record<string, unknown>) => {
      const [[name, value]] = Object.entries(options) as [[string, unknown]];
      expectRefused(() => createConsumer(broker, "job.>", options as ConsumerOptions), {
        what: `${name}: ${String(value)}`,
        kind: "RangeError",
        mentions: [name, String(value)],
        why: "A limit that was misspelt shows when it is needed.",
      });
    };
    for (const name of ["ackWithinMs", "maxDeliveries", "maxInFlight"]) {
      for (const value of [0, -1, 1.5, Number.NaN]) refused({ [name]: value });
    }
    refused({ ackWithinMs: 2 ** 31 });
    refused({ deadLetterTopic: "job.dead" });
    guarantee(broker.subscriptions === 0, {
      happened: `all were refused, and ${broker.subscriptions} subscriptions are there`,
      expected: "none",
      why: "Whoever catches the error believes that nothing has happened.",
    });
  });

  it("acks.8 whatever its workers do whenever: each message is acknowledged or dead, once, and none is lost", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const done: unknown[] = [];
        const dead: unknown[] = [];
        const over = Promise.withResolvers<void>();
        const end = (list: unknown[], job: unknown) => {
          list.push(job);
          if (done.length + dead.length === 3) over.resolve();
        };
        const deadLetters = broker.subscribe("dead");
        const burying = loop(deadLetters, ({ payload }) =>
          end(dead, (payload as DeadLetter).message.payload),
        );
        const consumer = createConsumer(broker, "job", {
          ackWithinMs: 50,
          maxDeliveries: 2,
          maxInFlight: 2,
          deadLetterTopic: "dead",
        });
        const work = (name: string) =>
          sim.spawn(name, async () => {
            const worker = new Worker(consumer);
            for (;;) {
              const { done: isOver, value } = await worker.next();
              if (isOver) return;
              guarantee(!done.includes(value.payload), {
                happened: `${value.payload} was acknowledged, and is given out again, as attempt ${value.attempt}`,
                expected: "an acknowledged message never comes again",
                why: "The money was paid. Whoever is given the order again pays it again.",
              });
              await sim.io("works on it");
              const what = value.payload === "a" ? sim.choose("a", ["ack", "nak", "dies"]) : "ack";
              if (what === "nak") value.nak();
              if (what !== "ack") continue;
              const { unacknowledged } = consumer;
              value.ack();
              if (consumer.unacknowledged < unacknowledged) end(done, value.payload); // It was not too late.
            }
          });
        const workers = [work("Ann"), work("Bob")];
        for (const job of ["a", "b", "c"]) {
          broker.publish("job", job);
          await sim.io("goes on");
        }
        await sim.waitFor("the end of each of three messages", over.promise);
        await pass(1_000);
        consumer[Symbol.dispose]();
        deadLetters[Symbol.dispose]();
        await sim.waitFor("the workers", Promise.all([...workers, burying]));
        const ends = [...done, ...dead].toSorted();
        expectRead(ends, ["a", "b", "c"], {
          of: `a, b and c were published; acknowledged in time, or dead (${dead.join(", ") || "none"})`,
          rule: "each is one or the other, once",
          why: "What is neither is lost, and what is both is done by hand what was done already.",
        });
      },
      { maxSchedules: 200 },
    ));
});

function createConsumer(broker: Broker, pattern: string, options?: ConsumerOptions): Consumer {
  if (lab.createConsumer === undefined) throw new Error("TODO acks.1: createConsumer is yours to export");
  return lab.createConsumer(broker, pattern, options);
}

/** Takes what a consumer gives, and remembers payload and attempt of each. */
class Worker {
  readonly seen: string[] = [];
  readonly #loop: ReturnType<Consumer[typeof Symbol.asyncIterator]>;
  #waiting: Promise<IteratorResult<Delivery, undefined>> | undefined;

  constructor(consumer: Consumer) {
    this.#loop = consumer[Symbol.asyncIterator]();
  }

  next(): Promise<IteratorResult<Delivery, undefined>> {
    const next = this.#waiting ?? this.#loop.next();
    this.#waiting = undefined;
    return next;
  }

  /** One that must be there. */
  async take(): Promise<Delivery> {
    const outcome = await outcomeOf(this.next());
    const value = outcome !== undefined && "value" in outcome ? outcome.value.value : undefined;
    guarantee(value !== undefined, {
      happened: `after ${this.seen.join(", ") || "nothing"} (payload and attempt) a message is due, and \`next\` ${describeOutcome(outcome)}`,
      expected: "it gives the message",
      why: "Somebody waits for what it orders.",
    });
    this.seen.push(`${value?.payload}${value?.attempt}`);
    return value as Delivery;
  }

  /** All that is there; then it waits. */
  async drain(): Promise<void> {
    for (;;) {
      const next = this.next();
      const outcome = await outcomeOf(next);
      if (outcome === undefined) this.#waiting = next;
      if (outcome === undefined || "error" in outcome || outcome.value.done) return;
      this.seen.push(`${outcome.value.value.payload}${outcome.value.value.attempt}`);
    }
  }

  leave() {
    return this.#loop.return();
  }
}

const WAYS_TO_ACK: Readonly<Record<string, (worker: Worker) => Promise<void>>> = {
  "in time": async (worker) => {
    const only = await worker.take();
    only.ack();
    only.ack();
    only.nak();
  },
  "late, when it was due again": async (worker) => {
    const first = await worker.take();
    await pass(1_000);
    first.ack();
  },
  "late, when another delivery was under way": async (worker) => {
    const first = await worker.take();
    await pass(1_000);
    const second = await worker.take();
    first.ack();
    second.nak();
  },
  "by the second delivery": async (worker) => {
    (await worker.take()).nak();
    (await worker.take()).ack();
  },
  "while it rested after a `nak`": async (worker) => {
    const first = await worker.take();
    first.nak({ delayMs: 500 });
    first.ack();
  },
};
