import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./once.buggy.ts";
import * as fixed from "./once.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "remembers a failed initialisation for ever",
  kind: "assertion",
  shows: [/the second call failed, too/, /★ the database: down/],
  buggy,
  fixed,
  scenario:
    ({ once }) =>
    async (sim) => {
      let connects = 0;
      const connection = once(async () => {
        connects += 1;
        await sim.io("connect");
        const first = connects === 1;
        if (first && sim.choose("the database", ["up", "down"]) === "down") throw new Error("refused");
      });
      await connection().catch(() => {});
      const second = await connection().then(
        () => true,
        () => false,
      );
      guarantee(second, {
        happened: "the second call failed, too, though the database was up again",
        expected: "a failed initialisation is tried again at the next call",
        why: "One hiccup at the start, and the service fails until somebody restarts it.",
      });
    },
});
