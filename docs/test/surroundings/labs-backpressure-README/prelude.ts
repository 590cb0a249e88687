import type { IncomingMessage } from "node:http";

export { default as http } from "node:http";
export { createAdmission, createBuffer, createBulkhead } from "backpressure/solution/index.ts";
export declare const event: Event;
export declare const database: { insert(event: Event): Promise<void> };
export declare const sql: string;
export declare const tenant: string;
export declare let inFlight: number;
export declare const slowness: number;
export declare const random: () => number;
export declare function answer(request: IncomingMessage, signal: AbortSignal): Promise<string>;
export declare function query(sql: string, options: { readonly signal: AbortSignal }): Promise<string[]>;
