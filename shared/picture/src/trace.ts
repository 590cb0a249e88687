import { oneLine } from "./label.ts";
import type { LevelPoint } from "./level.ts";
import type { Run, Span, Track } from "./run.ts";

/** One event of the format; `ts` and `dur` are microseconds. */
interface TraceEvent {
  readonly ph: "X" | "b" | "e" | "C" | "i" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts?: number;
  readonly [more: string]: unknown;
}

/**
 * The run as a file for Perfetto, Speedscope and chrome://tracing, in the Trace Event Format. A lane is a thread, for
 * on one thread nothing may overlap, and in a lane nothing does; waits, which do, are async events; depths are counters.
 *
 * @example
 * ```ts
 * const recorder = new Recorder({ title: "crawl" });
 * recorder.end(recorder.begin("pages", "running", "/about"));
 *
 * const { traceEvents } = JSON.parse(toTrace(readRun(recorder)));
 * const [about] = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
 * assert.equal(about.name, "/about");
 * ```
 */
export function toTrace(run: Run): string {
  const events = [
    process(run.title),
    ...threadsOf(run),
    ...run.spans.filter(isWait).flatMap(waitOf),
    ...run.rows.flatMap((row) =>
      "level" in row ? counterOf(row.level.name, row.level.points) : countersOf(row.track),
    ),
    ...run.marks.map(
      ({ tone, name, at }): TraceEvent => ({
        ...MAIN,
        ph: "i",
        s: "g",
        cat: tone,
        name: oneLine(name),
        ts: us(at),
      }),
    ),
  ];
  return JSON.stringify({ displayTimeUnit: "ms", otherData: { clock: run.clock }, traceEvents: events });
}

const PID = 1;
/** What belongs to no lane. */
const MAIN = { pid: PID, tid: 0 } as const;

const us = (ms: number) => Math.round(ms * 1_000);

const process = (name: string): TraceEvent => ({
  ...MAIN,
  ph: "M",
  name: "process_name",
  args: { name: oneLine(name) },
});

function threadsOf({ tracks }: Run): TraceEvent[] {
  const lanes = tracks.flatMap((track) => track.lanes.map((lane) => ({ ...lane, track: track.name })));
  return lanes.flatMap(({ name, track, over, depth, spans }, i): TraceEvent[] => {
    const place = { pid: PID, tid: i + 1 };
    const title =
      depth > 0 ? `${"· ".repeat(depth)}${name}` : `${track} ${name}${over ? " (over the limit)" : ""}`;
    return [
      { ...place, ph: "M", name: "thread_name", args: { name: oneLine(title) } },
      { ...place, ph: "M", name: "thread_sort_index", args: { sort_index: i + 1 } },
      ...spans.map((span) => ({ ...place, ...complete(span) })),
    ];
  });
}

function complete({ task, attempt, outcome: ended, detail, begin, end }: Span) {
  const outcome = ended ?? "never ended";
  const args = { attempt, outcome, ...(detail !== undefined && { detail }) };
  const ts = us(begin.at);
  return { ph: "X", name: oneLine(task), cat: outcome, ts, dur: us(end.at) - ts, args } as const;
}

const isWait = ({ state }: Span) => state !== "running";

function waitOf({ id, state, task, track, begin, end }: Span): TraceEvent[] {
  const name = state === "phase" ? oneLine(task) : `${oneLine(task)} ${state}`;
  const same = { ...MAIN, cat: state, id, name };
  return [
    { ...same, ph: "b", ts: us(begin.at), args: { task, track } },
    { ...same, ph: "e", ts: us(end.at) },
  ];
}

function countersOf({ running, queued, retrying }: Track): TraceEvent[] {
  return [running, queued, retrying].flatMap(({ max, name, points }) =>
    max > 0 ? counterOf(name, points) : [],
  );
}

/** A counter has one value at a time: the last of each instant. */
function counterOf(name: string, points: readonly LevelPoint[]): TraceEvent[] {
  const lasting = points.filter(({ at }, i) => points[i + 1]?.at !== at);
  return lasting.map(({ at, value }) => ({
    ...MAIN,
    ph: "C",
    name: oneLine(name),
    ts: us(at),
    args: { value },
  }));
}
