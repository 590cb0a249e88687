import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { numbers } from "./any-broker.ts";
import { BrokerClosedError, UnreadableMessageError } from "./errors.ts";
import { JetStreamBroker } from "./jetstream.ts";
import { fail, ownPrefix, payloads, sharedServer, take } from "./testing.ts";

describeService("nats", "the broker on JetStream", () => {
  const server = sharedServer();
  const open = (history = 1_000, name = ownPrefix()) =>
    JetStreamBroker.open({ url: server.url, name, history, onError: fail });

  it("replays from a number or a time, and goes on with what is live: no gap, nothing twice", async () => {
    await using broker = await open();
    for (const n of numbers(1, 50)) expect(await broker.publish("orders.created", n)).toBe(n);
    const reading = take(broker, 60, "orders.*", { id: "by-number", from: { sequence: 21 } });
    const others = take(broker, 80, "orders.>", { id: "by-time", from: { time: 0 } });
    await broker.publish("users.created", "matches nobody");
    for (const n of numbers(51, 80)) await broker.publish("orders.created", n);
    expect(payloads(await take(broker, 5, ">", { id: "from-76", from: { sequence: 77 } }))).toEqual(
      numbers(76, 80),
    );
    for (const n of numbers(81, 90)) await broker.publish("orders.created", n);
    expect(payloads(await reading)).toEqual(numbers(21, 80));
    const byTime = await others;
    expect(payloads(byTime)).toEqual(numbers(1, 80));
    expect(byTime.at(-1)).toMatchObject({ sequence: 81, attempt: 1, topic: "orders.created" });
  });

  it("replays the last so many of those that match, whatever is published meanwhile", async () => {
    await using broker = await open(60);
    const publish = async (from: number, to: number) => {
      for (const n of numbers(from, to)) await broker.publish(n % 3 === 0 ? "third" : "others.a", n);
    };
    await publish(1, 90); // 31 to 90 are kept, and of these 31 are a third.
    const lastOf = async (count: number, last: number, pattern = "third") => {
      const read: number[] = [];
      for await (const { payload } of broker.replay(pattern, { from: { last: count } })) {
        read.push(Number(payload));
        if (payload === last) break;
      }
      return read;
    };
    expect(await lastOf(1, 90)).toEqual([90]);
    expect(await lastOf(4, 90)).toEqual([81, 84, 87, 90]);
    expect(await lastOf(20, 90)).toEqual(numbers(11, 30).map((n) => 3 * n));
    expect(await lastOf(1_000, 90)).toEqual(numbers(11, 30).map((n) => 3 * n));
    expect(await lastOf(3, 89, "others.>")).toEqual([86, 88, 89]);
    const none = lastOf(0, 93);
    const some = lastOf(5, 120);
    await publish(91, 120);
    expect((await none).at(-1)).toBe(93);
    const read = await some;
    expect(read).toEqual(numbers(41 - read.length, 40).map((n) => 3 * n));
    expect(read.length).toBeGreaterThanOrEqual(5);
    const [first] = await take(broker, 1, "third", { id: "Ann", from: { last: 2 } });
    expect(first).toMatchObject({ payload: 117, attempt: 1 });
  });

  it("refuses what the server would hang up on, and what breaks a rule", async () => {
    await using broker = await open();
    await expect(broker.publish("a b", 1)).rejects.toThrow("a topic must be tokens");
    await expect(broker.publish("a", "x".repeat(2_000_000))).rejects.toThrow(
      /at most \d+ bytes, got 2000\d\d\d/,
    );
    await expect(broker.publish("a", 1n)).rejects.toThrow(/^Cannot publish: .* JSON can write, got 1$/);
    expect(() => broker.replay("a..b")).toThrow("a pattern must be tokens");
    expect(() => broker.replay("a", { from: { last: 0.5 } })).toThrow("from.last must be a whole number");
    await expect(broker.replay("a", { from: { sequence: 3 } }).next()).rejects.toThrow("from 1 to 1, got 3");
    expect(await broker.publish("a", 1)).toBe(1);
  });

  it("tells when what is asked for is not kept any more", async () => {
    await using broker = await open(10);
    for (const n of numbers(1, 30)) await broker.publish("a", n);
    const begin = (sequence: number) => take(broker, 10, "a", { id: `from-${sequence}`, from: { sequence } });
    await expect(begin(20)).rejects.toMatchObject({ name: "HistoryGoneError", oldest: 21 });
    await expect(begin(32)).rejects.toThrow("from.sequence must be a whole number from 1 to 31, got 32");
    expect(payloads(await begin(21))).toEqual(numbers(21, 30));
  });

  it("an abort ends a loop that waits, with the identical reason", async () => {
    await using broker = await open();
    const controller = new AbortController();
    const reason = { it: "is enough" };
    const loop = broker.subscribe("a", { id: "Ann", from: { time: 0 }, signal: controller.signal });
    await broker.publish("a", 1);
    expect((await loop.next()).value).toMatchObject({ payload: 1 });
    const ended = loop.next().catch((error: unknown) => error);
    const replayed = broker.replay("a", { signal: controller.signal }).next();
    const alsoEnded = replayed.catch((error: unknown) => error);
    controller.abort(reason);
    expect([await ended, await alsoEnded]).toEqual([reason, reason]);
    expect(await broker.publish("a", 2, controller.signal).catch((error: unknown) => error)).toBe(reason);
  });

  it("an abort ends a publication that nobody answers, at once", async () => {
    await using server = await startService("nats");
    const options = { url: server.url, name: ownPrefix(), history: 10, onError: () => {} };
    await using broker = await JetStreamBroker.open(options);
    await server.kill();
    const controller = new AbortController();
    const publishing = broker.publish("a", 1, controller.signal).catch((error: unknown) => error);
    controller.abort("enough");
    expect(await publishing).toBe("enough");
  });

  it("whoever reads or publishes is told that it is closed", async () => {
    const broker = await open();
    const reading = [broker.replay("a").next(), broker.subscribe("a", { id: "Ann" }).next()];
    const told = reading.map((next) => expect(next).rejects.toThrow(/: the broker must be open|closed/));
    await broker[Symbol.asyncDispose]();
    await Promise.all(told);
    await expect(broker.publish("a", 1)).rejects.toThrow(BrokerClosedError);
  });

  it("passes over what it cannot read, and tells", async () => {
    const name = ownPrefix();
    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    await using broker = await JetStreamBroker.open({ url: server.url, name, history: 10, onError });
    await using raw = await connect({ servers: server.url });
    raw.publish(`${name}.a`, "no JSON");
    await raw.flush();
    await broker.publish("a", 1);
    expect(payloads(await take(broker, 1, "a", { id: "Ann", from: { time: 0 } }))).toEqual([1]);
    expect(errors).toEqual([expect.any(UnreadableMessageError)]);
    const { num_ack_pending } = await (await jetstreamManager(raw)).consumers.info(name, "Ann");
    expect(num_ack_pending).toBe(0); // It does not come again.
  });

  it("stores once what it is sent again because an answer came too late", async () => {
    const name = ownPrefix();
    const options = { url: server.url, name, history: 1_000, onError: fail, attemptMs: 1 };
    await using broker = await JetStreamBroker.open(options);
    const stored = await Promise.all(numbers(1, 50).map((n) => broker.publish("a", n)));
    expect(new Set(stored).size).toBe(50);
    expect(Math.max(...stored)).toBe(50);
  });
});
