import { Semaphore } from "@pattern-labs/primitives/semaphore";
import { describe, expect, it } from "vitest";
import { BEHAVIOURS, Downstream } from "../given/downstream.ts";
import { HttpCalls } from "./http-calls.ts";
import { Metrics } from "./metrics.ts";
import { until } from "./testing.ts";

const LIMIT = 5;

async function open() {
  const opening = new AsyncDisposableStack();
  const downstream = opening.use(await Downstream.start({ name: "a", latencyMs: 0, slowMs: 10 }));
  const metrics: Metrics = new Metrics({ sockets: () => http.sockets });
  const http = opening.use(new HttpCalls({ answerLimit: 1_000, connectTimeoutMs: 10_000, metrics }));
  const call = http.to(new URL(downstream.url));
  const ask = (signal = new AbortController().signal) => call("a", { signal, deadline: Infinity });
  return { ...{ downstream, http, metrics, ask }, [Symbol.asyncDispose]: () => opening.disposeAsync() };
}

describe("HttpCalls", { timeout: 120_000 }, () => {
  it("rejects with the reason of its signal, also in the middle of an answer", async () => {
    await using at = await open();
    at.downstream.behave = () => "half stalled";
    const leaves = new AbortController();
    const asked = at.ask(leaves.signal);
    await until(() => at.downstream.underWay === 1);
    const reason = new Error("gone");
    leaves.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await until(() => at.downstream.sockets === 0);
  });

  it("uses a connection again after an answer, good or bad", async () => {
    await using at = await open();
    for (const behaviour of ["well", "failing", "no JSON", "no object", "well"] as const) {
      at.downstream.behave = () => behaviour;
      await at.ask().catch(() => {});
    }
    expect([at.downstream.asked, at.downstream.connected]).toEqual([5, 1]);
  });

  it("never has more connections than there were permits, whatever goes wrong and whoever leaves", async () => {
    await using at = await open();
    let n = 0;
    at.downstream.behave = () => BEHAVIOURS[n++ % BEHAVIOURS.length] ?? "well";
    const permits = new Semaphore(LIMIT);
    let most = 0;
    const calls = Array.from({ length: 500 }, async (_, n) => {
      using _permit = await permits.acquire();
      const leaves = new AbortController();
      const asked = at.ask(leaves.signal).catch(() => {});
      most = Math.max(most, at.http.sockets);
      if (n % 3 === 0) leaves.abort(new Error("gone")); // While its connection is being opened, or before.
      const timer = setTimeout(() => leaves.abort(new Error("gone")), n % 30);
      await asked;
      clearTimeout(timer);
      most = Math.max(most, at.http.sockets);
    });
    await Promise.all(calls);
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect([at.metrics.calls.now, at.metrics.calls.most]).toEqual([0, LIMIT]);
    await until(() => at.downstream.underWay === 0);
    expect(at.downstream.sockets).toBeLessThanOrEqual(LIMIT);
  });

  it("closes when its calls have ended, and cuts them off when it is told to", async () => {
    await using at = await open();
    at.downstream.behave = () => "stalled";
    const asked = at.ask();
    await until(() => at.downstream.underWay === 1);
    const deadline = new AbortController();
    const closed = at.http.close(deadline);
    deadline.abort();
    await expect(asked).rejects.toThrow();
    await closed;
    await until(() => at.downstream.sockets === 0);
  });
});
