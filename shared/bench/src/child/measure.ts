import { Bench } from "tinybench";
import type { Reply } from "../assignment.ts";
import { noGauge } from "../gauge.ts";
import { checkResult, prepare, type Subject } from "./subject.ts";

/**
 * One round: runs the strategy until `timeMs` is filled, at least once, after a warm-up of at least one run and a
 * quarter of the time. Answers with the median of the runs. Nothing is collected in between: garbage is part of the
 * price.
 */
export async function measure(subject: Subject, timeMs: number): Promise<Reply> {
  const { operations } = subject.workload;
  await using prepared = await prepare(subject, noGauge);
  let result: unknown;
  const run = async () => {
    result = await prepared.run();
  };
  const bench = new Bench({
    time: timeMs,
    iterations: 1,
    warmupTime: timeMs / 4,
    warmupIterations: 1,
    throws: true,
  }).add("run", run, {
    async: true,
    beforeEach: async () => void (await prepared.before()),
    afterEach: () => checkResult(subject.workload, result),
  });
  await bench.run();

  const measured = bench.tasks[0]?.result;
  if (measured?.state !== "completed") throw new Error(`tinybench ended as "${measured?.state}"`);
  return { kind: "measured", nsPerOperation: (measured.latency.p50 * 1e6) / operations };
}
