import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./double-fetch.buggy.ts";
import * as fixed from "./double-fetch.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "fills a cache by check, await, set",
  kind: "assertion",
  shows: [/fetched 2 times/],
  buggy,
  fixed,
  scenario:
    ({ createLoader }) =>
    async (sim) => {
      let fetches = 0;
      const loader = createLoader((key) => {
        fetches += 1;
        return sim.io(`fetch ${key}`, () => `page ${key}`);
      });
      await Promise.all([
        sim.spawn("Ann", () => loader.load("home")),
        sim.spawn("Bob", () => loader.load("home")),
      ]);
      guarantee(fetches === 1, {
        happened: `the page was fetched ${fetches} times`,
        expected: "it is fetched once, and both get it",
        why: "When a popular entry expires, a thousand requests hit the database at once.",
      });
    },
});
