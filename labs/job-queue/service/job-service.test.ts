import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { openTestService, until } from "./testing.ts";
import { PermanentError } from "./work/work.ts";

const JSON_BODY = { "Content-Type": "application/json" };

// Nothing waits for a time: the limit only ends a hang.
describe("JobService", { timeout: 120_000 }, () => {
  it("stores a job, does it, and tells its result", async () => {
    await using at = await openTestService();
    const { status, headers, body } = await at.greet("Ann");
    expect([status, headers.get("location")]).toEqual([202, `/jobs/${body.id}`]);
    expect(body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/); // In the order of time, as the queue's own.
    await at.reaches(body.id, "completed");
    expect((await at.ask("GET", `/jobs/${body.id}`)).body).toMatchObject({
      ...{
        id: body.id,
        type: "greet",
        state: "completed",
        payload: { name: "Ann" },
        attempts: 1,
        crashes: 0,
      },
      result: `/jobs/${body.id}/result`,
      requestId: headers.get("x-request-id"),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const result = await at.ask("GET", `/jobs/${body.id}/result`);
    expect([result.status, result.body]).toEqual([200, { id: body.id, result: "Hello, Ann!" }]);
  });

  it("takes what is acknowledged over to whoever works next", async () => {
    await using at = await openTestService({ isWorking: false });
    const { body } = await at.greet("Ann");
    expect((await at.ask("GET", `/jobs/${body.id}`)).body.state).toBe("pending");
    at.queue.start();
    await at.reaches(body.id, "completed");
  });

  it.each([
    ["nothing", "", 400, "body must be JSON: Unexpected end of JSON input"],
    ["no JSON", "{", 400, "body must be JSON: Expected property name"],
    ["no object", "[]", 422, 'body must be an object like {"type": "gzip", '],
    ["no type", "{}", 422, "type must be the name of a type of job, got nothing"],
    ["a type that nobody knows", '{"type":"mail"}', 422, 'type must be one of greet, got "mail"'],
    ["a type that every object has", '{"type":"toString"}', 422, 'type must be one of greet, got "toString"'],
    ["a bad payload", '{"type":"greet","payload":{"name":7}}', 422, "payload.name must be a text, got 7"],
    ["too much", '{"type":"greet","payload":{"name":"","age":7}}', 422, "payload.age must not be there"],
    ["a member too many", '{"type":"greet","payload":{"name":""},"at":7}', 422, "at must not be there"],
  ])("refuses %s, and names the field and the rule", async (_, body, status, detail) => {
    await using at = await openTestService({ isWorking: false });
    const told = await at.ask("POST", "/jobs", { body, headers: JSON_BODY });
    expect(told.status).toBe(status);
    expect(told.headers.get("content-type")).toBe("application/problem+json");
    expect(told.body).toMatchObject({ status, type: expect.stringMatching(/^\/problems\//) });
    expect(told.body.detail).toContain(detail);
    expect(detail).toContain(`${told.body.errors[0].field} ${told.body.errors[0].rule.slice(0, 10)}`);
    expect((await at.queue.list({ state: "pending", limit: 10 })).length).toBe(0);
  });

  it("refuses bytes that are no UTF-8, and what says that it is not JSON", async () => {
    await using at = await openTestService();
    const bytes = await at.ask("POST", "/jobs", {
      body: Uint8Array.of(0x22, 0xff, 0x22),
      headers: JSON_BODY,
    });
    expect([bytes.status, bytes.body.detail]).toEqual([400, "body must be JSON: its bytes are no UTF-8"]);
    const form = await at.ask("POST", "/jobs", { body: new URLSearchParams({ type: "greet" }) });
    expect([form.status, form.body.errors[0].field]).toEqual([415, "Content-Type"]);
    const zipped = await at.greet("Ann", { "Content-Encoding": "gzip" });
    expect([zipped.status, zipped.body.errors[0].field]).toEqual([415, "Content-Encoding"]);
    expect((await at.greet("Ann", { "Content-Encoding": "identity" })).status).toBe(202);
  });

  it("answers a body over its limit with 413, whether its length is told or not", async () => {
    await using at = await openTestService({ isWorking: false });
    const told = await at.greet("x".repeat(1_000));
    expect([told.status, told.body.detail]).toEqual([413, "the body must have at most 1000 bytes"]);
    expect(told.headers.get("connection")).toBe("close");
    const { port } = at.service.server.address() as { port: number };
    const streaming = request({ port, method: "POST", path: "/jobs", headers: JSON_BODY });
    streaming.write("x".repeat(1_001));
    const [response] = await once(streaming, "response"); // Before its sender has come to an end.
    expect([response.statusCode, JSON.parse(await text(response)).type]).toEqual([
      413,
      "/problems/body-too-large",
    ]);
    streaming.on("error", () => {}).destroy();
    expect((await at.greet("x".repeat(900))).status).toBe(202);
  });

  it("answers also whoever sends all of a large body before it reads anything", async () => {
    await using at = await openTestService();
    const { port } = at.service.server.address() as { port: number };
    const bytes = 8_000_000;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).pause();
    socket.write(`POST /jobs HTTP/1.1\r\nHost: here\r\nContent-Length: ${bytes}\r\n\r\n`);
    const { promise: sent, resolve, reject } = Promise.withResolvers<void>();
    socket.once("error", reject);
    socket.write("x".repeat(bytes), () => resolve());
    await sent;
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it("takes a client that leaves in the middle of its body for no fault", async () => {
    await using at = await openTestService();
    const { port } = at.service.server.address() as { port: number };
    const leaving = request({ port, method: "POST", path: "/jobs", headers: JSON_BODY }).on(
      "error",
      () => {},
    );
    leaving.write('{"type":');
    await once(at.service.server, "request");
    leaving.destroy();
    await until(() => at.lines.some(({ msg }) => msg === "request"));
    expect(at.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it("knows what is not there, and what cannot be done with what is", async () => {
    await using at = await openTestService();
    for (const path of [
      "/",
      "/job",
      "/jobs/",
      "/jobs/7",
      "/jobs/7/result",
      "/jobs/%zz",
      "/jobs/7/8/9",
      "//",
    ]) {
      expect([path, (await at.ask("GET", path)).status]).toEqual([path, 404]);
    }
    expect((await at.ask("GET", "/jobs/7")).body.detail).toContain('there is no job "7"');
    const put = await at.ask("PUT", "/jobs");
    expect([put.status, put.headers.get("allow")]).toEqual([405, "POST, GET, HEAD"]);
    expect((await at.ask("HEAD", "/healthz")).status).toBe(200);
  });

  it("tells why there is no result", async () => {
    await using at = await openTestService({
      greet: async () => {
        throw new PermanentError("nobody is called so");
      },
    });
    const { id } = (await at.greet("Ann")).body;
    await at.reaches(id, "dead");
    const { status, body, headers } = await at.ask("GET", `/jobs/${id}/result`);
    expect([status, body.state, headers.get("retry-after")]).toEqual([409, "dead", null]);
    expect((await at.ask("GET", `/jobs/${id}`)).body.error).toBe("PermanentError: nobody is called so");
  });

  it("replays a job that is dead, and none that is not", async () => {
    let isBroken = true;
    await using at = await openTestService({
      greet: async (name) => {
        if (isBroken) throw new PermanentError("not yet");
        return name;
      },
    });
    const { id } = (await at.greet("Ann")).body;
    await at.reaches(id, "dead");
    isBroken = false;
    expect((await at.ask("POST", `/jobs/${id}/replay`)).status).toBe(202);
    await at.reaches(id, "completed");
    const again = await at.ask("POST", `/jobs/${id}/replay`);
    expect([again.status, again.body.state]).toEqual([409, "completed"]);
    expect((await at.ask("POST", "/jobs/7/replay")).status).toBe(404);
  });

  it("says 503 at /readyz when it is told to, and 200 at /healthz all the same", async () => {
    await using at = await openTestService();
    expect((await at.ask("GET", "/readyz")).status).toBe(200);
    at.service.isReady = false;
    expect((await at.ask("GET", "/readyz")).status).toBe(503);
    expect((await at.ask("GET", "/healthz")).status).toBe(200);
  });

  it("counts", async () => {
    const gate = Promise.withResolvers<void>();
    await using at = await openTestService({
      greet: (name) => (name === "Ann" ? gate.promise : Promise.resolve()),
    });
    const { id } = (await at.greet("Bob")).body;
    await at.reaches(id, "completed");
    await at.greet("Ann");
    await until(async () => (await at.ask("GET", "/metrics")).body.includes('jobs_in_hand{type="greet"} 1'));
    const { body } = await at.ask("GET", "/metrics");
    expect(body).toContain('jobs_stored{state="completed"} 1');
    expect(body).toContain('jobs_stored{state="running"} 1');
    expect(body).toContain('http_request_seconds_count{route="POST /jobs",status="202"} 2');
    expect(body).toContain('jobs_run_seconds_count{type="greet",outcome="resolved"} 1');
    gate.resolve();
  });

  it("writes the request's id into the lines of its job", async () => {
    await using at = await openTestService({
      greet: async (name, { log }) => log.info({ name }, "greeting"),
    });
    const { headers, body } = await at.greet("Ann", { "X-Request-Id": "mine:1" });
    expect(headers.get("x-request-id")).toBe("mine:1");
    await at.reaches(body.id, "completed");
    await until(() => at.lines.some(({ msg }) => msg === "request"));
    const mine = at.lines.filter(({ requestId }) => requestId === "mine:1").map(({ msg }) => msg);
    expect(mine).toEqual(expect.arrayContaining(["request", "job begins", "greeting"]));
    expect(
      (await at.greet("Bob", { "X-Request-Id": 'a "forged" line' })).headers.get("x-request-id"),
    ).toMatch(/^[\da-f-]{36}$/);
  });

  it("tells of each of its problems what it is", async () => {
    await using at = await openTestService();
    const { body } = await at.ask("GET", "/jobs/7");
    expect((await at.ask("GET", body.type)).body).toBe(`${body.title}.\n`);
    expect((await at.ask("GET", "/problems/toString")).status).toBe(404);
  });
});
