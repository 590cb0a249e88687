import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Job, JobContext, JobQueue } from "../contract.ts";
import type { AnyOptions, AnyQueue, JobsPlace } from "./testing/jobs-place.ts";
import { HeldType, typeOf, whenIn } from "./testing/runs.ts";

const PATIENCE = { deadlineMs: 60_000 };

/** What holds for every queue, wherever its jobs are. No property looks at a clock: each waits for what must come. */
export function describeConformance(makePlace: () => Promise<JobsPlace>): void {
  /** Retries come at once, and whoever looks for jobs does so often. */
  const quick = { baseDelayMs: 1, maxDelayMs: 1, pollMs: 25 };

  async function one(options: AnyOptions): Promise<{ readonly queue: AnyQueue } & AsyncDisposable> {
    const place = await makePlace();
    const queue = await place.open({ ...quick, ...options });
    return { queue, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
  }

  describe("conformance", () => {
    it("does each job once, whoever has enqueued it, before the start or after", async () => {
      await using place = await makePlace();
      const done: unknown[] = [];
      const types = { mail: typeOf((n) => done.push(n)) };
      const ann = await place.open({ ...quick, types });
      const bob = await place.open({ ...quick, types });
      const clerk = await place.open({ ...quick, types });
      const early = await Promise.all(numbers(1, 100).map((n) => clerk.enqueue("mail", n)));
      ann.start();
      bob.start();
      const late = await Promise.all(numbers(101, 200).map((n) => clerk.enqueue("mail", n)));
      for (const id of [...early, ...late]) await whenIn(clerk, id, "completed");
      expect(done.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(1, 200));
      expect(new Set([...early, ...late]).size).toBe(200);
    });

    it("tells of a job by its id: pending, running, completed with its result", async () => {
      const mail = new HeldType();
      await using opened = await one({ types: { mail } });
      const { queue } = opened;
      const id = await queue.enqueue("mail", { to: "Ann" });
      expect(await queue.get(id)).toMatchObject({ id, type: "mail", payload: { to: "Ann" }, ...untouched });
      expect(await ids(queue, "pending")).toEqual([id]);
      queue.start();
      const run = await mail.begun(1);
      expect(run.context).toMatchObject({ id, attempt: 1 });
      expect(await queue.get(id)).toMatchObject({ state: "running", attempts: 0, crashes: 0 });
      expect(await ids(queue, "running")).toEqual([id]);
      run.succeed({ sent: ["žluťoučký 🐎", null] });
      const job = await whenIn(queue, id, "completed");
      expect(job).toMatchObject({ attempts: 1, crashes: 0, result: { sent: ["žluťoučký 🐎", null] } });
      expect(job.error).toBe(undefined);
      expect(await ids(queue, "completed")).toEqual([id]);
      expect([await ids(queue, "pending"), await ids(queue, "running")]).toEqual([[], []]);
      expect(await queue.get("nobody")).toBe(undefined);
    });

    it("gives the handler what was enqueued, as a copy of its own", async () => {
      const payloads = [undefined, null, 0, "", false, [], { b: 1, a: [{ text: "\0 \u{1f40e} \\ %s" }] }];
      const got: unknown[] = [];
      const spoil = (payload: unknown) => {
        got.push(structuredClone(payload));
        if (typeof payload === "object" && payload !== null) Reflect.set(payload, "spoilt", true);
      };
      await using opened = await one({ types: { mail: typeOf(spoil) }, concurrency: 1 });
      const { queue } = opened;
      queue.start();
      for (const payload of payloads) {
        const id = await queue.enqueue("mail", payload);
        expect((await whenIn(queue, id, "completed")).payload).toEqual(payload);
      }
      expect(got).toEqual(payloads);
      expect(Object.keys(got.at(-1) as object)).toEqual(["b", "a"]);
    });

    it("refuses at the door: nothing is stored", async () => {
      const schema = {
        parse: (payload: unknown) => {
          if (typeof payload === "string") return payload.trim();
          throw new TypeError("payload must be a string");
        },
      };
      await using opened = await one({ types: { mail: { schema, run: async () => {} } } });
      const { queue } = opened;
      await expect(queue.enqueue("post", "a")).rejects.toMatchObject({ name: "UnknownTypeError" });
      await expect(queue.enqueue("toString", "a")).rejects.toMatchObject({ name: "UnknownTypeError" });
      await expect(queue.enqueue("mail", 1)).rejects.toThrow("payload must be a string");
      await expect(queue.enqueue("mail", "a", { delayMs: -1 })).rejects.toThrow(RangeError);
      await expect(queue.enqueue("mail", "a", { priority: Number.NaN })).rejects.toThrow(RangeError);
      expect(await ids(queue, "pending")).toEqual([]);
      const id = await queue.enqueue("mail", " a ");
      expect((await queue.get(id))?.payload).toBe("a");
    });

    it("tries again what fails, and counts the attempts", async () => {
      const attempts: unknown[] = [];
      const run = (_: unknown, { attempt }: JobContext) => {
        attempts.push(attempt);
        if (attempt < 3) throw new TypeError(`busy ${attempt}`);
        return "sent";
      };
      await using opened = await one({ types: { mail: typeOf(run) } });
      opened.queue.start();
      const id = await opened.queue.enqueue("mail", 1);
      const job = await whenIn(opened.queue, id, "completed");
      expect(job).toMatchObject({ attempts: 3, crashes: 0, result: "sent" });
      expect(job.error).toBe(undefined);
      expect(attempts).toEqual([1, 2, 3]);
    });

    it("a job that waits for its retry is failed, holds no place, and is told with its error", async () => {
      const run = (payload: unknown) => {
        if (payload === "bad") throw new TypeError("busy");
      };
      const hour = { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000, random: () => 0.99, concurrency: 1 };
      await using opened = await one({ types: { mail: typeOf(run) }, ...hour });
      const { queue } = opened;
      queue.start();
      const bad = await queue.enqueue("mail", "bad");
      const good = await queue.enqueue("mail", "good");
      await whenIn(queue, good, "completed");
      expect(await whenIn(queue, bad, "failed")).toMatchObject({ attempts: 1, error: "TypeError: busy" });
      expect(await ids(queue, "failed")).toEqual([bad]);
      expect(await ids(queue, "pending")).toEqual([]);
    });

    it("buries what has no retry left, or a permanent error, with the error as a text", async () => {
      let runs = 0;
      const run = (thrown: unknown) => {
        runs += 1;
        throw thrown === "permanent" ? new RangeError("never") : thrown;
      };
      const isPermanent = (error: unknown) => error instanceof RangeError;
      await using opened = await one({ types: { mail: typeOf(run) }, retries: 2, isPermanent });
      const { queue } = opened;
      queue.start();
      const expected = [
        { thrown: "permanent", attempts: 1, error: "RangeError: never" },
        { thrown: "a text", attempts: 3, error: "'a text'" },
        { thrown: { code: 7, nul: "\0" }, attempts: 3, error: expect.stringContaining("code: 7") },
        { thrown: null, attempts: 3, error: "null" },
      ];
      for (const { thrown, attempts, error } of expected) {
        const id = await queue.enqueue("mail", thrown);
        expect(await whenIn(queue, id, "dead")).toMatchObject({ attempts, error });
      }
      expect(await ids(queue, "dead")).toHaveLength(4);
      expect(await queue.list({ state: "dead", limit: 3 })).toHaveLength(3);
      expect(runs).toBe(10);
    });

    it("makes a dead job young again; of several who do that one is told true", async () => {
      let isMended = false;
      const run = () => {
        if (!isMended) throw new Error("broken");
      };
      await using opened = await one({ types: { mail: typeOf(run) }, retries: 1 });
      const { queue } = opened;
      queue.start();
      const id = await queue.enqueue("mail", 1);
      await whenIn(queue, id, "dead");
      expect(await queue.replay(id)).toBe(true);
      await whenIn(queue, id, "dead"); // Its attempts begin anew, and end again.
      isMended = true;
      const told = await Promise.all(numbers(1, 5).map(() => queue.replay(id)));
      expect(told.filter(Boolean)).toEqual([true]);
      expect(await whenIn(queue, id, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
      expect(await queue.replay(id)).toBe(false);
      expect(await queue.replay("nobody")).toBe(false);
      expect(await ids(queue, "dead")).toEqual([]);
    });

    it("has an effect once for an id, and for a key, however many ask for it at the same time", async () => {
      await using place = await makePlace();
      const done: unknown[] = [];
      const types = { mail: typeOf((payload) => done.push(payload)), post: typeOf(() => {}) };
      const clerks = await Promise.all(numbers(1, 3).map(() => place.open({ ...quick, types })));
      const all = <T>(ask: (clerk: JobQueue, n: number) => Promise<T>) =>
        Promise.all(numbers(0, 8).map((n) => ask(clerks[n % 3] as JobQueue, n)));
      const strange = ["7", "a:b", "wait", "žluťoučký/%20 🐎", ""];
      for (const id of strange) {
        expect(await all((clerk) => clerk.enqueue("mail", { id }, { id }))).toEqual(
          numbers(0, 8).map(() => id),
        );
      }
      const keyed = await all((clerk) => clerk.enqueue("mail", { a: 1, b: 2 }, { key: "order 7" }));
      expect(new Set(keyed).size).toBe(1);

      const [clerk] = clerks as [AnyQueue];
      clerk.start();
      for (const id of [...strange, String(keyed[0])]) await whenIn(clerk, id, "completed");
      expect(await clerk.enqueue("mail", { b: 2, a: 1 }, { key: "order 7" })).toBe(keyed[0]);
      expect(await clerk.enqueue("mail", "other", { id: "7" })).toBe("7");
      const conflict = { name: "KeyConflictError" };
      await expect(clerk.enqueue("mail", { a: 2 }, { key: "order 7" })).rejects.toMatchObject(conflict);
      await expect(clerk.enqueue("post", { a: 1, b: 2 }, { key: "order 7" })).rejects.toMatchObject(conflict);
      await clerk.stop(PATIENCE);
      expect(done).toHaveLength(6);
    });

    it("does not begin what was cancelled while it waited; what has ended stays as it is", async () => {
      const done: unknown[] = [];
      await using opened = await one({ types: { mail: typeOf((n) => done.push(n)) }, concurrency: 1 });
      const { queue } = opened;
      const [unwanted, wanted] = [await queue.enqueue("mail", 1), await queue.enqueue("mail", 2)];
      expect(await queue.cancel(unwanted)).toBe(true);
      expect(await ids(queue, "pending")).toEqual([wanted]);
      queue.start();
      const job = await whenIn(queue, wanted, "completed");
      expect(await queue.cancel(wanted)).toBe(false);
      expect(await queue.get(wanted)).toEqual(job);
      expect(await queue.cancel("nobody")).toBe(false);
      // An engine forgets it.
      expect(["cancelled", undefined]).toContain((await queue.get(unwanted))?.state);
      expect(done).toEqual([2]);
    });

    it("does as many at once as it may, of all types together, and never more", async () => {
      const [mail, post] = [new HeldType(), new HeldType()];
      await using opened = await one({ types: { mail, post } });
      const { queue } = opened;
      const all = await Promise.all(numbers(1, 40).map((n) => queue.enqueue(n % 2 ? "mail" : "post", n)));
      queue.start();
      const ended = new Set<unknown>();
      while (ended.size < 40) {
        const running = [...mail.runs, ...post.runs].filter((run) => !ended.has(run));
        expect(running.length).toBeLessThanOrEqual(10);
        if (running.length === Math.min(10, 40 - ended.size)) {
          for (const run of running.slice(0, 7)) {
            ended.add(run);
            run.succeed();
          }
        }
        await turn();
      }
      for (const id of all) await whenIn(queue, id, "completed");
    });

    it("begins those of a higher priority first, then who has waited for longest", async () => {
      const done: unknown[] = [];
      await using opened = await one({ types: { mail: typeOf((n) => done.push(n)) }, concurrency: 1 });
      const { queue } = opened;
      const priorities = [0, -5, 7, 0, 7, -5, 100_000];
      for (const [n, priority] of priorities.entries()) await queue.enqueue("mail", n, { priority });
      const last = await queue.enqueue("mail", "last", { priority: -100_000 });
      queue.start();
      expect((await whenIn(queue, last, "completed")).priority).toBe(-100_000);
      expect(done).toEqual([6, 2, 4, 0, 3, 1, 5, "last"]);
    });

    it("leaves jobs of other types to queues that have them", async () => {
      await using place = await makePlace();
      const did: string[] = [];
      const type = (name: string) => typeOf((n) => did.push(`${name} ${n}`));
      const ann = await place.open({ ...quick, types: { mail: type("Ann") } });
      const bob = await place.open({ ...quick, types: { post: type("Bob") } });
      const letters = await Promise.all(numbers(1, 3).map((n) => bob.enqueue("post", n)));
      const mails = await Promise.all(numbers(1, 3).map((n) => ann.enqueue("mail", n)));
      ann.start();
      for (const id of mails) await whenIn(ann, id, "completed");
      bob.start();
      for (const id of letters)
        expect(await whenIn(bob, id, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
      expect(did.toSorted()).toEqual(["Ann 1", "Ann 2", "Ann 3", "Bob 1", "Bob 2", "Bob 3"]);
    });

    it("stops: what runs is finished, nothing is begun, and another queue does the rest", async () => {
      await using place = await makePlace();
      const mail = new HeldType();
      const queue = await place.open({ ...quick, types: { mail }, concurrency: 3 });
      const all = await Promise.all(numbers(1, 10).map((n) => queue.enqueue("mail", n)));
      queue.start();
      const running = [await mail.begun(1), await mail.begun(2), await mail.begun(3)];
      const stopped = queue.stop(PATIENCE);
      for (const run of running) run.succeed();
      await stopped;
      expect(mail.runs).toHaveLength(3);
      expect(() => queue.start()).toThrow("The queue is stopped");
      expect(await ids(queue, "completed")).toHaveLength(3);
      expect(await ids(queue, "pending")).toHaveLength(7);

      const next = await place.open({ ...quick, types: { mail: typeOf(() => {}) } });
      next.start();
      for (const id of all)
        expect(await whenIn(next, id, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
    });

    it("begins nothing from the call of stop on, whenever that comes, and gives back what it has only claimed", async () => {
      await using place = await makePlace();
      let isStopping = false;
      const tooLate: unknown[] = [];
      const types = { mail: typeOf((n) => isStopping && tooLate.push(n)) };
      const clerk = await place.open({ ...quick, types });
      const all = await Promise.all(numbers(1, 40).map((n) => clerk.enqueue("mail", n)));
      for (const turns of numbers(0, 6)) {
        isStopping = false;
        const queue = await place.open({ ...quick, types, concurrency: 2 });
        queue.start();
        for (const _ of numbers(1, turns)) await turn();
        isStopping = true;
        await queue.stop(PATIENCE);
        expect(await ids(clerk, "running")).toEqual([]);
      }
      isStopping = false;
      clerk.start();
      for (const id of all)
        expect(await whenIn(clerk, id, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
      expect(tooLate).toEqual([]);
    });

    it("gives back what is told that it stops, and throws: no attempt is spent", async () => {
      await using place = await makePlace();
      const run = async (_: unknown, { signal }: JobContext) => {
        began.resolve();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      };
      const began = Promise.withResolvers<void>();
      const queue = await place.open({ ...quick, types: { mail: typeOf(run) } });
      queue.start();
      const id = await queue.enqueue("mail", 1);
      await began.promise;
      await queue.stop({ ...PATIENCE, graceMs: PATIENCE.deadlineMs });
      expect(await queue.get(id)).toMatchObject({ state: "pending", attempts: 0, crashes: 0 });

      const next = await place.open({ ...quick, types: { mail: typeOf(() => "done") } });
      next.start();
      expect(await whenIn(next, id, "completed")).toMatchObject({ attempts: 1, crashes: 0, result: "done" });
    });
  });
}

const untouched = { state: "pending", attempts: 0, crashes: 0 };

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const ids = async (queue: JobQueue, state: Job["state"]): Promise<string[]> =>
  (await queue.list({ state, limit: 1_000 })).map(({ id }) => id);
