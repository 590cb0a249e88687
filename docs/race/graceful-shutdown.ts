import type { Lab } from "graceful-shutdown/contract.ts";
import { race } from "../order/race.ts";

/** A service that is told to stop while it starts. */
export default race<Lab>({
  title: "Open, and nobody closes it",
  story:
    "A service opens its store, and then its cache. SIGTERM may come at any time, also in the middle of that. Whatever has been opened must be closed in the end.",
  variant: "latecomer-forgotten",
  lanes: ["store", "cache"],
  events: ["the store is open", "the cache is open", "SIGTERM"],
  async play({ createLifecycle }, { lane, happen, settled }) {
    const ready = { store: Promise.withResolvers<void>(), cache: Promise.withResolvers<void>() };
    const open = new Set<string>();
    const resource = (name: "store" | "cache") => ({
      name,
      stopWithinMs: 1_000,
      start: async () => {
        lane(name, "is being opened", "waits");
        await ready[name].promise;
        open.add(name);
        lane(name, "is open");
      },
      stop: async () => {
        open.delete(name);
        lane(name, "closed", "over");
      },
    });
    const lifecycle = createLifecycle([resource("store"), resource("cache")]);
    void lifecycle.start().catch(() => {});
    await happen(
      () => ready.store.resolve(),
      () => ready.cache.resolve(),
      () => void lifecycle.stop(),
    );
    await settled();
    for (const name of open) lane(name, "left open", "bad");
    return open.size > 0
      ? { isBad: true, text: `The ${[...open].join(" and the ")} was opened, and nobody closes it.` }
      : { isBad: false, text: "Whatever was opened has been closed." };
  },
});
