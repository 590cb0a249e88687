import { getEventListeners } from "node:events";
import { explore, guarantee, isPending } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Barrier } from "./barrier.ts";

describe("new Barrier", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError for %s parties", (parties) => {
    expect(() => new Barrier(parties)).toThrow(
      new RangeError(`Cannot create Barrier: parties must be a whole number from 1, got ${parties}`),
    );
  });
});

describe("Barrier.wait", () => {
  it("holds all until the last arrives, and tells each its order of arrival", async () => {
    const barrier = new Barrier(3);
    const first = barrier.wait();
    const second = barrier.wait();
    expect(await isPending(first)).toBe(true);
    expect(barrier.waiting).toBe(2);
    expect(await Promise.all([first, second, barrier.wait()])).toEqual([0, 1, 2]);
    expect(barrier.waiting).toBe(0);
  });

  it("holds nobody if there is one party", async () => {
    expect(await new Barrier(1).wait()).toBe(0);
  });

  it("begins anew at once: who comes right after the last belongs to the next round", async () => {
    const barrier = new Barrier(2);
    const round = [barrier.wait(), barrier.wait()];
    const early = barrier.wait();
    expect(await Promise.all(round)).toEqual([0, 1]);
    expect(await isPending(early)).toBe(true);
  });

  it("does not count who has left by an abort", async () => {
    const barrier = new Barrier(2);
    const controller = new AbortController();
    const quitter = barrier.wait(controller);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    const stayer = barrier.wait();
    expect(await isPending(stayer)).toBe(true);
    await barrier.wait();
    expect(await stayer).toBe(0);
  });

  it("refuses a signal that has aborted, even who would have been the last", async () => {
    const barrier = new Barrier(2);
    const first = barrier.wait();
    await expect(barrier.wait({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(await isPending(first)).toBe(true);
  });

  it("does not count who has aborted, even if another listener of that signal is who arrives last", async () => {
    const barrier = new Barrier(2);
    const controller = new AbortController();
    let last: Promise<number> | undefined;
    controller.signal.addEventListener("abort", () => {
      last = barrier.wait();
    });
    const quitter = barrier.wait(controller);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect(barrier.waiting).toBe(1);
    const next = barrier.wait();
    expect(await Promise.all([last, next])).toEqual([0, 1]);
  });

  it("leaves no listener once let go", async () => {
    const { signal } = new AbortController();
    const barrier = new Barrier(2);
    await Promise.all([barrier.wait({ signal }), barrier.wait({ signal })]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("lets nobody into a phase before everybody has ended the one before, in every order", async () => {
    await explore(async (sim) => {
      const barrier = new Barrier(3);
      const arrivedIn = [0, 0];
      const party = async () => {
        for (const phase of [0, 1]) {
          await sim.io(`phase ${phase}`);
          arrivedIn[phase] = (arrivedIn[phase] ?? 0) + 1;
          await barrier.wait();
          guarantee(arrivedIn[phase] === 3, {
            happened: `somebody went on when ${arrivedIn[phase]} of 3 had arrived`,
            expected: "all wait for the last",
            why: "the next phase reads what all have written in this one",
          });
        }
      };
      await Promise.all(["a", "b", "c"].map((name) => sim.spawn(name, party)));
    });
  });
});
