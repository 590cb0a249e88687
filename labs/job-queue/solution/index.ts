import type { JobQueue, Lab, QueueOptions } from "../contract.ts";
import { settingsOf } from "../given/options.ts";
import { StoreQueue } from "./queue.ts";

export function createQueue(options: QueueOptions): JobQueue {
  return new StoreQueue(settingsOf(options));
}

export const attempted: Lab["attempted"] = [
  "lost-answers",
  "idempotency",
  "scheduling",
  "cancel",
  "pause",
  "progress",
  "children",
];
