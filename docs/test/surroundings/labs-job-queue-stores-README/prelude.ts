import type { JobType } from "job-queue/contract.ts";

export { createQueue } from "job-queue/solution/index.ts";
export declare const types: Readonly<Record<string, JobType>>;
