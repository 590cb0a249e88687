import { simulate } from "@pattern-labs/testkit";
import { ErrorCode } from "bullmq";
import { describe, expect, it } from "vitest";
import { EngineLease } from "./engine-lease.ts";
import { engineSettingsOf } from "./options.ts";

const isMine = async () => true;
const refused = async () => {
  throw Object.assign(new Error("no"), { code: ErrorCode.JobLockMismatch });
};
const lost = { name: "LeaseLostError" };

/** The lease of a job that was asked for just now, unless told, and what `onError` is told. */
function take(renew: () => Promise<boolean>, claimedAt = Date.now()) {
  const told: unknown[] = [];
  const onError = (error: unknown) => told.push(error);
  const settings = engineSettingsOf({ url: "redis://127.0.0.1", types: {}, leaseMs: 30_000, onError });
  return { lease: new EngineLease("job-1", claimedAt, renew, settings), told };
}

describe("EngineLease", () => {
  it("tells of a lease that is lost while the handler runs, to the handler and to onError", () =>
    simulate(async (sim) => {
      const { lease, told } = take(async () => false);
      using _ = lease;
      await new Promise((resolve) => lease.signal.addEventListener("abort", resolve));
      expect([sim.now(), lease.isLost, lease.signal.reason]).toMatchObject([10_000, true, lost]);
      expect(told).toEqual([lease.signal.reason]);
    }));

  it("tells onError nothing of an end that is refused: no handler runs any more", () =>
    simulate(async () => {
      const { lease, told } = take(isMine);
      using _ = lease;
      expect(await lease.write(refused)).toBe(false);
      expect([lease.isLost, lease.signal.reason]).toMatchObject([true, lost]);
      expect(told).toEqual([]);
    }));

  it("knows that the answer to a claim has come when the lease had run out", () =>
    simulate(async (sim) => {
      using inTime = take(isMine, Date.now() - 29_999).lease;
      using late = take(isMine, Date.now() - 40_000).lease;
      expect([inTime.hasRunOut, late.hasRunOut]).toEqual([false, true]);
      await new Promise((resolve) => late.signal.addEventListener("abort", resolve));
      expect(sim.now()).toBeLessThan(2);
    }));

  it("tells onError of each write that fails, and tries again for as long as the lease holds", () =>
    simulate(async (sim) => {
      const away = new Error("away");
      const { lease, told } = take(() => Promise.reject(away));
      using _ = lease;
      expect(await lease.write(() => Promise.reject(away))).toBe(false);
      expect(sim.now()).toBe(30_000);
      expect(told.length).toBeGreaterThan(9);
      expect(new Set(told)).toEqual(new Set([away]));
    }));
});
