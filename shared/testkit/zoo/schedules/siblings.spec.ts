import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./siblings.buggy.ts";
import * as fixed from "./siblings.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "rejects while its siblings still run",
  kind: "assertion",
  shows: [/1 file was written after the folder had been removed/],
  buggy,
  fixed,
  scenario:
    ({ copyAll }) =>
    async (sim) => {
      let removed = false;
      let late = 0;
      const copy = (file: string) =>
        sim.io(`copy ${file}`, () => {
          if (removed) late += 1;
          if (file === "a") throw new Error("disk full");
        });
      await copyAll(["a", "b"], copy).catch(() => {
        removed = true;
      });
      await sim.idle();
      guarantee(late === 0, {
        happened: `${late} file was written after the folder had been removed`,
        expected: "nothing is written once the copying has failed and been cleaned up",
        why: "What was cleaned up comes back, and nobody owns it.",
      });
    },
});
