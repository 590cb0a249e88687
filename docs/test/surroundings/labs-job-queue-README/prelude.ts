import type { JobStore } from "job-queue/contract.ts";

export { createQueue } from "job-queue/solution/index.ts";
export { z } from "zod";
export declare const store: JobStore;
export declare function send(
  mail: unknown,
  options: { readonly id: string; readonly signal: AbortSignal },
): Promise<void>;
