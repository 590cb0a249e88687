import { describe, expect, it } from "vitest";
import { createUnbounded } from "./unbounded.ts";

describe("createUnbounded", () => {
  it("takes all, and gives it back in order, to several loops", async () => {
    const buffer = createUnbounded<number>();
    const taken: number[] = [];
    const loops = [1, 2].map(async () => {
      for await (const event of buffer) taken.push(event);
    });
    for (let n = 1; n <= 100; n += 1) await buffer.offer(n);
    buffer.close();
    await Promise.all(loops);
    expect(taken).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  });

  it("counts", async () => {
    const buffer = createUnbounded<number>();
    for (let n = 1; n <= 3; n += 1) await buffer.offer(n);
    await buffer[Symbol.asyncIterator]().next();
    expect(buffer.counts()).toMatchObject({ offered: 3, delivered: 1, buffered: 2 });
  });
});
