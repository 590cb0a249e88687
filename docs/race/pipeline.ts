import type { Lab } from "pipeline/contract.ts";
import { race } from "../order/race.ts";

/** A buffer between a source that breaks off and a reader that takes its time. */
export default race<Lab>({
  title: "The error that overtook a line",
  story:
    "A source has sent line 1 and sends line 2; then its connection breaks. A reader takes one after the other through a buffer. It must hear of the error, but only after the lines that came before it.",
  variant: "error-overtakes",
  lanes: ["the source", "line 1", "line 2"],
  events: ["the reader takes one", "the reader takes another", "the connection breaks"],
  async play({ connect }, { lane, happen, settled }) {
    const broken = Promise.withResolvers<never>();
    async function* source() {
      yield "line 1";
      yield "line 2";
      await broken.promise;
    }
    const { signal } = new AbortController();
    const loop = connect(source(), { buffer: 4, signal })[Symbol.asyncIterator]();
    const taken: string[] = [];
    let hasFailed = false;
    lane("the source", "connected");
    // The first reading sets it going; line 2 then lies in the buffer.
    const first = await Promise.race([loop.next(), settled().then(() => undefined)]);
    lane("line 1", first?.done === false ? "taken" : "lost", "over");
    lane("line 2", "in the buffer", "waits");
    await settled();

    const take = async () => {
      if (hasFailed) return;
      try {
        const { value, done } = await loop.next();
        if (!done) taken.push(value);
        if (!done) lane(value, "taken", "over");
      } catch {
        hasFailed = true;
        lane("the source", "broken: the reader knows", "over");
      }
    };
    await happen(
      () => void take(),
      () => void take(),
      () => {
        lane("the source", "broken", "waits");
        broken.reject(new Error("connection lost"));
      },
    );
    if (taken.includes("line 2")) {
      return { isBad: false, text: "The reader has both lines, and then hears of the error." };
    }
    lane("line 2", "lost", "bad");
    return {
      isBad: true,
      text: "The source had sent line 2, and the reader never gets it: the error came first.",
    };
  },
});
