import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openHub, until } from "./testing.ts";

const TOPIC_RULE = "must be tokens between dots, none empty or with white space, * or >";
const PATTERN_RULE =
  "must be tokens between dots, none empty or with white space; * is a whole token, > the last one";

interface Details {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly unknown[];
}

describe("what the hub refuses", { timeout: 120_000 }, () => {
  it.each([
    [
      "a topic with white space",
      '{"topic":"a b","payload":1}',
      { field: "topic", rule: TOPIC_RULE, got: '"a b"' },
    ],
    [
      "a topic with a wildcard",
      '{"topic":"a.*","payload":1}',
      { field: "topic", rule: TOPIC_RULE, got: '"a.*"' },
    ],
    ["an empty token", '{"topic":"a..b","payload":1}', { field: "topic", rule: TOPIC_RULE, got: '"a..b"' }],
    ["an empty topic", '{"topic":"","payload":1}', { field: "topic", rule: TOPIC_RULE, got: '""' }],
    ["a topic that is no text", '{"topic":7,"payload":1}', { field: "topic", rule: TOPIC_RULE, got: "7" }],
    [
      "a topic that is too long",
      `{"topic":"${"a".repeat(257)}","payload":1}`,
      { field: "topic", rule: "must have at most 256 characters", got: expect.stringMatching(/^"a{78}…$/) },
    ],
    ["no topic", '{"payload":1}', { field: "topic", rule: TOPIC_RULE, got: "nothing" }],
    ["no payload", '{"topic":"a"}', { field: "payload", rule: "must be there: any JSON", got: "nothing" }],
    [
      "more than that",
      '{"topic":"a","payload":1,"x":2}',
      { field: "x", rule: "must not be there: nobody knows it" },
    ],
    ["no JSON", "nonsense", { field: "body", rule: expect.stringMatching(/^must be JSON: /) }],
    [
      "half a character",
      '{"topic":"a\\ud800","payload":1}',
      { field: "topic", rule: "must be whole characters of Unicode", got: '"a\\ud800"' },
    ],
    [
      "a number that is too large",
      '{"topic":"a","payload":[1e99,-1e999]}',
      { field: "body", rule: "must have no number beyond 1.8e308" },
    ],
    ["nothing", "", { field: "body", rule: expect.stringMatching(/^must be JSON: /) }],
    ["a list", "[1]", { field: "body", rule: expect.stringMatching(/^must be an object like /), got: "[1]" }],
    [
      "bytes that are no UTF-8",
      Uint8Array.from(Buffer.from('{"topic":"a","payload":"\xff"}', "latin1")),
      { field: "body", rule: "must be JSON: its bytes are no UTF-8" },
    ],
  ])("POST /publish: %s", async (_, body, error) => {
    await using at = await openHub();
    const { status, answer } = await at.send(body);
    expect([status, answer]).toEqual([
      400,
      { type: "about:blank", title: "Bad Request", status: 400, detail: expect.any(String), errors: [error] },
    ]);
    expect(at.hub.figures().published).toBe(0);
  });

  it.each([
    ["an empty token", "?pattern=a..b", { field: "pattern", rule: PATTERN_RULE, got: '"a..b"' }],
    [
      "a wildcard within a token",
      "?pattern=ok&pattern=a*",
      { field: "pattern", rule: PATTERN_RULE, got: '"a*"' },
    ],
    ["a > before the end", "?pattern=a.>.b", { field: "pattern", rule: PATTERN_RULE, got: '"a.>.b"' }],
    ["an empty pattern", "?pattern=", { field: "pattern", rule: PATTERN_RULE, got: '""' }],
    [
      "too many patterns",
      `?${"pattern=a&".repeat(17)}`,
      { field: "pattern", rule: "must be there at most 16 times", got: expect.any(String) },
    ],
    ["a misspelt name", "?patern=a", { field: "patern", rule: "must not be there: nobody knows it" }],
    [
      "a cursor that is none",
      "?after=nonsense",
      { field: "Last-Event-ID", rule: "must be the id of an event of this hub", got: '"nonsense"' },
    ],
    ["two cursors", "?after=1&after=2", { field: "after", rule: "must be there once", got: '["1","2"]' }],
  ])("GET /events: %s", async (_, query, error) => {
    await using at = await openHub();
    const response = await fetch(new URL(`/events${query}`, at.url));
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const details = (await response.json()) as Details;
    expect([details.status, details.errors]).toEqual([400, [error]]);
    expect(details.detail).toMatch(/^\w[\w-]* must /);
    expect(at.hub.figures().streams).toEqual([]);
  });

  it.each(["nonsense", "0-1", "00000000-x", "00000000-1234567890123456", "-1"])(
    "Last-Event-ID: %s",
    async (cursor) => {
      await using at = await openHub();
      const response = await fetch(new URL("/events", at.url), { headers: { "Last-Event-ID": cursor } });
      const { errors } = (await response.json()) as Details;
      const rule = "must be the id of an event of this hub";
      expect([response.status, errors]).toEqual([
        400,
        [{ field: "Last-Event-ID", rule, got: `"${cursor}"` }],
      ]);
    },
  );

  it("a cursor beyond the last event", async () => {
    await using at = await openHub();
    await at.post("a", 1);
    const { id } = at.hub.log;
    const response = await fetch(new URL(`/events?after=${id}-2`, at.url));
    expect((await response.json()) as Details).toMatchObject({
      status: 400,
      errors: [{ rule: `must not be beyond the last event, ${id}-1`, got: `"${id}-2"` }],
    });
  });

  it.each([
    ["GET", "/nowhere", 404, "path", null],
    ["GET", "/publish", 405, "method", "POST"],
    ["POST", "/events", 405, "method", "GET, HEAD"],
    ["DELETE", "/", 405, "method", "GET, HEAD"],
  ])("%s %s", async (method, path, status, field, allow) => {
    await using at = await openHub();
    const response = await fetch(new URL(path, at.url), { method });
    expect(await response.json()).toMatchObject({ status, errors: [{ field }] });
    expect(response.headers.get("allow")).toBe(allow);
  });

  it.each(["/", "/events", "/status"])("answers HEAD %s as GET, without the body", async (path) => {
    await using at = await openHub();
    const got = await fetch(new URL(path, at.url));
    const head = await fetch(new URL(path, at.url), { method: "HEAD" });
    const told = ({ status, headers }: Response) => [status, headers.get("content-type")];
    expect([told(head), await head.text()]).toEqual([told(got), ""]);
    await got.body?.cancel();
  });

  it("an address that is none", async () => {
    await using at = await openHub();
    const socket = connect(Number(at.url.port), "127.0.0.1");
    socket.end("GET //: HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 [\s\S]*"field":"path"/);
  });

  it("413: a body over the limit, whether it says so or not", async () => {
    await using at = await openHub({ bodyLimit: 1_000 });
    const body = (length: number) => `{"topic":"a","payload":"${"x".repeat(length - 26)}"}`;
    expect((await at.send(body(1_000))).status).toBe(200);
    const refused = {
      status: 413,
      answer: { status: 413, errors: [{ field: "body", rule: "must have at most 1000 bytes" }] },
    };
    expect(await at.send(body(1_001))).toMatchObject(refused);
    expect(await at.send(body(500_000))).toMatchObject(refused);

    const chunked = request(new URL("/publish", at.url), { method: "POST" });
    chunked.on("error", () => {}); // It may be cut off before it has said everything.
    for (let piece = 0; piece < 4; piece += 1) chunked.write("x".repeat(300));
    const [response] = await once(chunked, "response");
    expect([response.statusCode, JSON.parse(await text(response)).errors]).toEqual([
      413,
      refused.answer.errors,
    ]);
    chunked.destroy();
    expect(at.hub.figures().published).toBe(1);
  });

  it("415: a body that is compressed", async () => {
    await using at = await openHub();
    const body = gzipSync('{"topic":"a","payload":1}');
    const headers = { "Content-Encoding": "gzip" };
    const response = await fetch(new URL("/publish", at.url), { method: "POST", headers, body });
    expect([response.status, await response.json()]).toMatchObject([
      415,
      { title: "Unsupported Media Type", errors: [{ field: "Content-Encoding", got: '"gzip"' }] },
    ]);
    expect((await at.send('{"topic":"a","payload":[1e308,1e-999]}')).status).toBe(200);
  });

  it("nobody is answered who leaves in the middle of a body, and nothing is published", async () => {
    await using at = await openHub();
    const leaving = request(new URL("/publish", at.url), { method: "POST" });
    leaving.on("error", () => {});
    leaving.write('{"topic":"a",');
    await once(leaving, "socket");
    await until(() => (leaving.socket?.bytesWritten ?? 0) > 0);
    leaving.destroy();
    expect((await at.post("a", 1)).status).toBe(200);
    expect([at.hub.figures().published, at.faults]).toEqual([1, []]);
  });

  it("takes any JSON as payload, however deep", async () => {
    await using at = await openHub();
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    for (const payload of [
      "null",
      "0",
      '""',
      "[]",
      '{"__proto__":{"a":1}}',
      '"\\u2028\\n\\ud83d\\ude00"',
      deep,
    ])
      expect((await at.send(`{"topic":"a","payload":${payload}}`)).status).toBe(200);
    expect(at.hub.log.after(4, 1).entries[0]?.frame.toString()).toContain('"payload":{"__proto__":{"a":1}}');
  });

  it("shows a page and the figures", async () => {
    await using at = await openHub();
    const page = await fetch(at.url);
    expect([page.headers.get("content-type"), await page.text()]).toEqual([
      "text/html; charset=utf-8",
      expect.stringContaining("EventSource"),
    ]);
    expect(await (await fetch(new URL("/status", at.url))).json()).toEqual({
      ...{ published: 0, delivered: 0, dropped: 0, missed: 0, written: 0, streams: [] },
    });
  });
});
