import { guarantee } from "../../src/guarantee.ts";
import { specimen } from "./specimen.ts";
import * as buggy from "./sum.buggy.ts";
import * as fixed from "./sum.fixed.ts";

export default specimen({
  mistake: "writes total += await …",
  kind: "assertion",
  shows: [/the sum is 30/, /ordinary order/],
  buggy,
  fixed,
  scenario:
    ({ sum }) =>
    async (sim) => {
      const sizes: Record<string, number> = { a: 10, b: 20, c: 30 };
      const total = await sum(["a", "b", "c"], (url) => sim.io(`HEAD ${url}`, () => sizes[url] as number));
      guarantee(total === 60, {
        happened: `the sum is ${total}`,
        expected: "the sum is 60",
        why: "All but the last addition are lost.",
      });
    },
});
