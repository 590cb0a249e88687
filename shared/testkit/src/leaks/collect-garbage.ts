import v8 from "node:v8";
import vm from "node:vm";
import { turn } from "../real.ts";

/**
 * Collects what cannot be reached any more, until `isEnough` or all of it. Tens of milliseconds: only for when
 * something looks left behind.
 */
export async function collectGarbage(isEnough: () => boolean): Promise<void> {
  collect ??= globalThis.gc ?? exposeGc();
  // What was looked at through a WeakRef lives until the end of the turn, and what a FinalizationRegistry lets go of
  // only then (Node's for composite abort signals, say) until the round after that.
  for (let round = 0; round < ROUNDS; round += 1) {
    await turn();
    collect();
    await turn();
    if (isEnough()) return;
  }
}

const ROUNDS = 3;
let collect: (() => void) | undefined;

/** Works in every process and thread, without a flag on the command line. */
function exposeGc(): () => void {
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as () => void;
}
