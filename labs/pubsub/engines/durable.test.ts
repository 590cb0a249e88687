import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { rounds, tellCounts } from "@pattern-labs/testkit";
import { describeService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { numbers, rejectionOf } from "./any-broker.ts";
import { ForgottenError } from "./errors.ts";
import { JetStreamBroker } from "./jetstream.ts";
import { fail, ownPrefix, payloads, sharedServer, take } from "./testing.ts";

/** Long enough to begin to read within it, whatever else this machine does. */
const THRESHOLD_MS = rounds(1_000, 2_000);

describeService("nats", "a durable subscriber", () => {
  const server = sharedServer();
  const open = (history = 1_000, name = ownPrefix()) =>
    JetStreamBroker.open({ url: server.url, name, history, onError: fail });

  it("goes on where it was when it comes back, and gets again what it has not acknowledged", async () => {
    await using broker = await open();
    for (const n of numbers(1, 10)) await broker.publish("a", n);
    const options = { id: "Ann", from: { sequence: 1 }, maxInFlight: 1 };
    await take(broker, 3, "a", options);
    for await (const delivery of broker.subscribe("a", options)) {
      expect(delivery).toMatchObject({ payload: 4, attempt: 1 });
      delivery.nak();
      break;
    }
    const rest = await take(broker, 7, "a", options);
    expect(payloads(rest)).toEqual(numbers(4, 10));
    expect(rest.map(({ attempt }) => attempt)).toEqual([2, 1, 1, 1, 1, 1, 1]);
  });

  it("gives back at once what was on its way when it left", async () => {
    await using broker = await open();
    for (const n of numbers(1, 10)) await broker.publish("a", n);
    const options = { id: "Ann", from: { sequence: 1 }, ackWithinMs: 2 ** 31 - 1 }; // Nobody waits for that.
    const [first] = await take(broker, 1, "a", options);
    const rest = payloads(await take(broker, 9, "a", options));
    expect([first?.payload, ...rest.toSorted((one, other) => Number(one) - Number(other))]).toEqual(
      numbers(1, 10),
    );
  });

  it("is given a message so often at most; then it is a dead letter, once, and the rest goes on", async () => {
    await using broker = await open();
    for (const n of numbers(1, 3)) await broker.publish("jobs", n);
    const options = { id: "Ann", from: { sequence: 1 }, maxDeliveries: 3, deadLetterTopic: "dead.jobs" };
    const given: [unknown, number][] = [];
    const isDone = new Set<unknown>();
    for await (const { payload, attempt, ack, nak } of broker.subscribe("jobs", options)) {
      given.push([payload, attempt]);
      if (payload === 2) nak();
      else if (await ack()) isDone.add(payload);
      if (isDone.size === 2 && given.length === 5) break;
    }
    expect(given.filter(([payload]) => payload === 2)).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    const rest = broker.subscribe("jobs", options).next(); // Whoever reads buries, too.
    const [letter] = await take(broker, 1, "dead.*", { id: "undertaker", from: { sequence: 1 } });
    expect(letter).toMatchObject({
      topic: "dead.jobs",
      payload: { id: "Ann", attempts: 3, message: { topic: "jobs", payload: 2, sequence: 2 } },
    });
    await broker.publish("jobs", "the last one");
    expect((await rest).value).toMatchObject({ payload: "the last one", attempt: 1 });
    expect((await broker.kept()).last).toBe(5);
  });

  it("several who read under one id share its messages", async () => {
    await using broker = await open();
    for (const n of numbers(1, 40)) await broker.publish("jobs", n);
    const got: unknown[] = [];
    const stop = new AbortController();
    const options = { id: "crew", from: { sequence: 1 }, maxInFlight: 4, signal: stop.signal };
    const work = async () => {
      for await (const { payload, ack } of broker.subscribe("jobs", options)) {
        expect(await ack()).toBe(true);
        got.push(payload);
        if (got.length === 40) stop.abort("all is done");
      }
    };
    const working = numbers(1, 3).map(() => work().catch((error: unknown) => error));
    expect(await Promise.all(working)).toEqual(Array(3).fill("all is done"));
    expect(got.toSorted((one, other) => Number(one) - Number(other))).toEqual(numbers(1, 40));
  });

  it("refuses options that break a rule", async () => {
    await using broker = await open();
    const refused = (options: object) => () => broker.subscribe("jobs", { id: "Ann", ...options });
    expect(refused({ maxDeliveries: 3 })).toThrow("maxDeliveries and deadLetterTopic must be given together");
    expect(refused({ deadLetterTopic: "dead" })).toThrow("must be given together");
    expect(refused({ maxDeliveries: 0, deadLetterTopic: "dead" })).toThrow("maxDeliveries must be a whole");
    expect(refused({ maxDeliveries: 3, deadLetterTopic: "jobs" })).toThrow("must not match its own pattern");
    expect(refused({ maxDeliveries: 3, deadLetterTopic: "a.*" })).toThrow("a topic must be");
    expect(refused({ from: { last: -1 } })).toThrow("from.last must be a whole number from 0, got -1");
    expect(refused({ from: { time: Number.NaN } })).toThrow("from.time must be a number");
    expect(refused({ id: "a.b" })).toThrow('id must be letters, digits, _ and -, got "a.b"');
    expect(refused({ ackWithinMs: 0 })).toThrow("ackWithinMs must be a whole number from 1");
  });

  it("is forgotten when nobody asks for it any more", async () => {
    const name = ownPrefix();
    await using broker = await open(10, name);
    await using raw = await connect({ servers: server.url });
    const forgotten = Promise.withResolvers<string>();
    raw.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.DELETED.${name}.*`, {
      callback: (_, message) => forgotten.resolve(message.json<{ consumer: string }>().consumer),
    });
    await raw.flush();
    await broker.publish("a", 1);
    await take(broker, 1, "a", { id: "gone", from: { sequence: 1 }, forgottenAfterMs: THRESHOLD_MS });
    const leftAt = performance.now();
    expect(await forgotten.promise).toBe("gone");
    const after = Math.round(performance.now() - leftAt);
    tellCounts(`a subscriber that left is forgotten after ${after} ms; the threshold is ${THRESHOLD_MS} ms`);
  });

  it("is told when the server has forgotten it while it reads", async () => {
    const name = ownPrefix();
    await using broker = await open(10, name);
    await using raw = await connect({ servers: server.url });
    const manager = await jetstreamManager(raw);
    await broker.publish("a", 1);
    const loop = broker.subscribe("a", { id: "Ann", from: { sequence: 1 } });
    await (await loop.next()).value?.ack();
    const waits = rejectionOf(loop.next());
    await manager.consumers.delete(name, "Ann");
    expect(await waits).toMatchObject(new ForgottenError("Ann"));
  });
});
