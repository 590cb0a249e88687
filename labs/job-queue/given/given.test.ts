import { guarantee, simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Bell } from "./bell.ts";
import { StoppedError, textOf, UnknownTypeError } from "./errors.ts";
import { createMemoryStore } from "./memory-store.ts";
import { newJob, typeOf } from "./new-job.ts";
import { checkStop, settingsOf } from "./options.ts";

describe("settingsOf and checkStop", () => {
  const base = { store: createMemoryStore(), types: {} };
  const counts: readonly [string, number][] = [
    ["concurrency", 1],
    ["retries", 0],
    ["crashRetries", 0],
  ];
  const durations: readonly [string, number][] = [
    ["pollMs", 1],
    ["leaseMs", 1],
    ["baseDelayMs", 0],
    ["maxDelayMs", 0],
  ];

  it("take what is in range, and have defaults", () => {
    const { concurrency, retries, leaseMs } = settingsOf({ ...base, retries: 0, leaseMs: 2_147_483_647 });
    expect({ concurrency, retries, leaseMs }).toEqual({
      concurrency: 10,
      retries: 0,
      leaseMs: 2_147_483_647,
    });
    checkStop({ deadlineMs: 0 });
    checkStop({ deadlineMs: 5, graceMs: 5 });
  });

  it("refuse what is out of range, and name it", () => {
    for (const [name, least] of [...counts, ...durations]) {
      const isCount = counts.some(([count]) => count === name);
      for (const value of [least - 1, Number.NaN, Infinity, isCount ? least + 0.5 : 2 ** 31]) {
        expect(() => settingsOf({ ...base, [name]: value })).toThrow(
          expect.objectContaining({
            name: "RangeError",
            message: expect.stringMatching(`${name}.*${value}`),
          }),
        );
      }
    }
    for (const options of [
      { deadlineMs: -1 },
      { deadlineMs: 9, graceMs: 10 },
      { deadlineMs: 9, graceMs: -1 },
    ]) {
      expect(() => checkStop(options)).toThrow(RangeError);
    }
  });
});

describe("newJob and typeOf", () => {
  const mail = { schema: { parse: (payload: unknown) => [payload] }, run: async () => {} };

  it("make a job that is pending and due, with what the schema gives", () => {
    const now = Date.now();
    const job = newJob({ mail }, "mail", "ann");
    expect(job).toMatchObject({
      type: "mail",
      payload: ["ann"],
      state: "pending",
      version: 1,
      leaseUntil: 0,
    });
    expect(job.dueAt).toBeGreaterThanOrEqual(now);
    expect(newJob({ mail }, "mail", "ann").id).not.toBe(job.id);
    expect(newJob({ mail }, "mail", "ann", "j1").id).toBe("j1");
  });

  it("know own properties only", () => {
    expect(typeOf({ mail }, "mail")).toBe(mail);
    for (const name of ["male", "toString", "__proto__", ""]) {
      expect(() => newJob({ mail }, name, "ann")).toThrow(UnknownTypeError);
    }
  });
});

describe("textOf", () => {
  it("makes a text of whatever was thrown", () => {
    expect(textOf(new StoppedError())).toBe("StoppedError: The queue is stopped");
    for (const thing of [undefined, null, 42, Symbol("busy"), Object.create(null), { code: 7 }]) {
      expect(textOf(thing)).toEqual(expect.any(String));
    }
  });
});

describe("Bell", () => {
  it("waits for a time, or until it is rung, be it before the wait", () =>
    simulate(async (sim) => {
      const bell = new Bell();
      await bell.wait(100);
      const atTime = sim.now();
      bell.reset();
      setTimeout(() => bell.ring(), 50);
      await bell.wait(1_000);
      const atRing = sim.now();
      await bell.wait(1_000); // It was rung, and not reset.
      guarantee(atTime === 100 && atRing === 150 && sim.now() === 150, {
        happened: `a wait of 100 ms, one rung after 50, and one after that ended at ${atTime}, ${atRing} and ${sim.now()} ms`,
        expected: "at 100, 150 and 150",
        why: "A wake-up that comes before the sleep must not be lost.",
      });
    }));
});
