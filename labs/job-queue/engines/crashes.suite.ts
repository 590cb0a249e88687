import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningProcess, rounds, startProcess, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { JobContext, JobQueue } from "../contract.ts";
import { makeTemporaryFolder } from "../stores/testing/temporary-folder.ts";
import { type Address, openAt, type ProcessOptions } from "./testing/process-options.ts";
import { HeldType, typeOf, whenIn } from "./testing/runs.ts";

const IN_FLIGHT = 10;

/** What holds when processes are killed, wherever the jobs are. Nothing is judged by how long it takes. */
export function describeCrashes(name: string, makeAddress: () => Promise<Address & AsyncDisposable>): void {
  describe("when processes die", () => {
    it("loses no job and parks none, however often the worker is killed", async () => {
      await using site = await openSite();
      const kills = rounds(2, 100);
      const all = numbers(1, rounds(200, 10_000));
      await enqueueAll(site.queue, all);
      let leasesLost = 0;
      for (const _ of numbers(1, kills)) {
        await using worker = await site.startWorker();
        await worker.line(new RegExp(`^${1 + Math.floor((Math.random() * all.length) / 2 / kills)} did `));
        worker.kill("SIGKILL");
        await worker.exit;
        leasesLost += leasesLostBy(worker);
      }
      await using last = await site.startWorker();
      await whenAllCompleted(site.queue, all);
      leasesLost += leasesLostBy(last);

      const runs = site.effects();
      expect(new Set(runs).size).toBe(all.length);
      expect(await site.queue.list({ state: "dead", limit: 1 })).toEqual([]);
      const twice = runs.length - all.length;
      expect(twice).toBeLessThanOrEqual(kills * IN_FLIGHT + leasesLost);
      tellCounts(
        `${name}: worker killed ${kills} times, ${all.length} jobs: 0 lost, 0 parked, ${twice} run again`,
      );
    });

    it("has each effect once, however often the producer is killed and asks again", async () => {
      await using site = await openSite({ leaseMs: LONG_MS });
      const kills = rounds(1, 100);
      const each = 100;
      for (const round of numbers(0, kills - 1)) {
        const [from, to] = [round * each + 1, (round + 1) * each];
        await using producer = await site.start("producer-process.ts", { from, to });
        await producer.line(new RegExp(`^stored ${from + Math.floor(Math.random() * each * 0.8)}$`));
        producer.kill("SIGKILL");
        await producer.exit;
        const stored = [...producer.stdout.matchAll(/^stored (\d+)$/gm)].map(([, n]) => `job-${n}`);
        for (const id of stored) expect(await site.queue.get(id)).toMatchObject({ state: "pending" });
        await enqueueAll(site.queue, numbers(from, to));
      }
      await using worker = await site.startWorker();
      await whenAllCompleted(site.queue, numbers(1, kills * each));
      expect(worker.stdout).not.toContain("error");
      expect(site.effects().toSorted()).toEqual(
        numbers(1, kills * each)
          .map(idOf)
          .toSorted(),
      );
      tellCounts(`${name}: producer killed ${kills} times, ${kills * each} jobs: 0 lost, 0 run twice`);
    });

    it("loses no job and does none twice when the worker is told to stop under load", async () => {
      await using site = await openSite({ leaseMs: LONG_MS });
      const stops = rounds(1, 50);
      const all = numbers(1, stops * 100);
      await enqueueAll(site.queue, all);
      for (const _ of numbers(1, stops)) {
        await using worker = await site.startWorker();
        await worker.line(new RegExp(`^${1 + Math.floor(Math.random() * 80)} did `));
        worker.kill("SIGTERM");
        expect(await worker.exit).toEqual({ code: 0, signal: null });
        expect(worker.stdout).not.toContain("error");
        expect(await site.queue.list({ state: "running", limit: 1 })).toEqual([]);
      }
      await using _last = await site.startWorker();
      await whenAllCompleted(site.queue, all);
      expect(site.effects().toSorted()).toEqual(all.map(idOf).toSorted());
      tellCounts(`${name}: worker told to stop ${stops} times, ${all.length} jobs: 0 lost, 0 run twice`);
    });

    it("gives a dead worker's job to another, and leaves alone what is renewed", async () => {
      // A machine that stands still for longer than the lease lets the living lose it, too. Then nothing is proven yet.
      for (let seconds: number | undefined; seconds === undefined; ) {
        seconds = await secondsUntilTakenAgain();
        if (seconds === undefined) continue;
        const lease = `with a lease of ${LEASE_MS / 1_000} s`;
        tellCounts(`${name}: taken again ${seconds.toFixed(1)} s after the kill, ${lease}`);
      }
    });

    /** Undefined if the machine stood still meanwhile. */
    async function secondsUntilTakenAgain(): Promise<number | undefined> {
      await using site = await openSite();
      const mail = new HeldType();
      const lives = await site.queue.enqueue("effect", 1);
      await using living = await site.open((payload, context) => mail.run(payload, context), 1);
      living.queue.start();
      const held = await mail.begun(1);
      await using worker = await site.startWorker();
      const id = await site.queue.enqueue("endless", 1);
      await worker.line(/^began/);
      worker.kill("SIGKILL");
      await worker.exit;
      const begin = performance.now();
      await using heir = await site.open((payload, context) => mail.run(payload, context), 1);
      heir.queue.start();
      const run = await mail.begun(2); // So the lease is over that was renewed last: that of the other ended before.
      const seconds = (performance.now() - begin) / 1_000;
      const stoodStill = held.context.signal.aborted;
      mail.release();
      if (stoodStill) return undefined;
      expect(run.context.id).toBe(id);
      expect(await whenIn(site.queue, id, "completed")).toMatchObject({ attempts: 1, crashes: 1 });
      expect(await whenIn(site.queue, lives, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
      expect(mail.runs.map(({ context }) => context.id)).toEqual([lives, id]);
      return seconds;
    }

    it("refuses the end of a worker whose loop stood still for longer than its lease", async () => {
      await using site = await openSite();
      await using worker = await site.startWorker();
      const id = await site.queue.enqueue("blocking", 1);
      await worker.line(/^began/);
      await using other = await site.open(() => "second");
      other.queue.start();
      const job = await whenIn(site.queue, id, "completed");
      expect(job).toMatchObject({ attempts: 1, crashes: 1, result: "second" });
      site.release();
      await worker.line(/^lost /);
      worker.kill("SIGTERM");
      expect(await worker.exit).toEqual({ code: 0, signal: null });
      expect(await site.queue.get(id)).toEqual(job);
    });

    it("buries a job that ends its workers, and forgives it all when it is replayed", async () => {
      await using site = await openSite({ crashRetries: 1 });
      const id = await site.queue.enqueue("poison", 1);
      for (const _ of numbers(1, 2)) {
        await using worker = await site.startWorker();
        expect(await worker.exit).toEqual({ code: null, signal: "SIGKILL" });
      }
      await using undertaker = await site.open(() => "mended");
      undertaker.queue.start();
      const error = "Its worker died, or lost its lease, 2 times";
      expect(await whenIn(site.queue, id, "dead")).toMatchObject({ crashes: 2, error });
      await undertaker.queue.stop({ deadlineMs: 60_000 });

      expect(await site.queue.replay(id)).toBe(true);
      expect(await site.queue.get(id)).toMatchObject({ state: "pending", attempts: 0, crashes: 0 });
      await using next = await site.open(() => "mended");
      next.queue.start();
      expect(await whenIn(site.queue, id, "completed")).toMatchObject({ attempts: 1, crashes: 0 });
    });
  });

  type Run = (payload: unknown, context: JobContext) => unknown;

  async function openSite({ leaseMs = LEASE_MS, crashRetries = 100 } = {}) {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await makeTemporaryFolder());
    const address = stack.use(await makeAddress());
    const [effects, release] = [join(folder.path, "effects"), join(folder.path, "release")];
    writeFileSync(effects, "");
    const lease = { leaseMs, pollMs: 50, crashRetries };
    const open = (run: Run, concurrency = 10) => {
      const types = ["effect", "endless", "blocking", "poison"].map((type) => [type, typeOf(run)]);
      return openAt(address, { ...lease, concurrency, types: Object.fromEntries(types) });
    };
    const { queue } = stack.use(await open(() => {}));
    const start = (program: string, more: Partial<ProcessOptions> = {}) => {
      const told = JSON.stringify({ address, effects, release, ...lease, ...more });
      return startProcess(process.execPath, [join(import.meta.dirname, "testing", program), told]);
    };
    const owned = stack.move();
    return {
      /** It does nothing itself. */
      queue,
      open,
      start,
      startWorker: () => start("worker-process.ts"),
      /** The jobs whose effects there are, in that order. */
      effects: () => readFileSync(effects, "utf8").split("\n").slice(0, -1),
      release: () => writeFileSync(release, ""),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }
}

/** For tests that wait until one is over, and for those in which none must ever be over. */
const LEASE_MS = rounds(600, 2_000);
const LONG_MS = 60_000;

export const idOf = (n: number): string => `job-${n}`;

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const leasesLostBy = ({ stdout }: RunningProcess): number => stdout.match(/^lost /gm)?.length ?? 0;

async function enqueueAll(queue: JobQueue, all: readonly number[]): Promise<void> {
  const rest = [...all].reverse();
  const caller = async () => {
    for (let n = rest.pop(); n !== undefined; n = rest.pop())
      await queue.enqueue("effect", n, { id: idOf(n) });
  };
  await Promise.all(numbers(1, 20).map(caller));
}

export async function whenAllCompleted(queue: JobQueue, all: readonly number[]): Promise<void> {
  for (const n of all) await whenIn(queue, idOf(n), "completed");
}
