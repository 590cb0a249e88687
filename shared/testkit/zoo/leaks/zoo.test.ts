import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Leak, LeakError, noLeaks } from "../../src/leaks.ts";
import { closeOrdinary, ordinary } from "./ordinary.ts";
import type { Program } from "./program.ts";
import { abandoned } from "./programs/abandoned.ts";
import { childProcess } from "./programs/child-process.ts";
import { consumerParkedAfterClose } from "./programs/consumer-parked-after-close.ts";
import { emitterListener } from "./programs/emitter-listener.ts";
import { endlessChain } from "./programs/endless-chain.ts";
import { fetchBody } from "./programs/fetch-body.ts";
import { fileLeftOpen, watcherLeftOpen } from "./programs/files.ts";
import { generatorLeftOpen } from "./programs/generator-left-open.ts";
import { intervalNeverCleared } from "./programs/interval-never-cleared.ts";
import { listenerOfALibrary } from "./programs/listener-of-a-library.ts";
import { listenerOnCallersSignal } from "./programs/listener-on-callers-signal.ts";
import { listenerOnLongLivedSignal } from "./programs/listener-on-long-lived-signal.ts";
import { lockNeverReleased } from "./programs/lock-never-released.ts";
import { processListener } from "./programs/process-listener.ts";
import { raceAgainstNever } from "./programs/race-against-never.ts";
import { serverNotClosed, socketNotClosed } from "./programs/sockets.ts";
import { messagePort, workerThread } from "./programs/threads.ts";
import { timerAfterRace } from "./programs/timer-after-race.ts";
import { workerLoopParked } from "./programs/worker-loop-parked.ts";

const programs: Readonly<Record<string, Program>> = {
  abandoned,
  childProcess,
  consumerParkedAfterClose,
  emitterListener,
  endlessChain,
  fetchBody,
  fileLeftOpen,
  generatorLeftOpen,
  intervalNeverCleared,
  listenerOfALibrary,
  listenerOnCallersSignal,
  listenerOnLongLivedSignal,
  lockNeverReleased,
  messagePort,
  processListener,
  raceAgainstNever,
  serverNotClosed,
  socketNotClosed,
  timerAfterRace,
  watcherLeftOpen,
  workerLoopParked,
  workerThread,
};

/** How long it may wait for what never ends: short, as here that is most of them. */
const SETTLE_MS = 1_000;

describe.each(Object.entries(programs))("%s", (_, program) => {
  afterEach(() => program.cleanUp?.());

  it(`is found: ${program.mistake}`, async () => {
    const leaks = await leaksOf(() => program.buggy(), { settle: SETTLE_MS, gauges: program.gauges ?? {} });
    const found = leaks.map(({ kind, stack }) => ({ kind, in: functionIn(stack) }));
    expect(found).toHaveLength(program.leaves.length);
    expect(found).toEqual(expect.arrayContaining([...program.leaves]));
  });

  it("reports nothing on the fixed twin", async () => {
    await noLeaks(() => program.fixed(), { gauges: program.gauges ?? {} });
  });
});

describe("ordinary programs", () => {
  afterAll(closeOrdinary);

  it.each(Object.entries(ordinary))("reports nothing on %s", async (_, program) => {
    await noLeaks(program);
  });
});

async function leaksOf(...args: Parameters<typeof noLeaks>): Promise<readonly Leak[]> {
  try {
    await noLeaks(...args);
    return [];
  } catch (error) {
    if (error instanceof LeakError) return error.leaks;
    throw error;
  }
}

/** The innermost function with a name: "Queue.take (zoo/queue.ts:3:4)" is in "take". */
function functionIn(stack: readonly string[]): string {
  const [name = ""] = stack.find((place) => place.includes(" ("))?.split(" (") ?? [];
  return name.split(".").at(-1) ?? "";
}
