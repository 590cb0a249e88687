import type { ServerResponse } from "node:http";

export { firstOf, openScope } from "cancellation/solution/index.ts";
export declare const shutdown: AbortSignal;
export declare const requestId: string;
export declare const response: ServerResponse;
export declare const database: {
  reserve(options: { readonly signal: AbortSignal }): Promise<number>;
  giveBack(seat: number, options: { readonly signal: AbortSignal }): Promise<void>;
};
export declare function askHere(options: { readonly signal: AbortSignal }): Promise<number>;
export declare function askThere(options: { readonly signal: AbortSignal }): Promise<number>;
