import * as buggy from "./pool.buggy.ts";
import * as fixed from "./pool.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "wakes one parked worker at close, and leaves the others parked",
  kind: "leak",
  shows: [/pool\.buggy\.ts/],
  buggy,
  fixed,
  scenario:
    ({ createPool }) =>
    async (sim) => {
      const pool = createPool(3);
      for (const job of ["a", "b"]) pool.submit(() => sim.io(`job ${job}`));
      await sim.idle();
      await pool.close();
    },
});
