import type { Lab } from "cancellation/contract.ts";
import { race } from "../order/race.ts";

/** A query on a connection that is to be given back when nothing uses it any more. */
export default race<Lab>({
  title: "Given back while it is in use",
  story:
    "A request runs two queries on one connection, and gives that back at its end. When the client leaves, both queries are told to stop, and each needs a moment to do so. The connection may go back only when both have ended.",
  variant: "clean-up-while-tasks-run",
  lanes: ["query 1", "query 2", "connection"],
  events: ["query 1 ends", "query 2 ends", "the client leaves"],
  async play({ openScope }, { lane, happen }) {
    const queries = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const running = new Set<string>();
    let given: readonly string[] | undefined;
    const scope = openScope();
    lane("connection", "belongs to the request");
    scope.defer(
      async () => {
        given = [...running];
        lane(
          "connection",
          given.length === 0 ? "given back" : "given back in use",
          given.length === 0 ? "over" : "bad",
        );
      },
      { deadlineMs: 10_000 },
    );
    for (const [i, { promise }] of queries.entries()) {
      const name = `query ${i + 1}`;
      const query = scope.start(async ({ signal }) => {
        running.add(name);
        lane(name, "runs");
        signal.addEventListener("abort", () => running.has(name) && lane(name, "told, and stops", "waits"));
        await promise;
        running.delete(name);
        lane(name, "has ended", "over");
      });
      void query.catch(() => {});
    }
    const left = scope[Symbol.asyncDispose]();
    void left.catch(() => {});

    await happen(
      () => queries[0].resolve(),
      () => queries[1].resolve(),
      () => scope.cancel(new Error("the client has left")),
    );
    const inUse = given ?? [];
    return inUse.length > 0
      ? {
          isBad: true,
          text: `The connection went back to the pool while ${inUse.join(" and ")} still used it.`,
        }
      : { isBad: false, text: "The connection went back when both queries had ended." };
  },
});
