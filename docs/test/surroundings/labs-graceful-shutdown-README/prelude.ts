import type { Server } from "node:http";
import type { Resource } from "graceful-shutdown/contract.ts";

export type { Resource } from "graceful-shutdown/contract.ts";
export { createLifecycle, drainHttp, supervise } from "graceful-shutdown/solution/index.ts";
export declare const log: Resource & { flush(): Promise<void> };
export declare const database: Resource;
export declare const workers: Resource;
export declare const http: Resource;
export declare const server: Server;
export declare function listen(): Promise<void>;
export declare function notReady(): void;
