export { createPool } from "worker-pool/solution/index.ts";
export declare const url: string;
