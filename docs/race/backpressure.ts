import type { Lab } from "backpressure/contract.ts";
import { race } from "../order/race.ts";

/** One place, one who has it, one who waits for it and may leave, and one who comes. */
export default race<Lab>({
  title: "The place that nobody has",
  story:
    "One place. Ann has it, and Bob waits for it. Bob may lose patience, and Carl asks as well. However it comes: when Ann has left, one of them must have the place, for as long as one of them wants it.",
  variant: "grant-lost-by-an-abort",
  lanes: ["Ann", "Bob", "Carl"],
  events: ["Ann leaves", "Bob gives up", "Carl asks"],
  async play({ createBulkhead }, { lane, happen, settled }) {
    const bulkhead = createBulkhead({ limitPerKey: 1, waitingPerKey: 4 });
    const patience = new AbortController();
    const holds = new Set<string>();
    const gone = new Set<string>();
    async function use(name: string, until: Promise<void>, signal?: AbortSignal): Promise<void> {
      lane(name, "waits", "waits");
      try {
        const work = async () => {
          holds.add(name);
          lane(name, "has the place");
          await until;
          holds.delete(name);
        };
        await bulkhead.run("seat", work, { signal });
        lane(name);
      } catch {
        holds.delete(name);
        gone.add(name);
        lane(name, "gave up", "over");
      }
    }
    const ann = Promise.withResolvers<void>();
    const bob = Promise.withResolvers<void>();
    patience.signal.addEventListener("abort", () => bob.resolve());
    let hasCome = false;
    void use("Ann", ann.promise);
    await settled();
    void use("Bob", bob.promise, patience.signal);
    await settled();

    await happen(
      () => ann.resolve(),
      () => patience.abort(new Error("enough")),
      () => {
        hasCome = true;
        void use("Carl", new Promise(() => {}));
      },
    );
    const isBad = holds.size === 0 && hasCome;
    if (!isBad) return { isBad, text: `${[...holds].join(" and ")} has the place.` };
    lane("Carl", "waits for ever", "bad");
    return {
      isBad,
      text: "The place is lost: it was granted to Bob as he left. Nobody has it, and Carl waits for ever.",
    };
  },
});
