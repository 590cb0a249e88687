import type { Lab } from "pipeline/contract.ts";

export type { Line } from "pipeline/contract.ts";
export declare const lab: Lab;
export declare const controller: AbortController;
export declare const socket: AsyncIterable<Uint8Array>;
export declare function parse(text: string): { readonly message: string };
export declare function enrich(entry: { readonly message: string }): Promise<{ readonly country: string }>;
export declare function write(entry: { readonly country: string }): Promise<void>;
