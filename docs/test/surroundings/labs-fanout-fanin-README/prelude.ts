import type { OpenFile } from "fanout-fanin/contract.ts";

export { hashFiles, merge } from "fanout-fanin/solution/index.ts";
export declare const open: OpenFile;
export declare const fast: readonly string[];
export declare const old: readonly string[];
export declare function walk(folder: string): AsyncIterable<string>;
