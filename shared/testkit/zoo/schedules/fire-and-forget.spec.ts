import * as buggy from "./fire-and-forget.buggy.ts";
import * as fixed from "./fire-and-forget.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "starts a task and lets go of its promise",
  kind: "unhandled rejection",
  shows: [/nobody handles it/, /the log server is down/, /★ the log server: down/],
  buggy,
  fixed,
  scenario:
    ({ createAudit }) =>
    async (sim) => {
      const audit = createAudit((line) =>
        sim.io(`send ${line}`, () => {
          if (sim.choose("the log server", ["up", "down"]) === "down")
            throw new Error("the log server is down");
        }),
      );
      audit.record("login");
      await sim.io("answer the request");
    },
});
