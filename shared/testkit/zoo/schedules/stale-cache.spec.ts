import { guarantee } from "../../src/guarantee.ts";
import { specimen } from "./specimen.ts";
import * as buggy from "./stale-cache.buggy.ts";
import * as fixed from "./stale-cache.fixed.ts";

export default specimen({
  mistake: "fills a cache with what was read before the cache was invalidated",
  kind: "assertion",
  shows: [/reads 1/, /writer/],
  buggy,
  fixed,
  scenario:
    ({ createCache }) =>
    async (sim) => {
      let stored = 1;
      const cache = createCache({
        read: async () => {
          const value = await sim.io("query", () => stored);
          await sim.io("answer");
          return value;
        },
        write: (value) =>
          sim.io("write", () => {
            stored = value;
          }),
      });
      await Promise.all([sim.spawn("reader", () => cache.get()), sim.spawn("writer", () => cache.set(2))]);
      const value = await cache.get();
      guarantee(value === 2, {
        happened: `who reads after the write of 2 reads ${value}`,
        expected: "2 is read",
        why: "Until the entry expires everybody sees the old value.",
      });
    },
});
