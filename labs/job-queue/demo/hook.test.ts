import { describe, expect, it } from "vitest";
import { Hook } from "./hook.ts";

const call = async ({ origin }: Hook, key: string) =>
  await fetch(origin, { method: "POST", headers: { "Idempotency-Key": key } }).then(
    ({ status }) => status,
    () => "lost",
  );

describe("Hook", () => {
  it("does once what it is asked with one key, and tells each time that it is done", async () => {
    await using hook = await Hook.open();
    await call(hook, "first"); // The answer to this one is lost.
    const statuses = [await call(hook, "a"), await call(hook, "a"), await call(hook, "b")];
    expect(statuses).toEqual([200, 200, 200]);
    expect([hook.calls, hook.repeated, [...hook.done]]).toEqual([4, 1, ["first", "a", "b"]]);
  });

  it("is busy now and then, and some of its answers are lost: what is asked again is done once", async () => {
    await using hook = await Hook.open();
    const first: (number | string)[] = [];
    for (let n = 1; n <= 60; n += 1) first.push(await call(hook, `${n}`));
    const told = (status: number | string) => first.flatMap((each, n) => (each === status ? [n + 1] : []));
    expect([told(503), told("lost")]).toEqual([
      [20, 40, 60],
      [1, 31],
    ]);
    expect([hook.busy, hook.lost, hook.done.size]).toEqual([3, 2, 57]); // Lost is the answer, not the effect.
    for (const n of [20, 40, 60, 1, 31]) expect(await call(hook, `${n}`)).toBe(200);
    expect([hook.done.size, hook.repeated]).toEqual([60, 2]);
  });
});
