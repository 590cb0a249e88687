import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./reconnect.buggy.ts";
import * as fixed from "./reconnect.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "takes a snapshot first and subscribes afterwards",
  kind: "assertion",
  shows: [/the copy says 1/, /★/],
  buggy,
  fixed,
  scenario:
    ({ createCopy }) =>
    async (sim) => {
      let stored = 1;
      let notify = (_value: number) => {};
      const copy = createCopy({
        snapshot: () => sim.io("snapshot", () => stored),
        subscribe: (onChange) =>
          sim.io("subscribe", () => {
            notify = onChange;
          }),
      });
      const write = () =>
        sim.io("write 2", () => {
          stored = 2;
          notify(2);
        });
      await Promise.all([sim.spawn("client", () => copy.reconnect()), sim.spawn("writer", write)]);
      guarantee(copy.value() === 2, {
        happened: `the copy says ${copy.value()}, the server 2`,
        expected: "after a reconnect the copy catches up",
        why: "The user does not see what he has just written.",
      });
    },
});
