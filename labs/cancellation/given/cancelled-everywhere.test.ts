import { explore, guarantee, type Sim } from "@pattern-labs/testkit";
import { it } from "vitest";
import { cleanUp, firstOf, openScope, orDone, sleep, underSignal, withTimeout } from "../solution/index.ts";

const REASON = { why: "shutdown" };

/**
 * Not about an answer but about the search: that no place is left out at which the reference could be cancelled. After
 * each outside event and each timer of the ordinary run, the abort must have come in one of the explored orders.
 */
it("the reference is cancelled after every outside event and timer of a whole request", async () => {
  const cancelledAfter = new Set<string>();
  let ordinary: readonly string[] | undefined;
  await explore(
    async (sim) => {
      const events: string[] = [];
      const service = new AbortController();
      sim.anytime("shutdown", () => {
        cancelledAfter.add(events.join(", "));
        service.abort(REASON);
      });
      const outcome = await request(sim, service.signal, (event) => events.push(event)).catch(
        (error: unknown) => error,
      );
      guarantee(outcome === "answered" || outcome === REASON || isTimeout(outcome), {
        happened: `the request ended with ${String(outcome)}`,
        expected: "its answer, the reason, or a TimeoutError, alone or with others",
        why: "Nothing else can end it.",
      });
      ordinary ??= events;
    },
    { maxSchedules: 250 },
  );
  const places = (ordinary ?? []).map((_, n) => (ordinary ?? []).slice(0, n).join(", "));
  const leftOut = places.filter((place) => !cancelledAfter.has(place));
  guarantee(leftOut.length === 0 && places.length >= 8, {
    happened: `of ${places.length} places in the request, it was never cancelled after: ${leftOut.join(" | ")}`,
    expected: "it is cancelled at each of them in some order",
    why: "The fault that is looked for sits at the place that nobody tried.",
  });
});

/** Everything that the lab builds, one after the other. `log` is told of each event as it arrives. */
async function request(sim: Sim, signal: AbortSignal, log: (event: string) => void): Promise<string> {
  const io = (event: string) => sim.io(event, () => log(event));
  await using scope = openScope({ signal, timeoutMs: 60_000 });
  scope.defer(() => io("gives the seat back"), { deadlineMs: 60_000 });
  return await scope.start(async (handler) => {
    await underSignal(io("reserves"), handler.signal);
    await sleep(10, { signal: handler.signal });
    log("10 ms have passed");
    const rows = (async function* () {
      for (const row of ["first row", "second row"]) {
        await io(row);
        yield row;
      }
    })();
    for await (const _ of orDone(rows, handler.signal));
    await using below = handler.child({ timeoutMs: 30_000 });
    const prices = ["here", "there"].map(
      (place) => (told: { readonly signal: AbortSignal }) => asks(place, told),
    );
    const asks = (place: string, told: { readonly signal: AbortSignal }) =>
      withTimeout((limited) => underSignal(io(`a price from ${place}`), limited.signal), {
        ms: 20_000,
        ...told,
      });
    await below.start((own) => firstOf(prices, { signal: own.signal }));
    await cleanUp(() => io("notes it in the log"), { deadlineMs: 60_000 });
    await underSignal(io("pays"), below.signal);
    return "answered";
  });
}

/** One deadline, or several: of both prices, of the request and then of its clean-up. */
const isTimeout = (error: unknown) =>
  error instanceof Error && ["TimeoutError", "AggregateError", "SuppressedError"].includes(error.name);
