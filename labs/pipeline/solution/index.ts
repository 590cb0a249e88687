import type { Lab } from "../contract.ts";

export { batches } from "./challenges/batches.ts";
export { windows } from "./challenges/windows.ts";
export { connect, tee } from "./connect.ts";
export { each } from "./each.ts";
export { lines } from "./lines.ts";
export { parallel } from "./parallel.ts";
export { runPipeline } from "./pipeline.ts";

export const attempted: Lab["attempted"] = ["ordered", "batches", "windows", "outputs", "rate"];
