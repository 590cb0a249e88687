import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as turnIn } from "node:timers/promises";
import { rounds, tellCounts } from "@pattern-labs/testkit";
import { describeService, type RunningService, startService } from "@pattern-labs/testkit/service";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobContext } from "../contract.ts";
import { LeaseLostError } from "../given/errors.ts";
import { idOf, numbers, whenAllCompleted } from "./crashes.suite.ts";
import { type EngineError, type EngineQueue, openEngineQueue } from "./engine-queue.ts";
import { typeOf, whenIn } from "./testing/runs.ts";

const quick = { pollMs: 50, answerMs: 5_000 };
/** A port at which nobody listens: it is reserved, and no system gives it to anybody. */
const NOWHERE = "127.0.0.1:1";

for (const name of ["redis", "postgres"] as const) {
  describeService(name, `the engine on ${name}, whose server is away`, () => {
    let server: RunningService;
    beforeAll(async () => {
      server = await startService(name);
    });
    afterAll(() => server[Symbol.asyncDispose]());
    const own = () => ({ ...quick, url: server.url, name: `test-${randomUUID()}` });

    it("cannot be opened, and says where it was looked for", async () => {
      const error = await rejectionOf(
        openEngineQueue({ url: `${name}://me:secret@${NOWHERE}`, types: {}, ...quick }),
      );
      expect(error).toMatchObject({ name: "EngineError", host: NOWHERE });
      expect(error.message).toBe(
        `Cannot open queue "jobs": ${NOWHERE} must answer, and does not: connect ECONNREFUSED ${NOWHERE}`,
      );
    });

    it("cannot be opened where the server refuses it, and says who has asked for what", async () => {
      const url = new URL(server.url);
      url.username = "postgres"; // On Redis: another user than the one that is always there.
      url.password = "secret";
      url.pathname = "/99";
      const error = await rejectionOf(openEngineQueue({ url: url.href, types: {}, ...quick }));
      const asked = `Cannot open queue "jobs": postgres@${url.host}/99 must let it in, and refuses: `;
      const answer = { redis: /WRONGPASS/, postgres: /^database "99" does not exist$/ }[name];
      expect(error.message.startsWith(asked)).toBe(true);
      expect(error.message.slice(asked.length)).toMatch(answer);
    });

    it("cannot be opened where somebody hangs up on everybody", async () => {
      const rude = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
      await once(rude, "listening");
      const url = `${name}://127.0.0.1:${(rude.address() as AddressInfo).port}`;
      const error = await rejectionOf(openEngineQueue({ url, types: {}, answerMs: 100 }));
      expect(error.message).toMatch(
        /^Cannot open queue "jobs": 127\.0\.0\.1:\d+ must answer, and does not: /,
      );
      rude.close();
    });

    it("refuses calls meanwhile, and goes on by itself when it is back", async () => {
      const told = Promise.withResolvers<unknown>();
      const types = { mail: typeOf(() => "sent") };
      await using queue = await openEngineQueue({ ...own(), types, onError: told.resolve });
      queue.start();
      const before = await queue.enqueue("mail", 1);
      await whenIn(queue, before, "completed");
      await server.kill();
      expect(await told.promise).toMatchObject({ name: "EngineError", cause: expect.any(Error) });
      const error: EngineError = await rejectionOf(queue.enqueue("mail", 2));
      expect(error.name).toBe("EngineError");
      expect(error.message).toMatch(/^Cannot enqueue a job: 127\.0\.0\.1:\d+ has failed: /);
      await server.restart();
      const after = await untilStored(queue, 3);
      expect(await whenIn(queue, after, "completed")).toMatchObject({ attempts: 1, result: "sent" });
      expect(await queue.get(before)).toMatchObject({ state: "completed" });
    });

    it("stops in its time meanwhile, and what could not be ended is done later", async () => {
      const began = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const run = () => {
        began.resolve();
        return held.promise;
      };
      const short = { ...own(), leaseMs: 600 };
      const queue = await openEngineQueue({ ...short, types: { mail: typeOf(run) } });
      queue.start();
      const id = await queue.enqueue("mail", 1);
      await began.promise;
      await server.kill();
      held.resolve();
      await queue.stop({ deadlineMs: 200 });
      await queue.close();
      await server.restart();
      await using next = await openEngineQueue({ ...short, types: { mail: typeOf(() => "done") } });
      next.start();
      expect(await whenIn(next, id, "completed")).toMatchObject({ attempts: 1, crashes: 1, result: "done" });
    });

    it("loses nothing that it acknowledged, however often it is killed", async () => {
      const runs: string[] = [];
      let leasesLost = 0;
      const run = (_: unknown, { id, signal }: JobContext) => {
        runs.push(id);
        signal.addEventListener("abort", () => {
          if (signal.reason instanceof LeaseLostError) leasesLost += 1;
        });
      };
      const types = { mail: typeOf(run) };
      const options = { ...own(), types, leaseMs: 1_000, crashRetries: 100 };
      await using clerk = await openEngineQueue(options);
      await using worker = await openEngineQueue(options);
      worker.start();
      const kills = rounds(2, 20);
      const each = rounds(100, 500);
      for (const kill of numbers(0, kills - 1)) {
        const half = Promise.withResolvers<void>();
        let stored = 0;
        const storing = numbers(kill * each + 1, kill * each + each).map(async (n) => {
          await untilStored(clerk, n);
          stored += 1;
          if (stored > each * Math.random()) half.resolve();
        });
        await half.promise;
        await server.kill();
        await server.restart();
        await Promise.all(storing);
      }
      await untilStored(clerk, 1); // It is there again, though all may have been stored before the last kill.
      const all = numbers(1, kills * each);
      await whenAllCompleted(clerk, all);
      for (const state of ["pending", "failed", "running", "dead"] as const)
        expect(await clerk.list({ state, limit: 1 })).toEqual([]);
      expect(new Set(runs)).toEqual(new Set(all.map(idOf)));
      const twice = runs.length - all.length;
      expect(twice).toBeLessThanOrEqual(kills * 10 + leasesLost); // Ten were in flight.
      tellCounts(`${name}: server killed ${kills} times, ${all.length} jobs: 0 lost, ${twice} run again`);
    });
  });
}

/** Asks again until it is acknowledged: the id sees to it that there is one job. */
async function untilStored(queue: EngineQueue, n: number): Promise<string> {
  for (;;) {
    try {
      return await queue.enqueue("mail", n, { id: idOf(n) });
    } catch {
      await turnIn(20);
    }
  }
}

const rejectionOf = (promise: Promise<unknown>): Promise<EngineError> =>
  promise.then(
    () => Promise.reject(new Error("It was not rejected.")),
    (error: EngineError) => error,
  );
