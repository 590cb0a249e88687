import { setTimeout as sleep } from "node:timers/promises";
import * as buggy from "./debounce.buggy.ts";
import * as fixed from "./debounce.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "lets its timer fire after it was disposed of",
  kind: "uncaught error",
  shows: [/saved after the editor was closed/, /nobody can catch it/],
  buggy,
  fixed,
  scenario:
    ({ createAutosave }) =>
    async (sim) => {
      let closed = false;
      const save = () => {
        if (closed) throw new Error("saved after the editor was closed");
      };
      const autosave = createAutosave(save, 500);
      autosave.change();
      await sim.io("type");
      autosave.dispose();
      closed = true;
      await sleep(1000);
    },
});
