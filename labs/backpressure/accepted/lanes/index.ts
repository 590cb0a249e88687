import type { Lab } from "../../contract.ts";

export { createAdaptiveLimit } from "./adaptive.ts";
export { createAdmission } from "./admission.ts";
export { createBuffer } from "./buffer.ts";
export { createBulkhead } from "./bulkhead.ts";
export { createLatest } from "./latest.ts";
export { pace } from "./pace.ts";

export const attempted: Lab["attempted"] = ["pace", "latest", "adaptive"];
