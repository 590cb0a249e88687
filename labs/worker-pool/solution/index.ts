import type { Lab, Pool, PoolOptions } from "../contract.ts";
import { readOptions } from "./options.ts";
import { WorkerPool } from "./pool.ts";

export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(readOptions(options));
}

export const attempted: Lab["attempted"] = ["priority", "scaling", "breaker", "worker-state", "stealing"];
