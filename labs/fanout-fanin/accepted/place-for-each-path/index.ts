import type { Lab } from "../../contract.ts";

export { firstOf } from "./first-of.ts";
export { createGroup } from "./group.ts";
export { hashFiles } from "./hash-files.ts";
export { hashOnThreads } from "./hash-on-threads.ts";
export { merge } from "./merge.ts";

/** Name the challenges here that you take up, and their tests will run: "ordered", "threads". */
export const attempted: Lab["attempted"] = ["ordered", "threads"];
