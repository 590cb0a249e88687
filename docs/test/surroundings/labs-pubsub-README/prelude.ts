import type { ServerResponse } from "node:http";

export { createBroker } from "pubsub/solution/index.ts";
export declare const request: Request;
export declare const response: ServerResponse;
