import { checkCount, checkMs, checkOptions, type Refusal, refusalOf, wrongKind } from "../arguments/check.ts";
import type { ThreadPoolOptions, ThreadTaskOptions } from "./task.ts";

export function checkThreadPoolOptions(module: URL, options: ThreadPoolOptions): void {
  if (!(module instanceof URL)) throw wrongKind(creating, "module must be a URL", module);
  checkOptions(creating, options);
  const { limit = 1, graceMs = 0, worker = {} } = options;
  checkCount(creating, "limit", limit);
  checkMs(creating, "graceMs", graceMs);
  checkOptions(creating, worker, "worker");
}

/** Why a task is not taken: its options are none, or its signal has aborted. */
export function refusalOfTask(options: ThreadTaskOptions): Refusal | undefined {
  const refusal = refusalOf(running, options);
  if (refusal !== undefined) return refusal;
  const { task, transfer } = options;
  if (task !== undefined && typeof task !== "string")
    return { reason: wrongKind(running, "task must be the name of a function", task) };
  if (transfer !== undefined && !Array.isArray(transfer))
    return { reason: wrongKind(running, "transfer must be an Array", transfer) };
  const unfit = transfer?.find((one: unknown) => typeof one !== "object" || one === null);
  if (transfer?.includes(unfit as (typeof transfer)[number]))
    return {
      reason: wrongKind(running, "each of transfer must be an object that can be handed over", unfit),
    };
  return undefined;
}

const creating = "create ThreadPool";
const running = "run in ThreadPool";
