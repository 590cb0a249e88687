import { describe, expect, it } from "vitest";
import type { JobRecord, State } from "../contract.ts";
import { describeSearches } from "./searches.suite.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { type OpenStore, STATES, storeWith } from "./testing/store-under-test.ts";

/** What the contract says of a store, sentence by sentence. */
export function describeJobStore(name: string, open: OpenStore): void {
  const withJobs = storeWith(open);

  describe(`${name}: insert`, () => {
    it(
      "stores a new job",
      withJobs([job("a")], async (store) => {
        expect(await store.get("a")).toEqual(job("a"));
      }),
    );

    it(
      "is false if there is one of this id, and changes nothing, whatever became of that one",
      withJobs([job("a"), job("b"), job("c")], async (store) => {
        const ended = next(job("b"), { state: "completed", result: 7 });
        await store.swap(ended);
        for (const id of ["a", "b"]) {
          expect(await store.insert(job(id, { payload: "other", version: 9, state: "dead" }))).toBe(false);
        }
        expect(await store.get("a")).toEqual(job("a"));
        expect(await store.get("b")).toEqual(ended);
        expect(ids(await store.list({ state: "pending", limit: 9 }))).toBe("a,c");
      }),
    );

    it(
      "is true for one of many that insert the same id at once",
      withJobs([], async (store) => {
        const asked = Array.from({ length: 50 }, (_, n) => store.insert(job("a", { payload: n })));
        const answers = await Promise.all(asked);
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect((await store.get("a"))?.payload).toBe(answers.indexOf(true));
      }),
    );

    it(
      "copies the record on its way in",
      withJobs([], async (store) => {
        const payload = { to: ["x"] };
        const inserted = store.insert(job("a", { payload }));
        payload.to.push("y");
        await inserted;
        payload.to.push("z");
        expect((await store.get("a"))?.payload).toEqual({ to: ["x"] });
      }),
    );
  });

  describe(`${name}: get`, () => {
    it(
      "is undefined if there is none of this id",
      withJobs([job("a")], async (store) => {
        for (const id of ["", "A", "a ", "b"]) expect(await store.get(id)).toBeUndefined();
      }),
    );

    it(
      "gives every field as it was stored, in every state",
      withJobs(STATES.map(whole), async (store) => {
        for (const state of STATES) expect(await store.get(state)).toEqual(whole(state));
      }),
    );

    it(
      "tells null, false, 0 and nothing apart",
      withJobs([], async (store) => {
        const values = [null, false, 0, "", [], {}, undefined];
        for (const [n, value] of values.entries()) {
          await store.insert(job(`${n}`, { payload: value, state: "completed", result: value }));
          const stored = await store.get(`${n}`);
          expect(stored?.payload).toEqual(value);
          expect(stored?.result).toEqual(value);
        }
        expect(await store.get("6")).toEqual(job("6", { payload: undefined, state: "completed" }));
      }),
    );

    it(
      "tells a priority of 0, progress that is null and no children from none, and adds none",
      withJobs([], async (store) => {
        const bare = job("bare");
        const zero = job("zero", { priority: 0, progress: null, children: [] });
        for (const each of [bare, zero]) {
          await store.insert(each);
          expect(await store.get(each.id)).toStrictEqual(each);
        }
        for (const progress of [false, 0, "", [], {}, 0.5]) {
          await store.insert(job(JSON.stringify(progress), { progress }));
          expect((await store.get(JSON.stringify(progress)))?.progress).toStrictEqual(progress);
        }
      }),
    );

    it(
      "takes any text for an id and a type",
      withJobs([], async (store) => {
        const texts = ["", " ", "'; DROP TABLE jobs; --", "__proto__", "a\0b", "a\0c", "é", "e\u0301", "🙂"];
        for (const text of texts) {
          expect(await store.insert(job(text, { type: text, payload: text }))).toBe(true);
        }
        for (const text of texts) {
          expect(await store.get(text)).toEqual(job(text, { type: text, payload: text }));
          expect(await store.claimable({ now: 0, limit: 9, types: [text] })).toHaveLength(1);
        }
      }),
    );

    it(
      "copies the record on its way out",
      withJobs([job("a")], async (store) => {
        const [first, listed] = [await store.get("a"), await store.list({ state: "pending", limit: 1 })];
        const claimable = await store.claimable({ now: 0, limit: 1, types: ["mail"] });
        for (const copy of [first, listed[0], claimable[0]]) Object.assign(copy ?? {}, { type: "other" });
        expect(await store.get("a")).toEqual(job("a"));
      }),
    );
  });

  describe(`${name}: swap`, () => {
    it(
      "stores all of next if the stored version is one less",
      withJobs([job("a"), job("b")], async (store) => {
        for (const [n, state] of STATES.entries()) {
          const written = { ...whole(state), id: "a", version: n + 2 };
          expect(await store.swap(written)).toBe(true);
          expect(await store.get("a")).toEqual(written);
        }
        expect(await store.get("b")).toEqual(job("b"));
      }),
    );

    it(
      "sets priority, progress and children, and takes them away again",
      withJobs([job("a")], async (store) => {
        const extended = next(job("a"), { priority: 1, progress: { percent: 2 }, children: ["b", "c"] });
        const bare = job("a", { version: 3 });
        for (const written of [extended, bare]) {
          expect(await store.swap(written)).toBe(true);
          expect(await store.get("a")).toStrictEqual(written);
        }
      }),
    );

    it(
      "is false for any other version, or without such a job, and changes nothing",
      withJobs([job("a", { version: 5 })], async (store) => {
        for (const version of [1, 4, 5, 7]) {
          expect(await store.swap(job("a", { version, state: "dead" }))).toBe(false);
        }
        expect(await store.swap(job("b", { version: 1 }))).toBe(false);
        expect(await store.swap(job("b", { version: 6 }))).toBe(false);
        expect(await store.get("a")).toEqual(job("a", { version: 5 }));
        expect(await store.get("b")).toBeUndefined();
      }),
    );

    it(
      "lets one of many win that swap at once, time after time",
      withJobs([job("a")], async (store) => {
        for (let version = 2; version < 6; version += 1) {
          const tried = Array.from({ length: 20 }, (_, n) =>
            store.swap(job("a", { version, leaseId: `${n}` })),
          );
          const answers = await Promise.all(tried);
          expect(answers.filter(Boolean)).toHaveLength(1);
          expect((await store.get("a"))?.leaseId).toBe(`${answers.indexOf(true)}`);
        }
      }),
    );
  });

  describeSearches(name, open);
}

/** No two numbers are the same, so that none can stand for another. */
const whole = (state: State): JobRecord => ({
  id: state,
  type: "report",
  payload: {
    deep: [{ text: 'ünï "quoted" \u2028 \0', list: [1, -2.5, 1e300, true, null] }],
    ["__proto__"]: 1,
  },
  state,
  attempts: 1,
  crashes: 2,
  version: 3,
  dueAt: 4.25,
  leaseUntil: 1_800_000_000_005,
  leaseId: "lease 6",
  createdAt: 1_700_000_000_007,
  updatedAt: 1_700_000_000_008,
  priority: -10.5,
  progress: { done: 11, of: [12, null, "ünï"] },
  children: ["child 13", "", "'"],
  ...(state === "completed" && { result: { sent: ["a", { at: 9 }] } }),
  ...((state === "failed" || state === "dead") && { error: "TypeError: no" }),
});
