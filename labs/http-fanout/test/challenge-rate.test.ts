import { challenge, guarantee } from "@pattern-labs/testkit";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { RateDecision, RateLimit, RateLimitOptions } from "../contract.ts";
import { lab } from "./subject.ts";
import { until } from "./until.ts";

challenge("rate", lab, () => {
  it("rate.1 each key has `quota` requests at once; the next one is refused, and other keys are not", () =>
    simulate(() => {
      const limit = create({ quota: 5, windowSeconds: 10 });
      const allowed = takes(limit, "ann", 8);
      const other = takes(limit, "bob", 5);
      guarantee(allowed === 5 && other === 5, {
        happened: `the quota is 5; of 8 requests with one key ${allowed} were allowed, and then of 5 with another ${other}`,
        expected: "5 and 5",
        why: "One client that asks too much must not use up what the others have.",
      });
    }));

  it("rate.2 the quota comes back evenly, one by one, and no more than `quota` is ever saved", () =>
    simulate(async (sim) => {
      const limit = create({ quota: 5, windowSeconds: 10 });
      takes(limit, "ann", 5);
      for (const [at, expected] of [
        [1_990, 0],
        [2_010, 1],
        [6_010, 2],
        [100_000, 5],
      ] as const) {
        await until(sim, at);
        const allowed = takes(limit, "ann", 8);
        guarantee(allowed === expected, {
          happened: `the quota is 5 in 10 s, and was used up; at ${at} ms 8 requests came, and ${allowed} were allowed`,
          expected: `${expected}: one comes back every 2 s`,
          why: "If all came back at once, twice the quota would fit into the moment around it.",
        });
      }
      let allowed = 0;
      for (let n = 1; n <= 200; n += 1) {
        await until(sim, 200_000 + n * 500);
        allowed += takes(limit, "bob", 1);
      }
      guarantee(allowed === 54 || allowed === 55, {
        happened: `the quota is 5 in 10 s; a client asked every 500 ms for 100 s, and was allowed ${allowed} requests`,
        expected: "54 or 55: 5 at once, and 50 that came back",
        why: "A rate that is off by a little is off by a lot at the end of the day.",
      });
    }));

  it("rate.3 every answer tells the policy, what is left, and after how many seconds all of it is back", () =>
    simulate(async (sim) => {
      const limit = create({ quota: 5, windowSeconds: 10 });
      for (const [at, expected] of [
        [0, '"default";r=4;t=2'],
        [0, '"default";r=3;t=4'],
        [0, '"default";r=2;t=6'],
        [1_500, '"default";r=1;t=7'],
        [4_500, '"default";r=2;t=6'],
      ] as const) {
        await until(sim, at);
        const { headers } = limit.take("ann");
        guarantee(
          headers["RateLimit-Policy"] === '"default";q=5;w=10' &&
            headers.RateLimit === expected &&
            headers["Retry-After"] === undefined,
          {
            happened: `the quota is 5 in 10 s; a request at ${at} ms was told ${tell(headers)}`,
            expected: `RateLimit-Policy: "default";q=5;w=10, RateLimit: ${expected}, and no Retry-After`,
            why: "A client that knows what is left need not find out by being refused.",
          },
        );
      }
    }));

  it("rate.4 a refusal tells when to come back, and whoever does is allowed; it costs nothing", () =>
    simulate(async (sim) => {
      for (const quota of [3, 7, 60]) {
        const limit = create({ quota, windowSeconds: 60 });
        const key = `key ${quota}`;
        takes(limit, key, quota);
        for (let round = 0; round < 3; round += 1) {
          takes(limit, key, 10); // Refused, unless something is left.
          const { allowed, headers } = limit.take(key);
          const seconds = Number(headers["Retry-After"]);
          guarantee(
            !allowed && Number.isInteger(seconds) && seconds >= 1 && seconds <= Math.ceil(60 / quota),
            {
              happened: `the quota is ${quota} in 60 s, and was used up; a request was told ${tell(headers)}`,
              expected: `Retry-After: a whole number from 1 to ${Math.ceil(60 / quota)}, however often it was refused`,
              why: "Who is told nothing comes back at once; who pays for being refused never gets in again.",
            },
          );
          guarantee(headers.RateLimit.startsWith('"default";r=0;'), {
            happened: `a request was refused, and told ${tell(headers)}`,
            expected: "r=0",
            why: "There is nothing left.",
          });
          await until(sim, sim.now() + seconds * 1_000);
          const again = limit.take(key);
          guarantee(again.allowed, {
            happened: `a client came back after ${seconds} s, as it had been told, and was refused again`,
            expected: "it is allowed",
            why: "A client that keeps to the rules must get somewhere.",
          });
        }
      }
    }));

  it("rate.5 a key that has not come for a window is forgotten", () =>
    simulate(async (sim) => {
      const limit = create({ quota: 5, windowSeconds: 10 });
      for (let n = 0; n < 1_000; n += 1) limit.take(`key ${n}`);
      const before = limit.keys;
      await until(sim, 10_001);
      limit.take("ann");
      guarantee(before === 1_000 && limit.keys === 1, {
        happened: `1000 keys came, and ${before} were known; 10 s later one more came, and ${limit.keys} were`,
        expected: "1000, and 1: the others have all of their quota, as those that never came",
        why: "Keys are made up by whoever wants to. Memory is not.",
      });
    }));
});

function create(options: RateLimitOptions): RateLimit {
  if (lab.createRateLimit === undefined) throw new Error("TODO rate: createRateLimit is not exported");
  return lab.createRateLimit(options);
}

/** How many of so many requests are allowed. */
const takes = (limit: RateLimit, key: string, count: number): number =>
  Array.from({ length: count }, () => limit.take(key)).filter(({ allowed }) => allowed).length;

const tell = (headers: RateDecision["headers"]): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
