import type { Lab } from "../contract.ts";

export { firstOf } from "./challenges/first-of.ts";
export { hashOnThreads } from "./challenges/hash-on-threads.ts";
export { createGroup } from "./group.ts";
export { hashFiles } from "./hash-files.ts";
export { merge } from "./merge.ts";

export const attempted: Lab["attempted"] = ["first-of", "ordered", "threads"];
