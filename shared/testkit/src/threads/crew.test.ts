import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { Thread } from "./crew.ts";
import { LockStep } from "./run.ts";

/** Wakes whoever sleeps on the word, again and again, without a reason. */
const RATTLE = `
  const { turn, stop } = require("node:worker_threads").workerData;
  while (Atomics.load(stop, 0) === 0) Atomics.notify(turn, 0);
`;

it("is not misled by wake-ups of turns long past", async () => {
  const memory = { message: new SharedArrayBuffer(8), flag: new SharedArrayBuffer(4) };
  const module = new URL("../../zoo/threads/messages.ts", import.meta.url).href;
  const thread = new Thread({ module, body: "send", name: "Ann", memory });
  const { turn } = thread.mailbox;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const rattle = new Worker(RATTLE, { eval: true, workerData: { turn, stop } });
  try {
    await Promise.all([once(rattle, "online"), thread.ready()]);
    const regions = Object.entries(memory).map(([name, buffer]) => ({ name, buffer }));
    for (let round = 0; round < 200; round += 1) {
      const options = { choices: [], maxSteps: 100, patienceMs: 60_000 };
      const { steps } = await new LockStep([thread], regions, options).run();
      expect(steps.map(({ label }) => label)).toEqual([
        "starts",
        "writes message[0] ← 42",
        "store flag[0] ← 1",
        "notify flag[0]: 0",
        "ends",
      ]);
    }
  } finally {
    Atomics.store(stop, 0, 1);
    await Promise.all([thread.end(), rattle.terminate()]);
  }
});
