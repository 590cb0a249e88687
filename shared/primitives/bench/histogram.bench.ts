import { defineBench, type Workload } from "@pattern-labs/bench";

/** Latencies from 1 to 10,000 in whole numbers, since the peers take no fractions; most of them small. */
function latencies(operations: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: operations }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.floor(10 ** ((4 * state) / 0x8000_0000));
  });
}

/** A new histogram each time, so that with few values it is the buckets that cost, and with many the recording. */
function recordAndTell(operations: number): Workload {
  return {
    title: `record ${operations.toLocaleString("en")} latencies and tell the 99th percentile`,
    operations,
    floor: "keep and sort",
    strategies: [
      {
        name: "keep and sort",
        prepare() {
          const values = latencies(operations);
          return () => {
            const kept: number[] = [];
            for (const value of values) kept.push(value);
            return Float64Array.from(kept).sort()[Math.ceil(0.99 * kept.length) - 1];
          };
        },
      },
      {
        name: "Histogram",
        async prepare() {
          const { Histogram } = await import("@pattern-labs/primitives/histogram");
          const values = latencies(operations);
          return () => {
            const histogram = new Histogram();
            for (const value of values) histogram.record(value);
            return histogram.percentile(99);
          };
        },
      },
      {
        name: "hdr-histogram-js",
        ours: false,
        async prepare() {
          const { build } = await import("hdr-histogram-js");
          const values = latencies(operations);
          return () => {
            // Two digits are 1 %, and a fixed range is faster than one that grows.
            const histogram = build({
              highestTrackableValue: 3_600_000,
              numberOfSignificantValueDigits: 2,
            });
            for (const value of values) histogram.recordValue(value);
            return histogram.getValueAtPercentile(99);
          };
        },
      },
      {
        name: "node:perf_hooks",
        ours: false,
        async prepare() {
          const { createHistogram } = await import("node:perf_hooks");
          const values = latencies(operations);
          return () => {
            const histogram = createHistogram({ lowest: 1, highest: 3_600_000, figures: 2 });
            for (const value of values) histogram.record(value);
            return histogram.percentile(99);
          };
        },
      },
    ],
    check: (p99) =>
      Math.abs(Number(p99) - 9_120) <= 2 * 91.2
        ? undefined
        : `the 99th percentile is ${p99}, not about 9,120`,
  };
}

export default defineBench({
  title: "Histogram",
  workloads: [recordAndTell(10_000), recordAndTell(100_000), recordAndTell(1_000_000)],
});
