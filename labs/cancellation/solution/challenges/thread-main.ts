import { parentPort, workerData } from "node:worker_threads";
import type { ThreadFunction } from "../../contract.ts";

/** What the thread is begun with. */
export interface ThreadStart {
  readonly module: string;
  readonly input: unknown;
  /** [0] is 1 once nobody wants the result any more. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}

const { module, input, cancelled } = workerData as ThreadStart;
const { default: compute } = (await import(module)) as { readonly default: ThreadFunction };
parentPort?.postMessage(compute(input, () => Atomics.load(cancelled, 0) === 1));
process.exit(); // Only this thread ends: its module may have begun something that never does.
