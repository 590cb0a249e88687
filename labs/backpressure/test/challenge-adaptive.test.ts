import { challenge, guarantee, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { AdaptiveLimit, AdaptiveLimitOptions, Admission } from "../contract.ts";
import { CAPACITY, pause, Service } from "./service.ts";
import { lab } from "./subject.ts";

const long = { maxEvents: 200_000, leaks: 0 } as const;
const options: AdaptiveLimitOptions = { targetMs: 150, windowMs: 1_000, maxLimit: 50 };

challenge("adaptive", lab, () => {
  it("adaptive.1 `p99Ms` is the 99th percentile of those that left during the last `windowMs`", () =>
    simulate(async () => {
      const limit = create({ targetMs: 10_000, windowMs: 1_000, maxLimit: 1_000 });
      const before = limit.p99Ms;
      const all = Array.from({ length: 200 }, () => limit.enter());
      await pause(10);
      leave(all.splice(0, 197)); // 197 take 10 ms, two take 30 and one takes 70.
      await pause(20);
      leave(all.splice(0, 2));
      await pause(40);
      leave(all);
      const full = limit.p99Ms;
      await pause(945);
      const later = limit.p99Ms; // 1,015 ms: those that left at 10 are too old.
      await pause(100);
      const gone = limit.p99Ms;
      guarantee(before === undefined && full === 30 && later === 70 && gone === undefined, {
        happened: `of 200 latencies, 197 × 10 ms, 2 × 30 ms, 1 × 70 ms, \`p99Ms\` was ${full}; ${later} when only the last three were young enough; ${gone} when none was; ${before} at the beginning`,
        expected: "30, the 198th of 200; 70; undefined; undefined",
        why: "An average hides the one in a hundred who waits, and a percentile since the start hides what happens now.",
      });
    }));

  it("adaptive.2 never more than `limit` are in flight; it begins at `maxLimit`, and leaving twice counts once", () =>
    simulate(async (sim) => {
      const limit = create({ ...options, minLimit: 2, maxLimit: 5 });
      const admitted = enterAll(limit, 8);
      guarantee(admitted.length === 5 && limit.limit === 5, {
        happened: `maxLimit 5: of 8 that came at once ${admitted.length} were admitted, and \`limit\` was ${limit.limit}`,
        expected: "5 and 5",
        why: "Until something was measured, the limit that somebody set is the best guess.",
      });
      await pause(10);
      leave(admitted.slice(0, 1));
      leave(admitted.slice(0, 1));
      const again = enterAll(limit, 3).length;
      guarantee(again === 1, {
        happened: `one of five left, and called \`leave\` twice: ${again} of three that came were admitted`,
        expected: "1",
        why: "Counted twice, it makes room for one too many.",
      });
      const service = new Service(sim, create({ ...options, minLimit: 2, maxLimit: 30 }), Math.random);
      await service.load({ perSecond: 1_000, forMs: 2_000 });
      guarantee(service.peak <= 30, {
        happened: `maxLimit 30: ${service.peak} requests were in flight`,
        expected: "at most 30",
        why: "The largest limit is what the memory allows, whatever the latencies say.",
      });
    }, long));

  it("adaptive.3 at ten times the capacity it comes to keep the target, and most of the capacity is used", () =>
    simulate(async (sim) => {
      const service = new Service(sim, create(options), Math.random);
      await service.load({ perSecond: 10 * CAPACITY, forMs: 30_000 });
      const { perSecond, p99Ms } = service.last(10_000);
      guarantee(p99Ms <= 225, {
        happened: `a target of 150 ms, 30 s at ten times the capacity: in the last ten, the 99th percentile was ${p99Ms} ms`,
        expected: "at most 225 ms, one and a half times the target",
        why: "Whoever is admitted must be served in time; a late answer costs as much as a good one, and helps nobody.",
      });
      guarantee(perSecond >= 0.7 * CAPACITY, {
        happened: `in the last ten seconds ${perSecond} requests a second were answered, of the ${CAPACITY} that the service can do`,
        expected: `at least ${0.7 * CAPACITY}`,
        why: "It is easy to be quick for nobody.",
      });
    }, long));

  it("adaptive.4 it follows the service down, and recovers with it", () =>
    simulate(async (sim) => {
      const limit = create(options);
      const service = new Service(sim, limit, Math.random);
      await service.load({ perSecond: 2 * CAPACITY, forMs: 15_000 });
      const before = limit.limit;
      service.slowness = 10;
      await service.load({ perSecond: 2 * CAPACITY, forMs: 30_000 });
      const during = limit.limit;
      guarantee(during <= before / 2, {
        happened: `the service became ten times slower for 30 s; the limit was ${before} before, and ${during} then`,
        expected: "at most half of it",
        why: "A limit that was right for a healthy service buries a sick one.",
      });
      service.slowness = 1;
      await pause(5_000); // Nobody comes at all.
      await service.load({ perSecond: 2 * CAPACITY, forMs: 40_000 });
      const { perSecond, p99Ms } = service.last(10_000);
      guarantee(perSecond >= 0.7 * CAPACITY && p99Ms <= 225, {
        happened: `the service was well again for 40 s: in their last ten seconds ${perSecond} a second were answered, with a 99th percentile of ${p99Ms} ms; the limit is ${limit.limit}`,
        expected: `at least ${0.7 * CAPACITY} a second, within 225 ms`,
        why: "A limit that only ever falls turns an outage of a minute into one that lasts until somebody restarts the service.",
      });
    }, long));

  it("adaptive.5 the limit is always a whole number from `minLimit` to `maxLimit`", () =>
    simulate(async (sim) => {
      const limit = create({ ...options, minLimit: 3, maxLimit: 12 });
      const service = new Service(sim, limit, Math.random);
      const seen = new Set<number>();
      for (const slowness of [10, 1]) {
        service.slowness = slowness;
        for (let second = 0; second < 8; second += 1) {
          await service.load({ perSecond: CAPACITY, forMs: 1_000 });
          seen.add(limit.limit);
        }
      }
      const limits = [...seen].sort((a, b) => a - b);
      guarantee(
        limits.every((value) => Number.isInteger(value) && value >= 3 && value <= 12),
        {
          happened: `from 3 to 12, ten times too slow and then well again; the limit was ${show(limits)}`,
          expected: "whole numbers from 3 to 12",
          why: "At 0 nobody is let in, so nothing is measured, so it stays at 0.",
        },
      );
    }, long));

  it("adaptive.6 options out of range are refused at once, by name", () => {
    const refuse = (changed: Partial<AdaptiveLimitOptions>) =>
      create({ ...options, minLimit: 2, ...changed });
    const why = "A limit that adapts from nonsense adapts to nonsense.";
    expectRefused("targetMs", [0, -1, Number.NaN], (targetMs) => refuse({ targetMs }), why);
    expectRefused("windowMs", [0, -1, Number.NaN], (windowMs) => refuse({ windowMs }), why);
    expectRefused("minLimit", [0, -1, 1.5, Number.NaN], (minLimit) => refuse({ minLimit }), why);
    expectRefused("maxLimit", [1, 0, 2.5, Number.NaN], (maxLimit) => refuse({ maxLimit }), why);
  });
});

function create(of: AdaptiveLimitOptions): AdaptiveLimit {
  if (lab.createAdaptiveLimit === undefined)
    throw new Error("TODO adaptive.1: createAdaptiveLimit is yours to export");
  return lab.createAdaptiveLimit(of);
}

const enterAll = (limit: AdaptiveLimit, count: number) =>
  Array.from({ length: count }, () => limit.enter()).filter(({ admitted }) => admitted);

function leave(admissions: readonly Admission[]): void {
  for (const admission of admissions) if (admission.admitted) admission.leave();
}
