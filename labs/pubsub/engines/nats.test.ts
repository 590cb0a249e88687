import { connect } from "@nats-io/transport-node";
import { describeService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import type { SubscribeOptions } from "../contract.ts";
import { payloadsOf, Reader } from "../test/reader.ts";
import { numbers } from "./any-broker.ts";
import { describeConformance } from "./conformance.ts";
import { BrokerClosedError, UnreadableMessageError } from "./errors.ts";
import { NatsBroker } from "./nats.ts";
import { ownPrefix, sharedServer, watched } from "./testing.ts";

describeService("nats", "the broker on NATS core", () => {
  const server = sharedServer();
  const open = (prefix = ownPrefix()) => watched({ url: server.url, prefix });

  describeConformance(async () => {
    const { broker, errors } = await open();
    return {
      broker,
      settle: () => broker.flush(),
      async [Symbol.asyncDispose]() {
        await broker[Symbol.asyncDispose]();
        expect(errors).toEqual([]);
      },
    };
  });

  it("carries messages from one process to another, each publisher's in order and with its own numbers", async () => {
    const prefix = ownPrefix();
    await using ann = await open(prefix);
    await using bob = await open(prefix);
    await using cleo = await open(prefix);
    const reader = new Reader(cleo.broker.subscribe("orders.*"));
    await cleo.broker.flush();
    for (const n of numbers(1, 200)) {
      ann.broker.publish("orders.ann", n);
      bob.broker.publish("orders.bob", n);
    }
    for (const _ of numbers(1, 400)) await reader.one();
    for (const topic of ["orders.ann", "orders.bob"]) {
      const own = reader.read.filter((message) => message.topic === topic);
      expect(own.map(({ payload }) => payload)).toEqual(numbers(1, 200));
      expect(own.map(({ sequence }) => sequence)).toEqual(numbers(1, 200));
      expect(new Set(own.map((message) => "publisher" in message && message.publisher)).size).toBe(1);
    }
  });

  it("has nothing in common with a broker of another prefix, or with the server's own subjects", async () => {
    await using ann = await open();
    await using bob = await open();
    const subscription = bob.broker.subscribe(">");
    await bob.broker.flush();
    ann.broker.publish("a", 1);
    await using raw = await connect({ servers: server.url });
    raw.publish("_INBOX.somebody", "a reply");
    await raw.flush();
    await ann.broker.flush();
    await bob.broker.flush();
    expect(await payloadsOf(subscription)).toEqual([]);
    expect(bob.errors).toEqual([]);
  });

  it("keeps no more for a slow reader than its limit, also not in the client", async () => {
    const prefix = ownPrefix();
    await using ann = await open(prefix);
    await using bob = await open(prefix);
    const subscription = bob.broker.subscribe("prices", { bufferLimit: 100 });
    await bob.broker.flush();
    const text = "x".repeat(1_000);
    for (const n of numbers(1, 20_000)) ann.broker.publish("prices", { n, text });
    await ann.broker.flush();
    await bob.broker.flush(); // All has come: what is not in the inbox is nowhere.
    expect(subscription.missed).toBe(19_900);
    expect(await payloadsOf(subscription)).toEqual(numbers(19_901, 20_000).map((n) => ({ n, text })));
  });

  it("tells of what it cannot read, and goes on", async () => {
    const prefix = ownPrefix();
    await using ann = await open(prefix);
    const reader = new Reader(ann.broker.subscribe(">"));
    await ann.broker.flush();
    await using raw = await connect({ servers: server.url });
    raw.publish(`${prefix}.a`, "no JSON");
    raw.publish(`${prefix}.a.b`, JSON.stringify({ publisher: "somebody", sequence: 0, timestamp: 1 }));
    await raw.flush();
    ann.broker.publish("a", "can be read");
    await reader.one();
    expect(reader.payloads).toEqual(["can be read"]);
    expect(ann.errors).toEqual([expect.any(UnreadableMessageError), expect.any(UnreadableMessageError)]);
    expect(ann.errors.map((error) => (error as UnreadableMessageError).topic)).toEqual(["a", "a.b"]);
    expect(ann.errors[1]?.message).toContain("sequence");
  });

  it("refuses what the server would hang up on, and what JSON cannot write", async () => {
    await using ann = await open();
    const { broker } = ann;
    const reader = new Reader(broker.subscribe(">"));
    const circle: unknown[] = [];
    circle.push(circle);
    for (const payload of [1n, () => {}, Symbol("s"), circle])
      expect(() => broker.publish("a", payload)).toThrow(/^Cannot publish: .* JSON can write, got /);
    expect(() => broker.publish("a", "x".repeat(2_000_000))).toThrow(/at most \d+ bytes, got 2000\d\d\d/);
    expect(() => broker.publish("a".repeat(5_000), 1)).toThrow("at most 3900 bytes");
    expect(() => broker.subscribe("a".repeat(5_000))).toThrow("at most 3900 bytes");
    expect(() => broker.publish("a\ud800", 1)).toThrow("a topic must be well-formed");
    const challenges: SubscribeOptions[] = [{ from: { last: 1 } }, { group: "g" }];
    for (const options of challenges)
      expect(() => broker.subscribe("a", options)).toThrow("must not be given on NATS core");
    broker.publish("a".repeat(3_800), "x".repeat(1_000_000));
    expect(await reader.one()).toMatchObject({ sequence: 1 });
  });

  it("when it is disposed its loops end, and all that was published is sent", async () => {
    const prefix = ownPrefix();
    await using bob = await open(prefix);
    const reader = new Reader(bob.broker.subscribe("a"));
    await bob.broker.flush();
    const ann = await open(prefix);
    const waits = ann.broker.subscribe("never")[Symbol.asyncIterator]().next();
    for (const n of numbers(1, 1_000)) ann.broker.publish("a", n);
    await ann.broker[Symbol.asyncDispose]();
    await ann.broker[Symbol.asyncDispose]();
    expect(await waits).toEqual({ done: true, value: undefined });
    expect(await ann.broker.closed).toBe(undefined);
    expect(() => ann.broker.publish("a", 0)).toThrow(BrokerClosedError);
    expect(() => ann.broker.subscribe("a")).toThrow(BrokerClosedError);
    await expect(ann.broker.flush()).rejects.toThrow("Cannot flush: the broker must be open");
    expect(ann.errors).toEqual([]);
    await reader.one();
    await bob.broker.flush();
    await reader.drain();
    expect(reader.payloads).toEqual(numbers(1, 1_000));
  });

  it("says where it looked for a server, and no password", async () => {
    const url = "nats://ann:secret@127.0.0.1:1";
    const connecting = NatsBroker.connect({ url, onError: () => {} });
    await expect(connecting).rejects.toThrow(/^Cannot connect to NATS at 127\.0\.0\.1:1: (?!.*secret)/);
    await expect(NatsBroker.connect({ url, prefix: "a.b", onError: () => {} })).rejects.toThrow('got "a.b"');
  });
});
