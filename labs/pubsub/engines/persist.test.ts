import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrokerClosedError } from "./errors.ts";
import { persist } from "./persist.ts";
import { Reconnects } from "./reconnects.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1); // Each rest is as long as it may be: 50 ms, 100, 200, …
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const late = () => Promise.reject(Object.assign(new Error("nobody answered"), { name: "TimeoutError" }));
const never = () => new Promise<string>(() => {});

/** Attempts that end as they are told to, one after the other, and the numbers that they were called with. */
function asking(outcomes: readonly (() => Promise<string>)[], signal?: AbortSignal) {
  const reconnects = new Reconnects();
  const server = { isClosed: false };
  const failed: number[] = [];
  const attempt = (n: number) => {
    failed.push(n);
    return (outcomes[failed.length - 1] ?? never)();
  };
  const connection = { isClosed: () => server.isClosed } as NatsConnection;
  const answer = persist(attempt, { connection, reconnects, doing: "publish", signal });
  return { answer, failed, reconnects, server };
}

describe("persist", () => {
  it("asks again, less and less often, until it is answered", async () => {
    const { answer, failed } = asking([late, late, late, async () => "stored"]);
    await vi.advanceTimersByTimeAsync(50 + 100 + 199);
    expect(failed).toEqual([0, 1, 2]);
    await vi.advanceTimersByTimeAsync(1);
    expect([await answer, failed]).toEqual(["stored", [0, 1, 2, 3]]);
  });

  it("asks anew after a reconnect, and does not wait for an answer that may never come", async () => {
    const { answer, failed, reconnects } = asking([never, async () => "stored"]);
    reconnects.tell();
    await vi.advanceTimersByTimeAsync(50);
    expect([await answer, failed]).toEqual(["stored", [0, 0]]);
  });

  it("asks anew after a reconnect, however long it wanted to rest", async () => {
    const { answer, failed, reconnects } = asking([...Array(10).fill(late), async () => "stored"]);
    const before = 50 + 100 + 200 + 400 + 800 + 1_600 + 3_200 + 5_000 + 5_000;
    await vi.advanceTimersByTimeAsync(before);
    expect(failed.length).toBe(10);
    reconnects.tell();
    await vi.advanceTimersByTimeAsync(50);
    expect([await answer, failed.at(-1)]).toEqual(["stored", 0]);
  });

  it("gives up at once when its signal aborts, or the connection has ended for good", async () => {
    const controller = new AbortController();
    const aborted = expect(asking([late], controller.signal).answer).rejects.toBe("enough");
    const { answer, server } = asking([late]);
    const closed = expect(answer).rejects.toThrow(BrokerClosedError);
    await vi.advanceTimersByTimeAsync(1);
    controller.abort("enough");
    server.isClosed = true;
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all([aborted, closed]);
  });
});
