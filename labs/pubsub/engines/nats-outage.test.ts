import { rounds } from "@pattern-labs/testkit";
import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { payloadsOf, Reader } from "../test/reader.ts";
import { numbers } from "./any-broker.ts";
import { BrokerClosedError, ConnectionLostError, OutboxFullError, UnsentError } from "./errors.ts";
import { watched } from "./testing.ts";

describeService("nats", "the broker on NATS core, whose server is killed", () => {
  it("comes back by itself, as often as it takes, and what is published then arrives", async () => {
    await using server = await startService("nats");
    await using ann = await watched({ url: server.url });
    await using bob = await watched({ url: server.url });
    const reader = new Reader(bob.broker.subscribe("orders.>"));
    for (const round of numbers(1, rounds(2, 20))) {
      await server.kill();
      await Promise.all([ann.told(round), bob.told(round)]);
      await server.restart();
      await Promise.all([ann.broker.flush(), bob.broker.flush()]);
      ann.broker.publish("orders.created", round);
      await reader.one();
    }
    expect(reader.payloads).toEqual(numbers(1, rounds(2, 20)));
    for (const error of [...ann.errors, ...bob.errors]) expect(error).toBeInstanceOf(ConnectionLostError);
    expect(bob.broker.subscriptions).toBe(1);
  });

  it("keeps what is published meanwhile, and sends it once and in order", async () => {
    await using server = await startService("nats");
    const back = Promise.withResolvers<void>();
    await using ann = await watched({ url: server.url, onReconnect: back.resolve });
    const subscription = ann.broker.subscribe("a");
    await ann.broker.flush();
    await server.kill();
    await ann.told(1);
    for (const n of numbers(1, 1_000)) ann.broker.publish("a", n);
    const flushing = ann.broker.flush(); // Its round trip is the first thing that the server sees.
    await server.restart();
    await back.promise;
    await flushing;
    expect(await payloadsOf(subscription)).toEqual(numbers(1, 1_000));
    expect(ann.broker.dropped).toBe(0);
  });

  it("keeps no more than its limit; what is thrown away is counted, and told once", async () => {
    await using server = await startService("nats");
    await using ann = await watched({ url: server.url, outboxBytes: 20_000 });
    const reader = new Reader(ann.broker.subscribe("a"));
    await ann.broker.flush();
    await server.kill();
    await ann.told(1);
    for (const n of numbers(1, 1_000)) ann.broker.publish("a", n);
    expect(ann.broker.dropped).toBeGreaterThan(800);
    await server.restart();
    await ann.broker.flush();
    await reader.drain();
    const kept = 1_000 - ann.broker.dropped;
    expect(kept).toBeGreaterThan(50);
    expect(reader.payloads).toEqual(numbers(1, kept));
    expect(ann.errors).toEqual([new ConnectionLostError(0), new OutboxFullError(20_000)]);
    ann.broker.publish("a", "there is room again");
    expect(await reader.one()).toMatchObject({ payload: "there is room again", sequence: 1_001 });
  });

  it("tells how many messages were sent and not confirmed", async () => {
    await using server = await startService("nats");
    await using ann = await watched({ url: server.url });
    await server.kill();
    for (const n of numbers(1, 10)) ann.broker.publish("a", n);
    await ann.told(1);
    const { unconfirmed } = ann.errors[0] as ConnectionLostError;
    await server.restart();
    await ann.broker.flush();
    expect([0, 10]).toContain(unconfirmed); // By chance it knew already that nobody is there, and has kept them.
  });

  it("can be disposed meanwhile: nothing waits for the server", async () => {
    await using server = await startService("nats");
    const ann = await watched({ url: server.url });
    const waits = ann.broker.subscribe("a")[Symbol.asyncIterator]().next();
    await server.kill();
    await ann.told(1);
    ann.broker.publish("a", 1);
    const flushing = expect(ann.broker.flush()).rejects.toThrow(BrokerClosedError);
    await ann.broker[Symbol.asyncDispose]();
    await flushing;
    expect(await waits).toEqual({ done: true, value: undefined });
    expect(await ann.broker.closed).toBe(undefined);
    expect(ann.errors).toEqual([new ConnectionLostError(0), new UnsentError(1)]);
  });
});
