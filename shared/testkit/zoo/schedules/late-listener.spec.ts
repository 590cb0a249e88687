import * as buggy from "./late-listener.buggy.ts";
import * as fixed from "./late-listener.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "listens to an event that may be over",
  kind: "stuck",
  shows: [/main waits for the connection/, /open/],
  buggy,
  fixed,
  scenario:
    ({ connect }) =>
    async (sim) => {
      const open = (socket: { emit(event: string): void }) => {
        void sim.io("open", () => socket.emit("open"));
      };
      await sim.waitFor(
        "the connection",
        connect(open, () => sim.io("log in")),
      );
    },
});
