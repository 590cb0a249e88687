import { describe, expect, it } from "vitest";
import type { Subscription } from "../contract.ts";
import { IdTakenError, SlowSubscriberError } from "../given/errors.ts";
import { payloadsOf, Reader } from "../test/reader.ts";
import { gaps, numbers, type OpenBroker, rejectionOf, thrownBy } from "./any-broker.ts";

/** What holds for every broker. No property looks at a clock: each waits for what must come, or for all to settle. */
export function describeConformance(open: () => Promise<OpenBroker>): void {
  describe("conformance", () => {
    it("a message goes to whose pattern matches, once, and to nobody else", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const patterns = ["orders.created", "orders.*", "*.created", "orders.>", ">"];
      const subscriptions = patterns.map((pattern) => broker.subscribe(pattern));
      for (const topic of ["orders.created", "orders", "orders.eu.created", "users.created"])
        broker.publish(topic, topic);
      await settle();
      expect(await Promise.all(subscriptions.map(payloadsOf))).toEqual([
        ["orders.created"],
        ["orders.created"],
        ["orders.created", "users.created"],
        ["orders.created", "orders.eu.created"],
        ["orders.created", "orders", "orders.eu.created", "users.created"],
      ]);
    });

    it("a message arrives as it was published, with its topic, time and number", async () => {
      await using opened = await open();
      const reader = new Reader(opened.broker.subscribe("*"));
      const payloads = [
        0,
        "",
        null,
        false,
        [],
        { a: [1, { b: "žluťoučký 🐎" }] },
        "x".repeat(100_000),
        undefined,
      ];
      const before = Date.now();
      for (const payload of payloads) opened.broker.publish("größe", payload);
      for (const _ of payloads) await reader.one();
      expect(reader.payloads).toEqual(payloads);
      expect(reader.read.map(({ sequence }) => sequence)).toEqual(payloads.map((_, i) => i + 1));
      for (const { topic, timestamp, missed } of reader.read) {
        expect({ topic, missed }).toEqual({ topic: "größe", missed: 0 });
        expect(timestamp).toBeGreaterThanOrEqual(before);
        expect(timestamp).toBeLessThanOrEqual(Date.now());
      }
    });

    it("what one publisher publishes comes in the order in which it did", async () => {
      await using opened = await open();
      const readers = [">", "b"].map((pattern) => new Reader(opened.broker.subscribe(pattern)));
      for (const n of numbers(1, 900)) opened.broker.publish("abc".charAt(n % 3), n);
      for (const _ of numbers(1, 900)) await readers[0]?.one();
      for (const _ of numbers(1, 300)) await readers[1]?.one();
      expect(readers[0]?.payloads).toEqual(numbers(1, 900));
      expect(readers[1]?.payloads).toEqual(numbers(1, 900).filter((n) => n % 3 === 1));
    });

    it("one that never reads costs nobody else a message", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const sleepers = (["drop-oldest", "drop-newest", "disconnect"] as const).map((whenFull) =>
        broker.subscribe(">", { bufferLimit: 2, whenFull }),
      );
      const reader = new Reader(broker.subscribe(">", { bufferLimit: 2, whenFull: "disconnect" }));
      for (const n of numbers(1, 300)) {
        broker.publish("prices", n);
        await reader.one();
      }
      await settle();
      expect(reader.payloads).toEqual(numbers(1, 300));
      expect(sleepers.map(({ missed }) => missed)).toEqual([298, 298, 1]);
    });

    it("drop-oldest keeps the last ones, and tells the gap before them", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const subscription = broker.subscribe("a", { bufferLimit: 3, whenFull: "drop-oldest" });
      const reader = new Reader(subscription);
      for (const n of numbers(1, 10)) broker.publish("a", n);
      await settle();
      await reader.drain();
      broker.publish("a", 11);
      await reader.one();
      expect(gaps(reader)).toEqual(["7 missed, 8", 9, 10, 11]);
      expect(subscription.missed).toBe(7);
    });

    it("drop-newest keeps the first ones, and tells the gap behind them", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const subscription = broker.subscribe("a", { bufferLimit: 3, whenFull: "drop-newest" });
      const reader = new Reader(subscription);
      for (const n of numbers(1, 10)) broker.publish("a", n);
      await settle();
      await reader.drain();
      broker.publish("a", 11);
      await reader.one();
      expect(gaps(reader)).toEqual([1, 2, 3, "7 missed, 11"]);
      expect(subscription.missed).toBe(7);
    });

    it("disconnect lets read what was buffered, and then tells which message found no room", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const subscription = broker.subscribe("a", { id: "Ann", bufferLimit: 3, whenFull: "disconnect" });
      for (const n of numbers(1, 10)) broker.publish("a", n);
      await settle();
      expect(broker.subscriptions).toBe(0);
      const reader = new Reader(subscription);
      const error = await reader.drain();
      expect(reader.payloads).toEqual([1, 2, 3]);
      expect(error).toEqual({ error: new SlowSubscriberError("Ann", 3, 4) });
      expect(subscription.missed).toBe(1);
    });

    it("disposing and leaving end it: who waits is told, and nothing more is given to it", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const disposed = broker.subscribe("a", { id: "disposed" });
      const left = broker.subscribe("a", { id: "left" });
      const stays = broker.subscribe("a");
      const waits = disposed[Symbol.asyncIterator]().next();
      disposed[Symbol.dispose]();
      for (const n of numbers(1, 3)) broker.publish("a", n);
      for await (const { payload } of left) {
        expect(payload).toBe(1);
        break;
      }
      expect(broker.subscriptions).toBe(1);
      await settle();
      expect(await waits).toEqual({ done: true, value: undefined });
      for (const ended of [disposed, left]) expect(await payloadsOf(ended)).toEqual([]);
      expect(await payloadsOf(stays)).toEqual([1, 2, 3]);
    });

    it("an abort ends it with the identical reason, whoever waits or comes later", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const controller = new AbortController();
      const reason = { it: "is enough" };
      const subscription = broker.subscribe("a", { signal: controller.signal });
      const waits = rejectionOf(subscription[Symbol.asyncIterator]().next());
      controller.abort(reason);
      broker.publish("a", 1);
      await settle();
      expect(await waits).toBe(reason);
      expect(await rejectionOf(subscription[Symbol.asyncIterator]().next())).toBe(reason);
      expect(broker.subscriptions).toBe(0);
    });

    it("with a signal that has aborted nothing is subscribed", async () => {
      await using opened = await open();
      const { broker } = opened;
      const reason = { it: "was enough before" };
      const signal = AbortSignal.abort(reason);
      expect(thrownBy(() => broker.subscribe("a", { id: "Ann", signal }))).toBe(reason);
      expect(broker.subscriptions).toBe(0);
      broker.subscribe("a", { id: "Ann" });
    });

    it("a handler may publish and subscribe: everybody gets the question before the answer", async () => {
      await using opened = await open();
      const { broker } = opened;
      const others = numbers(1, 3).map(() => new Reader(broker.subscribe(">")));
      const handler = broker.subscribe("question");
      const late: Subscription[] = [];
      broker.publish("question", 1);
      for await (const { payload } of handler) {
        late.push(broker.subscribe(">"));
        broker.publish("answer", payload);
        if (payload === 3) break;
        broker.publish("question", Number(payload) + 1);
      }
      await opened.settle();
      for (const reader of others) {
        await reader.drain();
        expect(reader.read.map(({ topic, payload }) => `${topic} ${payload}`)).toEqual([
          ...["question 1", "answer 1", "question 2", "answer 2", "question 3", "answer 3"],
        ]);
      }
      expect(await Promise.all(late.map(payloadsOf))).toEqual([[1, 2, 2, 3, 3], [2, 3, 3], [3]]);
    });

    it("what breaks a rule is refused, and nothing has changed", async () => {
      await using opened = await open();
      const { broker, settle } = opened;
      const subscription = broker.subscribe(">", { id: "Ann" });
      for (const topic of ["", "a..b", "a b", "a.*", "a.>"])
        expect(() => broker.publish(topic, 1)).toThrow(TypeError);
      for (const pattern of ["", "a..b", "a b", "a.>.b", "a*"])
        expect(() => broker.subscribe(pattern)).toThrow(TypeError);
      expect(() => broker.subscribe("a", { bufferLimit: 0 })).toThrow(RangeError);
      expect(() => broker.subscribe("a", { id: "Ann" })).toThrow(IdTakenError);
      broker.publish("a", "the first");
      await settle();
      expect(broker.subscriptions).toBe(1);
      const reader = new Reader(subscription);
      await reader.drain();
      expect(reader.read.map(({ payload, sequence }) => [payload, sequence])).toEqual([["the first", 1]]);
    });
  });
}
