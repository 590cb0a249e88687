import type { Lab } from "../contract.ts";

export { openBudget } from "./challenges/budget.ts";
export { hedge } from "./challenges/hedge.ts";
export { runInThread } from "./challenges/run-in-thread.ts";
export { runInTurns } from "./challenges/run-in-turns.ts";
export { cleanUp } from "./clean-up.ts";
export { orDone } from "./or-done.ts";
export { firstOf, withTimeout } from "./race.ts";
export { openScope } from "./scope.ts";
export { sleep, underSignal } from "./waiting.ts";

export const attempted: Lab["attempted"] = ["hedging", "turns", "thread", "budget"];
