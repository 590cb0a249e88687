import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../given/downstream.ts";
import { openTestService, until } from "./testing.ts";

// Nothing waits for a time: the limit only ends a hang.
describe("GatewayService", { timeout: 120_000 }, () => {
  it("puts the answers of the services together", async () => {
    await using at = await openTestService();
    const { status, headers, body } = await at.get("/ask?services=a,c");
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      data: { a: expect.objectContaining({ service: "a" }), c: expect.objectContaining({ service: "c" }) },
      warnings: [],
    });
  });

  it.each(["failing", "reset", "cut short", "no JSON", "no object", "too much"] satisfies Behaviour[])(
    "names a service that is %s, and leaves no call and no body behind",
    async (behaviour) => {
      await using at = await openTestService();
      for (const each of at.downstreams.slice(0, 1)) each.behave = () => behaviour;
      const { status, body } = await at.get("/ask?services=a,b");
      expect([status, Object.keys(body.data)]).toEqual([200, ["b"]]);
      expect(body.warnings).toEqual([{ service: "a", reason: "failed" }]);
      expect([at.service.metrics.permits.now, at.service.metrics.calls.now]).toEqual([0, 0]);
      await until(() => at.downstreams.every(({ underWay }) => underWay === 0));
    },
  );

  it.each(["stalled", "half stalled"] satisfies Behaviour[])(
    "hangs up on a service that is %s when its time is over",
    async (behaviour) => {
      await using at = await openTestService("--call-timeout 30");
      for (const each of at.downstreams) each.behave = () => behaviour;
      const { status, body } = await at.get("/ask?services=a,b");
      expect([status, body.type, body.status]).toEqual([504, "/problems/too-late", 504]);
      await until(() => at.downstreams.every(({ underWay, sockets }) => underWay + sockets === 0));
      await until(() => at.service.metrics.permits.now === 0);
    },
  );

  it("says 502 when all have failed, in problem details", async () => {
    await using at = await openTestService();
    for (const each of at.downstreams) each.behave = () => "failing";
    const { status, headers, body } = await at.get("/ask?services=a,b,c");
    expect([status, headers.get("content-type")]).toEqual([502, "application/problem+json"]);
    expect(body).toMatchObject({ type: "/problems/all-failed", status: 502, title: expect.any(String) });
    expect(body.requestId).toBe(headers.get("x-request-id"));
    expect((await at.get(body.type)).body).toBe(`${body.title}.\n`);
  });

  it("says 503 at once when too many wait, and when to come back", async () => {
    await using at = await openTestService("--calls 1 --wait 1");
    for (const each of at.downstreams) each.behave = () => "stalled";
    const waiting = new AbortController();
    const ask = () => at.get("/ask?services=a", waiting).catch(() => {});
    const first = ask();
    await until(() => at.downstreams[0]?.underWay === 1);
    const second = ask();
    let refused = await at.get("/healthz");
    await until(async () => {
      const told = await Promise.race([at.get("/ask?services=b", waiting), second]);
      if (told?.status !== 503) return false;
      refused = told;
      return true;
    });
    expect([refused.body.type, refused.headers.get("retry-after")]).toEqual(["/problems/overloaded", "1000"]);
    waiting.abort();
    await Promise.all([first, second]);
  });

  it.each(["", "?services=", "?services=a,a", "?services=a,toString", `?services=${"a,".repeat(30)}`])(
    "refuses /ask%s, and calls nobody",
    async (query) => {
      await using at = await openTestService();
      const { status, body } = await at.get(`/ask${query}`);
      expect([status, body.type, at.served.length]).toEqual([400, "/problems/invalid", 0]);
      expect(body.detail).toContain("services must be 1 to 20 names");
    },
  );

  it("knows its paths and methods", async () => {
    await using at = await openTestService();
    for (const path of ["/", "/asks", "/ask/", "/problems/toString", "/%zz", "//"]) {
      expect([path, (await at.get(path)).status]).toEqual([path, 404]);
    }
    const put = await at.get("/ask", { method: "PUT", body: "much" });
    expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await at.get("/healthz", { method: "HEAD" })).status).toBe(200);
  });

  it("gives problem details also with what Node refuses by itself", async () => {
    await using at = await openTestService();
    const socket = connect(Number(at.service.url.port), "127.0.0.1");
    socket.write("NONSENSE\r\n\r\n");
    const told = await text(socket);
    expect(told).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(told.slice(told.indexOf("{")))).toMatchObject({ type: "about:blank", status: 400 });
  });

  it("hands the request's id, and the time that is left, to every service, and the id back", async () => {
    await using at = await openTestService("--timeout 900000 --call-timeout 600000");
    const { headers } = await at.get("/ask?services=a,b", { headers: { "X-Request-Id": "mine:1" } });
    expect(headers.get("x-request-id")).toBe("mine:1");
    expect(at.served.map(({ requestId }) => requestId)).toEqual(["mine:1", "mine:1"]);
    for (const { timeoutMs } of at.served) {
      expect(timeoutMs).toBeGreaterThan(0);
      expect(timeoutMs).toBeLessThanOrEqual(600_000);
    }
    await until(() => at.lines.some(({ msg }) => msg === "request"));
    expect(at.lines.find(({ msg }) => msg === "request")).toMatchObject({ requestId: "mine:1", status: 200 });
    const forged = await at.get("/ask?services=a", { headers: { "X-Request-Id": 'a "forged" line' } });
    expect(forged.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  });

  it("keeps the ids of requests apart that run at the same time", async () => {
    await using at = await openTestService();
    for (const each of at.downstreams) each.behave = () => "slow";
    const ids = Array.from({ length: 20 }, (_, n) => `request-${n}`);
    const all = ids.map((id) => at.get("/ask?services=a,b,c", { headers: { "X-Request-Id": id } }));
    const nonces = new Map(at.served.map(({ nonce, requestId }) => [nonce, requestId]));
    for (const { headers, body } of await Promise.all(all)) {
      for (const { nonce, requestId } of Object.values<{ nonce: string; requestId: string }>(body.data)) {
        expect(requestId).toBe(headers.get("x-request-id"));
        expect(nonces.get(nonce) ?? requestId).toBe(requestId);
      }
    }
  });

  it("tells every call when its client goes, and has the permits back", async () => {
    await using at = await openTestService();
    for (const each of at.downstreams) each.behave = () => "stalled";
    const { port } = at.service.url;
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("GET /ask?services=a,b,c HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => at.downstreams.every(({ underWay }) => underWay === 1));
    expect(at.service.metrics.permits.now).toBe(3);
    socket.resetAndDestroy();
    await once(socket, "close");
    await until(() => at.service.metrics.permits.now === 0);
    await until(() => at.downstreams.every(({ underWay, sockets }) => underWay + sockets === 0));
    const { body } = await at.get("/metrics");
    expect(body).toContain("gateway_clients_gone_total 1");
    expect(body).toContain('gateway_call_seconds_count{service="a",outcome="left"} 1');
  });

  it("never has more calls than permits, whoever leaves and whatever breaks", async () => {
    await using at = await openTestService("--calls 7 --wait 1000");
    let n = 0;
    for (const each of at.downstreams) each.behave = () => (n++ % 3 === 0 ? "reset" : "slow");
    const answers = Array.from({ length: 100 }, async (_, n) => {
      const leaves = new AbortController();
      const asked = at.get("/ask?services=a,b,c", leaves).catch(() => undefined);
      if (n % 5 === 0) setTimeout(() => leaves.abort(), n);
      return (await asked)?.status;
    });
    const statuses = await Promise.all(answers);
    expect(statuses.filter((status) => ![200, 502, undefined].includes(status))).toEqual([]);
    await until(() => at.service.metrics.permits.now === 0);
    const { permits, calls } = at.service.metrics;
    expect([permits.most, calls.most, calls.now]).toEqual([7, 7, 0]);
  });

  it("counts", async () => {
    await using at = await openTestService();
    await at.get("/ask?services=a,b");
    await until(async () => (await at.get("/metrics")).body.includes('{route="/ask",status="200"} 1'));
    const { body } = await at.get("/metrics");
    expect(body).toContain('gateway_call_seconds_count{service="a",outcome="answered"} 1');
    expect(body).toContain('gateway_service_calls{service="a"} 0');
    expect(body).toContain("gateway_permits_most 2");
    expect(body).toContain("gateway_sockets 2");
  });
});
