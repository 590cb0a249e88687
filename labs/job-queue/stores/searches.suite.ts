import { describe, expect, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { type OpenStore, STATES, storeWith } from "./testing/store-under-test.ts";

/** What the contract says of `claimable` and `list`. */
export function describeSearches(name: string, open: OpenStore): void {
  const withJobs = storeWith(open);

  describe(`${name}: claimable`, () => {
    const query = { now: 100, limit: 10, types: ["mail"] };

    it(
      "gives pending and failed jobs that are due, and no others",
      withJobs(
        STATES.flatMap((state) =>
          [100, 101].map((dueAt) => job(`${state} ${dueAt}`, { state, dueAt, leaseUntil: 200 })),
        ),
        async (store) => {
          const found = await store.claimable(query);
          expect(new Set(found.map(({ id }) => id))).toEqual(new Set(["pending 100", "failed 100"]));
        },
      ),
    );

    it(
      "gives running jobs whose lease has run out, however long ago they were due, and no others",
      withJobs(
        STATES.flatMap((state) =>
          [99, 100].map((leaseUntil) => job(`${state} ${leaseUntil}`, { state, leaseUntil, dueAt: 200 })),
        ),
        async (store) => {
          expect(ids(await store.claimable(query))).toBe("running 99");
        },
      ),
    );

    it(
      "gives those that have been claimable for longest first, whatever their state and type",
      withJobs(
        [
          job("fourth", { dueAt: 40 }),
          job("second", { dueAt: 20, state: "failed" }),
          job("third", { state: "running", leaseUntil: 30, dueAt: 1 }),
          job("fifth", { dueAt: 50.25, type: "report" }),
          job("first", { dueAt: 10, type: "report" }),
          job("sixth", { dueAt: 50.5 }),
        ],
        async (store) => {
          const both = { ...query, types: ["report", "mail"] };
          expect(ids(await store.claimable(both))).toBe("first,second,third,fourth,fifth,sixth");
          for (const limit of [1, 2, 3, 4]) {
            const expected = ["first", "second", "third", "fourth"].slice(0, limit).join();
            expect(ids(await store.claimable({ ...both, limit }))).toBe(expected);
          }
        },
      ),
    );

    it(
      "gives those with a higher priority first, whatever their state and type, and none is 0",
      withJobs(
        [
          job("seventh", { priority: -1, dueAt: 1 }),
          job("fifth", { dueAt: 20 }),
          job("second", { priority: 2, dueAt: 50, state: "failed" }),
          job("fourth", { priority: 0, dueAt: 10, type: "report" }),
          job("first", { priority: 2, state: "running", leaseUntil: 40, dueAt: 60 }),
          job("sixth", { priority: 0, state: "running", leaseUntil: 30 }),
          job("third", { priority: 0.5, dueAt: 90, type: "report" }),
          job("not due", { priority: 9, dueAt: 101 }),
          job("held", { priority: 9, state: "running", leaseUntil: 100 }),
          job("ended", { priority: 9, state: "completed" }),
          job("other", { priority: 9, type: "resize" }),
        ],
        async (store) => {
          const order = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"];
          for (const limit of [1, 2, 3, 4, 5, 6, 7, 10]) {
            const found = await store.claimable({ ...query, limit, types: ["mail", "report"] });
            expect(ids(found)).toBe(order.slice(0, limit).join());
          }
        },
      ),
    );

    it(
      "follows a priority that is changed, and gives it with the job",
      withJobs([job("a"), job("b", { dueAt: 1 })], async (store) => {
        const raised = next(job("b", { dueAt: 1 }), { priority: 1, progress: 0.5, children: ["a"] });
        await store.swap(raised);
        expect(await store.claimable(query)).toEqual([raised, job("a")]);
        await store.swap(next(raised, { priority: -1 }));
        expect(ids(await store.claimable(query))).toBe("a,b");
        expect(ids(await store.list({ state: "pending", limit: 9 }))).toBe("a,b");
      }),
    );

    it(
      "gives jobs of these types, each once",
      withJobs([job("a"), job("b", { type: "report" }), job("c", { type: "Mail" })], async (store) => {
        expect(ids(await store.claimable(query))).toBe("a");
        expect(ids(await store.claimable({ ...query, types: ["report"] }))).toBe("b");
        expect(ids(await store.claimable({ ...query, types: ["mail", "report", "mail", "none"] }))).toBe(
          "a,b",
        );
        expect(ids(await store.claimable({ ...query, types: [] }))).toBe("");
      }),
    );

    it(
      "claims none of them: they are as they were, and asked again it gives the same",
      withJobs([job("a"), job("b", { dueAt: 1 })], async (store) => {
        const found = await store.claimable(query);
        expect(found).toEqual([job("a"), job("b", { dueAt: 1 })]);
        expect(await store.claimable(query)).toEqual(found);
      }),
    );

    it(
      "follows what is written: taken, given back, put off, ended",
      withJobs([job("a"), job("b", { dueAt: 1 })], async (store) => {
        const seen: string[] = [];
        let last = job("a");
        const steps: readonly Partial<JobRecord>[] = [
          { state: "running", leaseUntil: 150 },
          { state: "running", leaseUntil: 99 },
          { state: "pending", leaseUntil: 0, dueAt: 50 },
          { state: "failed", dueAt: 101 },
          { state: "failed", dueAt: 100 },
          { state: "completed" },
        ];
        for (const step of steps) {
          last = next(last, step);
          await store.swap(last);
          seen.push(ids(await store.claimable(query)));
        }
        expect(seen).toEqual(["b", "b,a", "b,a", "b", "b,a", "b"]);
      }),
    );
  });

  describe(`${name}: list`, () => {
    it(
      "gives the jobs in this state, those created first before the others, up to its limit",
      withJobs(
        STATES.flatMap((state) =>
          [3, 1, 2].map((createdAt) => job(`${state} ${createdAt}`, { state, createdAt })),
        ),
        async (store) => {
          for (const state of STATES) {
            expect(ids(await store.list({ state, limit: 9 }))).toBe(`${state} 1,${state} 2,${state} 3`);
            expect(ids(await store.list({ state, limit: 2 }))).toBe(`${state} 1,${state} 2`);
          }
        },
      ),
    );

    it(
      "follows what is written",
      withJobs([job("a")], async (store) => {
        await store.swap(next(job("a"), { state: "dead", error: "Error: no such address" }));
        expect(await store.list({ state: "pending", limit: 9 })).toEqual([]);
        expect(await store.list({ state: "dead", limit: 9 })).toEqual([await store.get("a")]);
      }),
    );
  });
}
