import { setTimeout as sleep } from "node:timers/promises";
import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./idle-connection.buggy.ts";
import * as fixed from "./idle-connection.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "closes an idle connection under the hands of somebody who has come back",
  kind: "assertion",
  shows: [/closed during the query/, /★ timer of 1000 ms/],
  buggy,
  fixed,
  scenario:
    ({ createConnection }) =>
    async (sim) => {
      const connection = createConnection(() => sim.io("connect"), 1000);
      const query = async (alive: () => boolean) => {
        await sim.io("query");
        guarantee(alive(), {
          happened: "the connection was closed during the query",
          expected: "it is closed only when nobody uses it",
          why: "A query fails at random, about once in as many as there are idle moments.",
        });
      };
      await connection.use(query);
      await sleep(900);
      await connection.use(query);
    },
});
