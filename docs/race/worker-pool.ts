import type { Lab, Pool } from "worker-pool/contract.ts";
import { race } from "../order/race.ts";

/** One worker, one page under way; two more are handed over, and an operator wants to stop. */
export default race<Lab>({
  title: "The page that nobody has",
  story:
    "One worker fetches page 1, and page 2 stands in line. An operator aborts the pool, and is told which pages were never begun. Each page must either be fetched, be told to stop, or be on that list.",
  variant: "waking-worker-loses-a-job",
  lanes: ["page 1", "page 2", "page 3"],
  events: ["page 1 is there", "page 3 is handed over", "the operator aborts"],
  async play({ createPool }, { lane, happen, settled }) {
    const pool = createPool({ workers: 1, queueLimit: 4 });
    const first = Promise.withResolvers<void>();
    const begun = new Set<string>();
    const accepted = new Map<number, string>();
    let neverBegun: readonly number[] | undefined;

    async function fetchPage(name: string, answer: Promise<void>, signal: AbortSignal): Promise<void> {
      begun.add(name);
      lane(name, "is fetched");
      const told = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => told.resolve());
      await Promise.race([answer, told.promise]);
      lane(name, signal.aborted ? "told to stop" : "is there", "over");
    }

    const handOver = async (to: Pool, name: string, answer: Promise<void>) => {
      try {
        const ticket = await to.submit(({ signal }) => fetchPage(name, answer, signal));
        accepted.set(ticket.id, name);
        if (!begun.has(name)) lane(name, "in line", "waits");
        void ticket.result.catch(() => {});
      } catch {
        lane(name, "refused", "over");
      }
    };
    const never = new Promise<void>(() => {});
    await handOver(pool, "page 1", first.promise);
    await handOver(pool, "page 2", never);
    await settled();

    await happen(
      () => first.resolve(),
      () => void handOver(pool, "page 3", never),
      () => {
        void pool.abort(new Error("enough")).then((ids) => {
          neverBegun = ids;
          for (const id of ids) lane(accepted.get(id) ?? "", "on the list", "over");
        });
      },
    );
    const listed = new Set(neverBegun?.map((id) => accepted.get(id)));
    const lost = [...accepted.values()].filter((name) => !begun.has(name) && !listed.has(name));
    for (const name of lost) lane(name, "lost", "bad");
    return lost.length > 0
      ? {
          isBad: true,
          text: `Nobody has ${lost.join(" and ")}: it was not begun, and it is not on the list.`,
        }
      : { isBad: false, text: "Every page was begun, refused or listed." };
  },
});
