import { expect, it } from "vitest";
import { scheduler, setImmediate, setInterval, setTimeout } from "./timers-promises.ts";

it("gives the value when the time has come", async () => {
  expect(await setTimeout(1, "value")).toBe("value");
  expect(await setImmediate("at once")).toBe("at once");
  await scheduler.yield();
});

it("repeats", async () => {
  const values: unknown[] = [];
  for await (const value of setInterval(1, "tick")) if (values.push(value) === 2) break;
  expect(values).toEqual(["tick", "tick"]);
});

it("rejects with the signal's reason, before and while it waits", async () => {
  const reason = { why: "enough" };
  await expect(setTimeout(1_000, 0, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = setTimeout(1_000_000, 0, { signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
