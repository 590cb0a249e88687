import { createServer } from "node:http";
import { listen } from "@pattern-labs/demo/service";
import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { guardedServer } from "../engines/testing.ts";
import { Hub } from "./hub.ts";
import type { HubLog } from "./recent.ts";
import { HubServer } from "./server.ts";
import { StreamLog } from "./stream-log.ts";
import { Ear, lab, range, until } from "./testing.ts";

interface SharedHub extends AsyncDisposable {
  readonly url: URL;
  readonly log: StreamLog;
  readonly hub: Hub<HubLog>;
  readonly news: (Error | "back")[];
  /** Begins to pass on what comes. */
  follow(): Promise<void>;
  post(topic: string, payload: unknown): Promise<{ readonly status: number; readonly answer: unknown }>;
}

async function openShared(url: string, { keep = 1_000, patienceMs = 60_000 } = {}): Promise<SharedHub> {
  const news: (Error | "back")[] = [];
  const onNews = (each: Error | "back") => news.push(each);
  const log = await StreamLog.open({ url, keep, keepBytes: 64_000_000, onNews, patienceMs });
  const hub = new Hub<HubLog>({ lab, log, bufferLimit: 10_000, whenFull: "drop-oldest" });
  const publish = log.publish.bind(log);
  const http = createServer();
  await listen(http, { port: 0 });
  const server = new HubServer(http, { hub, bodyLimit: 4_000_000, publish });
  const stop = new AbortController();
  let following: Promise<void> | undefined;
  return {
    ...{ url: server.url, log, hub, news },
    async follow() {
      following = log.follow(stop.signal, { pass: (entry) => hub.pass(entry), lost: () => hub.end("lost") });
      await log.ready();
    },
    async post(topic, payload) {
      const body = JSON.stringify({ topic, payload });
      const response = await fetch(new URL("/publish", server.url), { method: "POST", body });
      return { status: response.status, answer: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      stop.abort();
      await log[Symbol.asyncDispose]();
      await following;
    },
  };
}

// Each waits for what must come, not for a time: the limit only ends a hang.
describeService("nats", "hubs that share a NATS server", () => {
  it("what is posted to one comes to the listeners of all, with the same ids", {
    timeout: 120_000,
  }, async () => {
    await using server = await startService("nats");
    await using one = await openShared(server.url);
    await using other = await openShared(server.url);
    await Promise.all([one.follow(), other.follow()]);
    using here = await new Ear(one.url, "pattern=n").connected();
    using there = await new Ear(other.url, "pattern=n").connected();
    expect(await one.post("n", { from: "one" })).toEqual({ status: 200, answer: { id: `${one.log.id}-1` } });
    expect(await other.post("m", 0)).toMatchObject({ status: 200 });
    expect(await other.post("n", { from: "other" })).toMatchObject({ answer: { id: `${one.log.id}-3` } });
    await until(() => here.heard.length === 2 && there.heard.length === 2);
    expect([here.heard, there.heard]).toEqual(Array(2).fill(['{"from":"one"}', '{"from":"other"}']));
    expect([here.numbers, there.numbers]).toEqual(Array(2).fill([1, 3]));
  });

  it("Last-Event-ID goes on at another hub, one that is begun later included, while others publish", {
    timeout: 120_000,
  }, async () => {
    await using server = await startService("nats");
    await using one = await openShared(server.url);
    await using other = await openShared(server.url);
    await Promise.all([one.follow(), other.follow()]);
    using first = await new Ear(one.url, "pattern=n").connected();
    const publish = async (from: number, to: number) => {
      for (const n of range(from, to)) await one.log.publish({ topic: "n", payload: String(n) });
    };
    const publishing = publish(1, 300);
    await until(() => first.listener.number >= 100);
    const { place } = first.listener;
    using second = new Ear(other.url, "pattern=n", { after: place }); // It may not be there yet.
    await publishing;
    await using late = await openShared(server.url);
    await late.follow();
    using third = new Ear(late.url, "pattern=n", { after: place });
    await publish(301, 320);
    await until(() => [first, second, third].every(({ listener }) => listener.number === 320));
    expect(first.numbers).toEqual(range(1, 320));
    const rest = range(Number(place.split("-")[1]) + 1, 320);
    for (const { numbers, heard } of [second, third]) {
      expect(numbers).toEqual(rest);
      expect(heard).toEqual(rest.map(String));
    }
  });

  it("the server is killed and started again: no listener misses anything", {
    timeout: 120_000,
  }, async () => {
    await using server = await startService("nats");
    await using one = await openShared(server.url);
    await using other = await openShared(server.url);
    await Promise.all([one.follow(), other.follow()]);
    using here = await new Ear(one.url, "pattern=n").connected();
    using there = await new Ear(other.url, "pattern=n").connected();
    const posting = range(1, 100).map((n) => one.post("n", n));
    await posting[20];
    await server.kill();
    await until(() => one.news.length === 1 && other.news.length === 1);
    await server.restart();
    for (const { status } of await Promise.all(posting)) expect(status).toBe(200);
    expect(await other.post("n", "again")).toMatchObject({
      status: 200,
      answer: { id: `${one.log.id}-101` },
    });
    await until(() => here.listener.number === 101 && there.listener.number === 101);
    for (const { numbers, heard, listener } of [here, there]) {
      expect(numbers).toEqual(range(1, 101));
      expect(heard.toSorted()).toEqual([...range(1, 100).map(String), '"again"'].toSorted());
      expect([listener.twice, listener.missed, listener.gone]).toEqual([0, 0, 0]);
    }
    expect(one.news).toMatchObject([{ name: "ConnectionLostError" }, "back"]);
  });

  it("answers 503 while the server is away, and 400 to a cursor that nobody has", {
    timeout: 120_000,
  }, async () => {
    await using server = await startService("nats");
    await using at = await openShared(server.url, { patienceMs: 100 });
    await using patient = await openShared(server.url);
    await Promise.all([at.follow(), patient.follow()]);
    const events = ({ url, log }: SharedHub) =>
      fetch(new URL("/events", url), { headers: { "Last-Event-ID": `${log.id}-1` } });
    expect((await events(patient)).status).toBe(400);
    await server.kill();
    const { status, answer } = await at.post("n", 1);
    expect([status, answer]).toMatchObject([503, { errors: [{ field: "NATS server" }] }]);
    const refused = await events(at);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  it("tells its listeners what fell out of the stream before it came to it", {
    timeout: 120_000,
  }, async () => {
    await using server = await startService("nats");
    await using one = await openShared(server.url, { keep: 10 });
    await using late = await openShared(server.url, { keep: 10 });
    using ear = await new Ear(late.url, "").connected();
    for (const n of range(1, 30)) await one.log.publish({ topic: "n", payload: String(n) });
    const ahead = fetch(new URL(`/events?after=${one.log.id}-30`, late.url)); // Another hub has told it that.
    await late.follow();
    const { status, body } = await ahead;
    expect(status).toBe(200);
    await body?.cancel();
    await until(() => ear.listener.number === 30);
    expect(ear.heard).toEqual(["gap 20", ...range(21, 30).map(String)]);
    expect(ear.listener.connections).toBe(2);
  });

  it("answers with problem details what the server does not take", { timeout: 120_000 }, async () => {
    await using server = await guardedServer(
      `{ user: hub, password: pw, permissions: { publish: { deny: ["pubsub-hub.secret"] } } }`,
    );
    await using at = await openShared(`nats://hub:pw@${server.host}`);
    expect(await at.post("secret", 1)).toMatchObject({
      status: 403,
      answer: {
        errors: [
          { field: "topic", rule: expect.stringContaining("lets this hub publish to"), got: '"secret"' },
        ],
      },
    });
    expect(await at.post("n", "x".repeat(2_000_000))).toMatchObject({
      status: 413,
      answer: {
        errors: [{ field: "payload", rule: expect.stringMatching(/at most \d+ bytes, got 2000\d\d\d$/) }],
      },
    });
  });
});
