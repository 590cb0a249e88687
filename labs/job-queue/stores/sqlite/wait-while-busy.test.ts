import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { waitWhileBusy } from "./wait-while-busy.ts";

/** Fails like that so many times, and then succeeds. */
function failing(times: number, errcode: number) {
  const calls = { count: 0 };
  const body = () => {
    calls.count += 1;
    if (calls.count <= times) throw Object.assign(new Error(`error ${errcode}`), { errcode });
    return calls.count;
  };
  return { calls, body };
}

const [BUSY, BUSY_RECOVERY, FULL] = [5, 261, 13];

// The clock goes on only where a test says so: nothing depends on how fast the machine is.
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("waitWhileBusy", () => {
  it("tries again until nobody else holds the lock", () => {
    expect(waitWhileBusy(1_000, failing(2, BUSY).body)).toBe(3);
    expect(waitWhileBusy(1_000, failing(1, BUSY_RECOVERY).body)).toBe(2);
  });

  it("gives up after its time, in which counts what an attempt has waited itself; and at once without any", () => {
    const { calls, body } = failing(100, BUSY);
    const waitingItself = () => {
      vi.advanceTimersByTime(10);
      return body();
    };
    expect(() => waitWhileBusy(20, waitingItself)).toThrow("error 5");
    expect(calls.count).toBe(2);
    expect(() => waitWhileBusy(0, failing(1, BUSY).body)).toThrow("error 5");
  });

  it("tries nothing again that failed otherwise", () => {
    const { calls, body } = failing(1, FULL);
    expect(() => waitWhileBusy(1_000, body)).toThrow("error 13");
    expect(calls.count).toBe(1);
  });
});
