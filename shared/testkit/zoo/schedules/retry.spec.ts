import { getEventListeners } from "node:events";
import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./retry.buggy.ts";
import * as fixed from "./retry.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "leaves an abort listener behind for each pause",
  kind: "assertion",
  shows: [/2 listeners/, /timer of 400 ms/],
  buggy,
  fixed,
  options: { leaks: false },
  scenario:
    ({ retry }) =>
    async (sim) => {
      const controller = new AbortController();
      let calls = 0;
      const flaky = async () => {
        await sim.io("call");
        calls += 1;
        if (calls < 3) throw new Error("flaky");
      };
      sim.anytime("abort", () => controller.abort(new Error("the user has left")));
      await retry(flaky, 4, controller.signal).catch(() => {});
      const left = getEventListeners(controller.signal, "abort").length;
      guarantee(left === 0, {
        happened: `${left} listeners were left on the signal`,
        expected: "none is left",
        why: "The signal of a server lives as long as the server: the listeners pile up.",
      });
    },
});
