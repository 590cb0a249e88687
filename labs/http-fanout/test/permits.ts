import { guarantee, type Sim } from "@pattern-labs/testkit";
import type { Gateway } from "../contract.ts";
import type { Downstreams } from "./downstreams.ts";
import { ask } from "./gateway.ts";
import { turn } from "./outcome.ts";

/** When all calls have ended, a request for as many as there are permits, which are 2, gets them all. */
export async function expectPermitsBack(sim: Sim, downstreams: Downstreams, gateway: Gateway): Promise<void> {
  for (const called of downstreams.underWay) called.answer();
  await turn();
  for (const called of downstreams.underWay) called.answer(); // Whoever still waited has begun now.
  await turn();
  const handling = ask(gateway, "fay", 2);
  await turn();
  guarantee(downstreams.running === 2, {
    happened: `no call ran any more; a request for 2 came, and ${downstreams.running} of its calls were begun`,
    expected: "both: there are 2 permits, and nobody holds one",
    why: "A permit that is lost is lost until the next restart. After a hundred of them nothing works.",
  });
  for (const called of downstreams.underWay) called.answer();
  await sim.waitFor("the last answer", handling);
}
