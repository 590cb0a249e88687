import type { Lab } from "../../contract.ts";

export { batches } from "./batches.ts";
export { each } from "./each.ts";
export { lines } from "./lines.ts";
export { parallel } from "./parallel.ts";
export { runPipeline } from "./pipeline.ts";
export { connect, tee } from "./share.ts";

export const attempted: Lab["attempted"] = ["ordered", "batches", "outputs", "rate"];
