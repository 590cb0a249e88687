import type { Lab } from "http-fanout/contract.ts";
import { race } from "../order/race.ts";

/** One call for two who ask for the same. */
export default race<Lab>({
  title: "Whose call is it?",
  story:
    "Ann has asked a service, and the call is under way. Bob asks for the same and shares it. Ann may leave before the answer is there. Whoever stays must get it.",
  variant: "first-cancels-all",
  lanes: ["the call", "Ann", "Bob"],
  events: ["Bob asks", "the service answers", "Ann leaves"],
  async play({ coalesce }, { lane, happen, settled }) {
    if (coalesce === undefined) throw new Error("This answer has no coalesce");
    const answer = Promise.withResolvers<string>();
    const shared = coalesce(
      async (_, { signal }) => {
        lane("the call", "under way");
        const cancelled = new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
        try {
          const text = await Promise.race([answer.promise, cancelled]);
          lane("the call", "answered", "over");
          return text;
        } catch (error) {
          lane("the call", "cancelled", "over");
          throw error;
        }
      },
      { callTimeoutMs: 60_000 },
    );
    const leaves = new AbortController();
    let isLet = false;
    async function ask(name: string, signal: AbortSignal): Promise<void> {
      lane(name, "waits", "waits");
      try {
        await shared("prices", { signal, deadline: performance.now() + 60_000 });
        lane(name, "has the answer", "over");
      } catch {
        isLet ||= !signal.aborted;
        lane(name, signal.aborted ? "has left" : "let down", signal.aborted ? "over" : "bad");
      }
    }
    void ask("Ann", leaves.signal);
    await settled();
    await happen(
      () => void ask("Bob", new AbortController().signal),
      () => answer.resolve("42"),
      () => leaves.abort(new Error("Ann has left")),
    );
    return isLet
      ? {
          isBad: true,
          text: "Ann left, and her signal ended the call: Bob, who is still there, gets an error.",
        }
      : { isBad: false, text: "Whoever stayed has the answer." };
  },
});
