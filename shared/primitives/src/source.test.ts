import { describe, expect, it, vi } from "vitest";
import { Source } from "./source.ts";

function iterable(results: (IteratorResult<number> | Error)[]) {
  const close = vi.fn(async () => ({ done: true as const, value: undefined }));
  const next = vi.fn(async (): Promise<IteratorResult<number>> => {
    const result = results.shift() ?? { done: true, value: undefined };
    if (result instanceof Error) throw result;
    return result;
  });
  const open = vi.fn(() => ({ next, return: close }));
  return { open, next, close, [Symbol.asyncIterator]: open };
}

describe("Source", () => {
  it("opens the iterable with the first `next`, and once", async () => {
    const numbers = iterable([{ done: false, value: 1 }]);
    const source = new Source(numbers);
    expect(numbers.open).not.toHaveBeenCalled();
    expect(await source.next()).toEqual({ done: false, value: 1 });
    expect(await source.next()).toEqual({ done: true, value: undefined });
    expect(numbers.open).toHaveBeenCalledOnce();
  });

  it("closes once, and then is at its end", async () => {
    const numbers = iterable([{ done: false, value: 1 }]);
    const source = new Source(numbers);
    await source.next();
    expect(source.ended).toBe(false);
    await source.close();
    await source.close();
    source.abandon();
    expect(numbers.close).toHaveBeenCalledOnce();
    expect(source.ended).toBe(true);
    expect(await source.next()).toEqual({ done: true, value: undefined });
    expect(numbers.next).toHaveBeenCalledOnce();
  });

  it("does not close what has ended, has failed or was never opened", async () => {
    const ended = iterable([]);
    const failed = iterable([new Error("disk full")]);
    const unopened = iterable([]);
    const sources = [new Source(ended), new Source(failed), new Source(unopened)];
    await sources[0]?.next();
    await expect(sources[1]?.next()).rejects.toThrow("disk full");
    for (const source of sources) await source.close();
    for (const { close } of [ended, failed, unopened]) expect(close).not.toHaveBeenCalled();
  });

  it("throws what closing throws; when it is abandoned, nobody is told", async () => {
    const bad = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: 1 }),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    });
    const closed = new Source(bad());
    await closed.next();
    await expect(closed.close()).rejects.toThrow("cannot close");
    const abandoned = new Source(bad());
    await abandoned.next();
    abandoned.abandon();
    await new Promise(setImmediate); // An unhandled rejection would fail the run.
  });
});
