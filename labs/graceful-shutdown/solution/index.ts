import type { Lab } from "../contract.ts";

export { watchConnections } from "./challenges/connections.ts";
export { createHealth } from "./challenges/health.ts";
export { watchParent } from "./challenges/parent.ts";
export { createWorkers } from "./challenges/workers.ts";
export { drainHttp } from "./drain-http.ts";
export { createLifecycle } from "./lifecycle.ts";
export { supervise } from "./supervise.ts";

export const attempted: Lab["attempted"] = ["workers", "readiness", "connections", "orphan"];
