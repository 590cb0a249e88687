import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { Ear, type OpenHub, openHub, publish, range, until } from "./testing.ts";

/** What each message is filled with, where sockets are to be filled. */
const filling = JSON.stringify("x".repeat(60_000));

const afterSomeIO = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Publishes until something holds, and waits each time, so that sockets do their work in between. */
async function publishUntil(at: OpenHub, holds: () => boolean, wait = afterSomeIO): Promise<void> {
  for (let published = 1; published <= 2_000; published += 1) {
    at.hub.publish({ topic: "n", payload: filling });
    await wait();
    if (holds()) return;
  }
  throw new Error("It was published 2,000 times, and nothing came of it.");
}

describe("slow listeners", { timeout: 120_000 }, () => {
  it.each(["drop-oldest", "drop-newest"] as const)(
    "%s: who does not read misses something, is told of it in its place, and costs nobody else a message",
    async (whenFull) => {
      await using at = await openHub({ whenFull });
      using awake = await new Ear(at.url, "pattern=n").connected();
      using asleep = await new Ear(at.url, "pattern=n&name=sleeper", { asleep: true }).connected();
      const sleeper = () => at.hub.figures().streams.find(({ name }) => name === "sleeper");
      const isRead = () => until(() => awake.listener.number === at.hub.log.last);
      await publishUntil(at, () => sleeper()?.missed === 50, isRead);
      at.hub.beat(); // It is not for the sleeper, who has much to read before.
      const published = at.hub.log.last;
      expect(awake.numbers).toEqual(range(1, published));
      const { dropped, missed } = at.hub.figures();
      expect([dropped, missed]).toEqual([50, 50]);

      asleep.listener.wake();
      await until(() => sleeper()?.behind === 0);
      at.hub.beat(); // With drop-newest nothing comes after the gap, so a heartbeat tells of it.
      await until(() => asleep.listener.number === published);
      expectGapInItsPlace(asleep, published, 50);
      expect(awake.listener.missed).toBe(0);
    },
  );

  it("tells a gap at the newest end with the next message, and once", async () => {
    await using at = await openHub({ whenFull: "drop-newest" });
    using asleep = await new Ear(at.url, "pattern=n&name=sleeper", { asleep: true }).connected();
    await publishUntil(at, () => at.hub.figures().streams[0]?.missed === 5);
    const published = at.hub.log.last;
    asleep.listener.wake();
    await until(() => at.hub.figures().streams[0]?.behind === 0);
    publish(at, "n", [1, 2]);
    await until(() => asleep.listener.number === published + 2);
    at.hub.beat();
    await until(() => asleep.events.some(({ comments }) => comments.includes("heartbeat")));
    expect(asleep.heard.slice(-3)).toEqual(["missed 5", "1", "2"]);
    expect(asleep.listener.missed).toBe(5);
  });

  it("reads from the log for as long as it is behind, whatever is published meanwhile: nothing is dropped", async () => {
    await using at = await openHub({ keep: 10_000 });
    for (let n = 1; n <= 200; n += 1) at.hub.publish({ topic: "n", payload: filling });
    using asleep = new Ear(at.url, "pattern=n", { after: `${at.hub.log.id}-20`, asleep: true });
    await until(() => asleep.listener.number > 20);
    for (let n = 201; n <= 300; n += 1) await publishUntil(at, () => true);
    at.hub.beat();
    expect(at.hub.figures()).toMatchObject({ delivered: 0, streams: [{ behind: expect.any(Number) }] });
    asleep.listener.wake();
    await until(() => asleep.listener.number === 300);
    expect(asleep.numbers).toEqual(range(21, 300));
    expect(at.hub.figures().dropped).toBe(0);
  });

  it("tells what the log has forgotten while somebody read from it", async () => {
    await using at = await openHub({ keep: 200 });
    for (let n = 1; n <= 200; n += 1) at.hub.publish({ topic: "n", payload: filling });
    using asleep = new Ear(at.url, "pattern=>", { after: `${at.hub.log.id}-0`, asleep: true });
    await until(() => asleep.listener.number > 0);
    for (let n = 1; n <= 600; n += 1) await publishUntil(at, () => true);
    asleep.listener.wake();
    await until(() => asleep.listener.number === 800);
    expect(asleep.listener.gone).toBeGreaterThan(0);
    expect(asleep.listener.received + asleep.listener.gone).toBe(800);
    expect(asleep.listener.twice).toBe(0);
  });

  it("disconnect: who does not read is sent away, comes back, and has missed nothing", async () => {
    await using at = await openHub({ whenFull: "disconnect" });
    using asleep = await new Ear(at.url, "pattern=n", { asleep: true }).connected();
    await publishUntil(at, () => at.hub.figures().dropped > 0);
    for (const payload of ["1", "2", "3"])
      expect(at.hub.publish({ topic: "n", payload })).toMatchObject({ delivered: 0, dropped: 0 });
    asleep.listener.wake();
    const published = at.hub.log.last;
    await until(() => asleep.listener.number === published);
    expect(asleep.numbers).toEqual(range(1, published));
    expect(asleep.listener).toMatchObject({ connections: 2, twice: 0, missed: 0, gone: 0 });
    expect(at.hub.figures()).toMatchObject({ dropped: 1, missed: 1 });
  });

  it("ends its streams when it ends, cuts off who reads nothing, and says why", async () => {
    const at = await openHub();
    const reading = await answerOf(at.url);
    const text = textOf(reading);
    const stuck = await answerOf(at.url); // Nobody reads it.
    await until(() => at.hub.figures().streams.length === 2);
    await publishUntil(at, () => at.hub.figures().dropped > 0);
    const cut = once(stuck, "error");
    await at[Symbol.asyncDispose]();
    expect(await text).toMatch(/: the hub ends; come back later\n\n$/);
    expect(reading.complete).toBe(true);
    stuck.resume();
    await cut;
    expect(at.faults).toEqual([]);
  });
});

/** Before the missed event and after it nothing is missing: what is between is as much as it says. */
function expectGapInItsPlace({ events, listener }: Ear, published: number, missed: number): void {
  const told = events.filter(({ data }) => data !== undefined);
  let known = 0;
  for (const { event, id, data = "" } of told) {
    known += event === "missed" ? JSON.parse(data).missed : 1;
    expect(Number(id.split("-")[1])).toBe(known);
  }
  expect([known, listener.missed, listener.received]).toEqual([published, missed, published - missed]);
}

async function answerOf(url: URL): Promise<IncomingMessage> {
  const request = get(new URL("/events", url), { agent: false });
  const [response] = await once(request, "response");
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece;
  return text;
}
