import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./search.buggy.ts";
import * as fixed from "./search.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "shows whichever answer comes last",
  kind: "assertion",
  shows: [/shows "results for pat"/, /★ search patterns {2}← came before: main search pat {2}/],
  buggy,
  fixed,
  scenario:
    ({ createSearch }) =>
    async (sim) => {
      const search = createSearch((text) => sim.io(`search ${text}`, () => `results for ${text}`));
      await Promise.all([search.type("pat"), search.type("patterns")]);
      guarantee(search.shown() === "results for patterns", {
        happened: `the page shows "${search.shown()}"`,
        expected: 'it shows the answer to what was typed last, "patterns"',
        why: "The user sees results for something that he did not ask for.",
      });
    },
});
