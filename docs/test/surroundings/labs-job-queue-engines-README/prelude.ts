import type { JobType } from "job-queue/contract.ts";

export { openEngineQueue } from "job-queue/engines/engine-queue.ts";
export declare const types: Readonly<Record<string, JobType>>;
