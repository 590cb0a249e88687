import type { Gap, MarkEvent } from "./event.ts";
import { excessesOf, type Level, valueAt } from "./level.ts";
import type { Finding, Row, Span, Track } from "./run.ts";
import { count, duration, quoted, stretch } from "./words.ts";

interface Evidence {
  readonly clock: "simulated" | "real";
  readonly end: number;
  readonly tracks: readonly Track[];
  readonly rows: readonly Row[];
  readonly spans: readonly Span[];
  readonly marks: readonly MarkEvent[];
  readonly gap: Gap | undefined;
}

/** What one should have seen, in words: what was broken first, then what is merely worth a look. */
export function findingsOf(evidence: Evidence): Finding[] {
  const { tracks, rows, spans, marks, clock, gap, end } = evidence;
  const tasks = spans.filter(({ state }) => state !== "phase");
  const depths = rows.flatMap((row) => ("level" in row ? [row.level] : []));
  return [
    ...tracks.flatMap((track) => ranOver(track, end)),
    ...depths.flatMap((level) => heldTooMuch(level, end)),
    ...marks.flatMap((mark) => begunAfter(mark, tasks)),
    ...marks.flatMap((mark) => ranPast(mark, tasks)),
    ...outlived(tasks),
    ...neverBegun(tasks, marks),
    ...neverEnded(tasks),
    // In real time a busy event loop looks the same.
    ...(clock === "simulated" ? tracks.flatMap(idleWhileWorkWaited) : []),
    ...(gap === undefined ? [] : [leftOut(gap)]),
  ];
}

function ranOver({ name, running, limit }: Track, end: number): Finding[] {
  if (running.max <= (limit ?? Number.POSITIVE_INFINITY)) return [];
  const { when, times } = excess(running, end);
  const text = `${name}: ${running.max} ran at once${when}; the limit is ${limit}${times}`;
  return [{ tone: "bad", track: name, text }];
}

function heldTooMuch(level: Level, end: number): Finding[] {
  const { name, max, limit } = level;
  if (max <= (limit ?? Number.POSITIVE_INFINITY)) return [];
  const { when, times } = excess(level, end);
  return [
    { tone: "bad", track: name, text: `${name} held up to ${max}${when}; the limit is ${limit}${times}` },
  ];
}

/** When it was worst, and how often it was too much. Where all happened at one instant, the time tells nothing. */
function excess(level: Level, end: number): { when: string; times: string } {
  const all = excessesOf(level);
  const worst = all.find(({ peak }) => peak === level.max);
  return {
    when: worst === undefined || end === 0 ? "" : ` ${stretch(worst.from, worst.to)}`,
    times: all.length > 1 ? ` (${all.length} times in all)` : "",
  };
}

/** An abort of the whole, of one track, or of one task with all that runs for it. */
function begunAfter(mark: MarkEvent, spans: readonly Span[]): Finding[] {
  if (mark.tone !== "stop" || mark.name !== "abort") return [];
  const late = concerned(mark, spans).filter(
    ({ state, begin }) => state === "running" && begin.order > mark.order,
  );
  return late.length === 0 ? [] : [{ tone: "bad", text: `${namesOf(late)} began after the abort` }];
}

function ranPast(mark: MarkEvent, spans: readonly Span[]): Finding[] {
  if (mark.tone !== "stop" || mark.name !== "deadline") return [];
  const late = concerned(mark, spans).filter(
    ({ state, begin, end }) =>
      state === "running" && begin.order < mark.order && (end.at > mark.at || !Number.isFinite(end.order)),
  );
  return late.length === 0 ? [] : [{ tone: "bad", text: `${namesOf(late)} ran on after the deadline` }];
}

function concerned({ track, task }: MarkEvent, spans: readonly Span[]): readonly Span[] {
  if (track !== undefined) return spans.filter((span) => span.track === track);
  if (task === undefined) return spans;
  const byId = new Map(spans.map((span) => [span.id, span]));
  const isOf = (span: Span | undefined): boolean =>
    span !== undefined && (span.task === task || (span.parent !== undefined && isOf(byId.get(span.parent))));
  return spans.filter(isOf);
}

/** Structured concurrency: nothing outlasts what it runs for. */
function outlived(spans: readonly Span[]): Finding[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  return spans.flatMap((span) => {
    const parent = span.parent === undefined ? undefined : byId.get(span.parent);
    if (parent === undefined || span.end.order <= parent.end.order || parent.outcome === undefined) return [];
    const by = span.outcome === undefined ? "and never ended" : `by ${duration(span.end.at - parent.end.at)}`;
    return [
      { tone: "bad", text: `«${span.task}» outlived «${parent.task}», for which it ran, ${by}` } as const,
    ];
  });
}

/** After an abort that is as it should be. */
function neverBegun(spans: readonly Span[], marks: readonly MarkEvent[]): Finding[] {
  const abort = marks.findLast(({ tone, name }) => tone === "stop" && name !== "close");
  const lost = spans.filter(
    ({ state, outcome, begin }) =>
      state === "queued" && outcome === undefined && !(abort !== undefined && abort.order > begin.order),
  );
  return lost.length === 0 ? [] : [{ tone: "bad", text: `handed over and never begun: ${namesOf(lost)}` }];
}

function neverEnded(spans: readonly Span[]): Finding[] {
  const stuck = spans.filter(({ state, outcome }) => state !== "queued" && outcome === undefined);
  return stuck.length === 0 ? [] : [{ tone: "bad", text: `never ended: ${namesOf(stuck)}` }];
}

function idleWhileWorkWaited({ name, running, queued, limit }: Track): Finding[] {
  if (limit === undefined) return [];
  const times = [...new Set([...running.points, ...queued.points].map(({ at }) => at))].sort((a, b) => a - b);
  let sum = 0;
  let most = 0;
  for (const [i, from] of times.entries()) {
    const idle = Math.min(limit - valueAt(running, from), valueAt(queued, from));
    const to = times[i + 1];
    if (idle <= 0 || to === undefined) continue;
    sum += to - from;
    most = Math.max(most, idle);
  }
  if (sum === 0) return [];
  return [
    {
      tone: "plain",
      track: name,
      text: `${name}: ${most} of ${limit} idle for ${duration(sum)} in all, while work waited in line`,
    },
  ];
}

function leftOut({ events, from, to }: Gap): Finding {
  return {
    tone: "plain",
    text: `left out of the picture: ${count(events, "event")} ${stretch(from.at, to.at)}; what is counted counts them, too`,
  };
}

const namesOf = (spans: readonly Span[]) => quoted(spans.map(({ task }) => task));
