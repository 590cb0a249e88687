import { describe, expect, it } from "vitest";
import type { Broker } from "../contract.ts";
import { Ear, lab, openHub, publish, range, temporaryFolder, until } from "./testing.ts";

describe("the hub", { timeout: 120_000 }, () => {
  it("sends what matches, with id, event and data", async () => {
    await using at = await openHub();
    using ear = await new Ear(at.url, "pattern=orders.*").connected();
    const { status, answer } = await at.post("orders.created", { text: "a\nb" });
    expect([status, answer]).toEqual([
      200,
      { id: expect.stringMatching(/^[0-9a-f]{8}-1$/), delivered: 1, dropped: 0 },
    ]);
    await at.post("orders.eu.created", 2);
    await at.post("orders.paid", null);
    await until(() => ear.events.at(-1)?.id.endsWith("-3") === true);
    const { event, data = "" } = ear.events.find(({ id }) => id === (answer as { id: string }).id) ?? {};
    expect([event, JSON.parse(data)]).toEqual([
      "message",
      { topic: "orders.created", at: expect.any(Number), payload: { text: "a\nb" } },
    ]);
    expect(ear.heard).toEqual(['{"text":"a\\nb"}', "null"]);
  });

  it("gives everything to whoever names no pattern", async () => {
    await using at = await openHub();
    using ear = await new Ear(at.url, "").connected();
    publish(at, "a", [1]);
    publish(at, "b.c", [2]);
    await until(() => ear.heard.length === 2);
  });

  it("gives each message once, in order, to whoever has several patterns, and counts in one buffer", async () => {
    const brokers: Broker[] = [];
    const createBroker = () => {
      brokers.push(lab.createBroker());
      return brokers.at(-1) as Broker;
    };
    let looked = 0;
    const matches = (pattern: string, topic: string) => {
      looked += 1;
      return lab.matches(pattern, topic);
    };
    await using at = await openHub({ lab: { ...lab, matches, createBroker } });
    {
      using one = await new Ear(at.url, "pattern=orders.*&pattern=*.created&pattern=orders.*").connected();
      using same = await new Ear(at.url, "pattern=*.created&pattern=orders.*").connected();
      publish(at, "orders.created", [1]);
      publish(at, "orders.paid", [2]);
      publish(at, "users.gone", [3]);
      publish(at, "users.created", [4]);
      await until(() => one.heard.length === 3 && same.heard.length === 3);
      expect([one.heard, same.heard]).toEqual([
        ["1", "2", "4"],
        ["1", "2", "4"],
      ]);
      expect(at.hub.figures()).toMatchObject({ published: 4, delivered: 6, dropped: 0, missed: 0 });
    }
    await until(() => at.hub.figures().streams.length === 0);
    expect(brokers.map(({ subscriptions }) => subscriptions)).toEqual([0, 0]);
    looked = 0;
    const receipt = at.hub.publish({ topic: "orders.created", payload: "5" });
    expect([receipt.delivered, receipt.dropped, looked]).toEqual([0, 0, 0]);
  });

  it("forgets who has left", async () => {
    await using at = await openHub();
    {
      using _ear = await new Ear(at.url, "pattern=a").connected();
      expect(at.hub.figures().streams).toMatchObject([{ patterns: ["a"], written: 0, behind: 0, missed: 0 }]);
    }
    await until(() => at.hub.figures().streams.length === 0);
    expect(at.hub.publish({ topic: "a", payload: "1" })).toMatchObject({ delivered: 0 });
  });

  it("goes on after Last-Event-ID without a gap and without a duplicate, while others publish", async () => {
    await using at = await openHub({ bufferLimit: 10_000, keep: 10_000 });
    publish(at, "n", range(1, 2_000));
    using ear = new Ear(at.url, "pattern=n", { after: `${at.hub.log.id}-700` });
    for (let n = 2_001; n <= 4_000; n += 1) {
      publish(at, "n", [n]);
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => ear.listener.number === 4_000);
    expect(ear.numbers).toEqual(range(701, 4_000));
    expect(ear.heard).toEqual(range(701, 4_000).map(String));
  });

  it("takes the cursor of the address at first, and the header of one that comes back", async () => {
    await using at = await openHub();
    publish(at, "n", range(1, 9));
    const place = (n: number) => `${at.hub.log.id}-${n}`;
    using first = new Ear(at.url, `after=${place(7)}`);
    using again = new Ear(at.url, `after=${place(2)}`, { after: place(8) });
    await until(() => first.listener.number === 9 && again.listener.number === 9);
    expect([first.heard, again.heard]).toEqual([["8", "9"], ["9"]]);
  });

  it("goes on where it was after a restart, also for those to whom nothing had come yet", async () => {
    using folder = temporaryFolder();
    const before = await openHub({ folder: folder.path });
    using ear = await new Ear(before.url, "pattern=n").connected();
    using quiet = await new Ear(before.url, "pattern=rare").connected();
    publish(before, "n", range(1, 5));
    await until(() => ear.listener.number === 5);
    await before[Symbol.asyncDispose]();

    await using after = await openHub({ folder: folder.path, port: Number(before.url.port) });
    publish(after, "n", range(6, 9));
    publish(after, "rare", [10]);
    await until(() => ear.heard.length === 9 && quiet.heard.length === 1);
    expect(ear.heard).toEqual(range(1, 9).map(String));
    expect(ear.numbers).toEqual(range(1, 9));
    expect([ear.listener.twice, quiet.heard]).toEqual([0, ["10"]]);
  });

  it("tells how many are gone when the log has forgotten them", async () => {
    await using at = await openHub({ keep: 5 });
    publish(at, "n", range(1, 20));
    const after = `${at.hub.log.id}-3`;
    using all = new Ear(at.url, "", { after });
    using some = new Ear(at.url, "pattern=n", { after });
    using none = new Ear(at.url, "pattern=n", { after: `${at.hub.log.id}-15` });
    await until(() => [all, some, none].every(({ listener }) => listener.number === 20));
    const kept = range(16, 20).map(String);
    expect([all.heard, some.heard, none.heard]).toEqual([["gap 12", ...kept], ["gap 12", ...kept], kept]);
    const gap = (ear: Ear) => ear.events.find(({ event }) => event === "gap");
    expect(gap(all)).toMatchObject({ id: `${at.hub.log.id}-15`, data: '{"missed":12,"exact":true}' });
    expect(gap(some)?.data).toBe('{"missed":12,"exact":false}');
  });

  it("tells a gap that nobody can count to one who comes from another log, and gives it all there is", async () => {
    await using at = await openHub();
    publish(at, "n", range(1, 3));
    using ear = new Ear(at.url, "pattern=n", { after: "00000000-2" });
    await until(() => ear.listener.number === 3);
    expect(ear.heard).toEqual(["gap null", "1", "2", "3"]);
  });

  it("moves on by a heartbeat whoever has nothing to read", async () => {
    await using at = await openHub();
    using ear = await new Ear(at.url, "pattern=rare").connected();
    publish(at, "n", range(1, 40));
    await new Promise((resolve) => setImmediate(resolve));
    at.hub.beat();
    await until(() => ear.listener.number === 40);
    expect(ear.events.some(({ comments }) => comments.includes("heartbeat"))).toBe(true);
    expect(ear.heard).toEqual([]);
  });

  it("answers 500 where the answer fails, and reports it", async () => {
    const error = new Error("TODO 2.1: publish is yours to write");
    const createBroker = () =>
      Object.assign(Object.create(lab.createBroker()), {
        publish: () => {
          throw error;
        },
      });
    await using at = await openHub({ lab: { ...lab, createBroker } });
    expect(await at.post("n", 1)).toMatchObject({ status: 500, answer: { errors: [{ field: "hub" }] } });
    expect(at.faults).toEqual([error]);
  });

  it("answers 507 when the log cannot be written, and gives the message to nobody", async () => {
    await using at = await openHub();
    using ear = await new Ear(at.url, "").connected();
    const { append } = at.hub.log;
    at.hub.log.append = () => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { syscall: "write" });
    };
    expect(await at.post("n", 1)).toMatchObject({
      status: 507,
      answer: { detail: expect.stringContaining("no space left") },
    });
    at.hub.log.append = append;
    expect(await at.post("n", 2)).toMatchObject({ status: 200 });
    await until(() => ear.heard.length === 1);
    expect(ear.heard).toEqual(["2"]);
  });
});
