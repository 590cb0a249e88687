import { defineBench, type Run, type Setting, type Target, type Workload } from "@pattern-labs/bench";
import { type Entry, STAGES } from "./entry.ts";
import { quickStages, withoutBuffers } from "./quick-stages.ts";
import { waitingStages } from "./waiting-stages.ts";
import type { Way } from "./way.ts";

const MILLION = 1_000_000;

/** So that all of it takes some three minutes. With `SOAK=1` every workload has a million. */
const FEWER = process.env["SOAK"] ? MILLION : 100_000;

const FLOOR = "async generators";

/** What is looked at after each run. */
interface Tally {
  entries: number;
  inOrder: boolean;
  throughAll: boolean;
}

function check(result: unknown, { operations }: { readonly operations: number }): string | undefined {
  const { entries, inOrder, throughAll } = result as Tally;
  if (entries !== operations) return `${entries} of ${operations} entries came out`;
  if (!inOrder) return "the entries came out of order";
  return throughAll ? undefined : `some entries did not go through all ${STAGES} stages`;
}

function workload(
  entries: number,
  stages: string,
  buffer: number,
  ways: readonly Way[],
  targets: readonly Target[] = [],
): Workload {
  const title = `${entries.toLocaleString("en")} entries, ${STAGES} ${stages}, buffers of ${buffer.toLocaleString("en")}`;
  const strategies = ways.map((way) => ({
    ...way,
    prepare: ({ operations }: Setting) => prepare(way, buffer, operations),
  }));
  return { title, operations: entries, floor: FLOOR, strategies, targets, check };
}

async function prepare({ load }: Way, buffer: number, operations: number): Promise<Run> {
  const sendThrough = await load(buffer);
  return async () => {
    const tally: Tally = { entries: 0, inOrder: true, throughAll: true };
    await sendThrough(operations, ({ number, stages }: Entry) => {
      tally.inOrder &&= number === tally.entries;
      tally.throughAll &&= stages === STAGES;
      tally.entries += 1;
    });
    return tally;
  };
}

const aheadOf = (against: string, note?: string): Target => ({
  strategy: "answer",
  against,
  atMost: 1,
  note,
});

const NODE_NOTE =
  "Node's Transform is told by a callback, once. Here a promise says that the work has ended; by the profile a quarter of the time goes into beginning works and feeding the workers, a tenth into collecting garbage.";

export default defineBench({
  title: "Pipeline",
  workloads: [
    workload(
      MILLION,
      "quick stages",
      100,
      [...quickStages, ...withoutBuffers],
      [aheadOf("node streams"), aheadOf("streaming-iterables"), aheadOf("RxJS, no bound")],
    ),
    ...[0, 1, 10, 1_000].map((buffer) => workload(FEWER, "quick stages", buffer, quickStages)),
    workload(FEWER, "stages that wait", 100, waitingStages, [
      aheadOf("node streams", NODE_NOTE),
      aheadOf("web streams"),
      aheadOf("streaming-iterables"),
      aheadOf("RxJS, no bound"),
    ]),
  ],
});
