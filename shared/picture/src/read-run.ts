import type { BeginEvent, EndEvent, GapTrack, MarkEvent, Moment, Recording } from "./event.ts";
import { findingsOf } from "./findings.ts";
import { lanesOf, withDescendants } from "./lanes.ts";
import { type Change, type Level, lasting, levelOf, levelThrough } from "./level.ts";
import type { Row, Run, Span, Track } from "./run.ts";

/**
 * Reads a recording into lanes, depths and findings. Everything is counted in the order of events, so of two things
 * at one instant it is still known which came first. Takes O(n log n) for n events.
 *
 * @example
 * ```ts
 * const recorder = new Recorder({ limits: { pages: 1 } });
 * recorder.begin("pages", "running", "/a");
 * recorder.begin("pages", "running", "/b");
 *
 * const { findings, tracks } = readRun(recorder);
 * assert.equal(tracks[0]?.lanes.length, 2); // the second lane is the fault that one can see
 * assert.match(findings[0]?.text ?? "", /^pages: 2 ran at once .*; the limit is 1$/);
 * ```
 */
export function readRun(recording: Recording): Run {
  const { title, clock, events, gap } = recording;
  const told = spansOf(recording);
  const spans = [...told, ...untoldRetries(told)];
  const running = spans.filter(({ state }) => state === "running");
  const end = events.at(-1)?.at ?? 0;
  const tracks = tracksOf(recording, spans);
  const rows = rowsOf(recording, tracks, spans);
  const marks = events.filter((event): event is MarkEvent => event.type === "mark");
  const brief = running.filter((span) => span.end.at === span.begin.at);
  return {
    title,
    clock,
    end,
    count: events.length + (gap?.events ?? 0),
    axis: end === 0 || 2 * brief.length > running.length ? "order" : "time",
    spans,
    tracks,
    rows,
    marks,
    phases: spans.filter(({ state }) => state === "phase"),
    findings: findingsOf({ clock, end, tracks, rows, spans, marks, gap }),
    gap,
  };
}

function spansOf({ events, isCut = false }: Recording): Span[] {
  const last: Moment = { at: events.at(-1)?.at ?? 0, order: Number.POSITIVE_INFINITY };
  const ends = new Map<number, EndEvent>();
  for (const event of events) if (event.type === "end") ends.set(event.span, event);
  const begins = events.filter((event): event is BeginEvent => event.type === "begin");
  return begins.map((begin) => {
    const { span, track, state, task, attempt, lane, parent, at, order } = begin;
    const end = ends.get(span);
    const known = ended.get(begin);
    if (known !== undefined && known.end === end) return known.span;
    const one: Span = {
      id: span,
      track,
      state,
      task,
      attempt,
      lane,
      parent,
      begin: { at, order },
      end: end === undefined ? last : { at: end.at, order: end.order },
      outcome: end?.outcome ?? (isCut ? "cut" : undefined),
      detail: end?.detail,
    };
    if (end !== undefined) ended.set(begin, { end, span: one });
    return one;
  });
}

/** A run that goes on is read again and again: a span that has ended stays the same object, and so its bar can be kept. */
const ended = new WeakMap<BeginEvent, { readonly end: EndEvent; readonly span: Span }>();

/** Who failed and was called again has waited in between, even where nobody knew beforehand that it would be. */
function untoldRetries(spans: readonly Span[]): Span[] {
  if (spans.every(({ attempt }) => attempt === 1)) return [];
  const tasks = Map.groupBy(spans, ({ track, task }) => `${track}\n${task}`);
  return [...tasks.values()].flatMap((ofTask) =>
    ofTask.flatMap((span, i): Span[] => {
      const before = ofTask[i - 1];
      const isRetry = span.state === "running" && before?.state === "running" && before.outcome === "failed";
      if (!isRetry || before.end.order > span.begin.order || span.attempt === 1) return [];
      return [
        {
          ...before,
          id: -span.id,
          state: "retrying",
          begin: before.end,
          end: span.begin,
          outcome: "ok",
          detail: undefined,
        },
      ];
    }),
  );
}

function tracksOf({ limits, flow, gap }: Recording, spans: readonly Span[]): Track[] {
  const tasks = spans.filter(({ state }) => state !== "phase");
  const byTrack = Map.groupBy(tasks, ({ track }) => track);
  const names = [...new Set([...flow, ...byTrack.keys()])].filter((name) => byTrack.has(name));
  const nested = withDescendants(tasks);
  return names.map((name) => {
    const own = byTrack.get(name) ?? [];
    const peak = gap?.tracks.find((track) => track.name === name)?.peak;
    return readTrack(name, own, { limit: limits[name], nested, peak });
  });
}

interface TrackContext {
  readonly limit: number | undefined;
  /** What runs on behalf of which span, whatever its track; and what stands below another is drawn there. */
  readonly nested: ReturnType<typeof withDescendants>;
  readonly peak: GapTrack["peak"] | undefined;
}

function readTrack(name: string, spans: readonly Span[], { limit, nested, peak }: TrackContext): Track {
  const inState = (state: Span["state"]) => spans.filter((span) => span.state === state);
  const running = inState("running");
  return {
    name,
    limit,
    lanes: lanesOf(running, nested, limit),
    running: levelOf(`${name}: running`, limit, changesOf(running), peak),
    queued: lasting(levelOf(`${name}: queued`, undefined, changesOf(inState("queued")))),
    retrying: lasting(levelOf(`${name}: retrying`, undefined, changesOf(inState("retrying")))),
    blocked: inState("blocked"),
  };
}

/** One more at each beginning, one less at each end. */
function changesOf(spans: readonly Span[]): Change[] {
  return spans.flatMap(({ begin, end }) => [
    { ...begin, by: 1 },
    ...(Number.isFinite(end.order) ? [{ ...end, by: -1 }] : []),
  ]);
}

function rowsOf(recording: Recording, tracks: readonly Track[], spans: readonly Span[]): Row[] {
  const { flow, rows: wanted } = recording;
  const trackRow = (name: string) =>
    tracks.filter((track) => track.name === name).map((track) => ({ track }));
  const flowing = flow.flatMap((name, i): Row[] => {
    const next = flow[i + 1];
    const depth = next === undefined ? [] : [{ level: depthBetween(name, next, spans, recording) }];
    return [...trackRow(name), ...depth];
  });
  const others = tracks.filter(({ name }) => !flow.includes(name)).map((track) => ({ track }));
  const rows = [...flowing, ...others, ...levelsOf(recording).map((level) => ({ level }))];
  const rank = (row: Row) => {
    const place = wanted.indexOf(nameOf(row));
    return place === -1 ? wanted.length : place;
  };
  return rows.sort((a, b) => rank(a) - rank(b));
}

const nameOf = (row: Row) => ("level" in row ? row.level.name : row.track.name);

/** How many have left one track and not yet begun on the next: what the buffer between them holds. */
function depthBetween(from: string, to: string, spans: readonly Span[], { limits, gap }: Recording): Level {
  const name = `${from} → ${to}`;
  const given = spans.filter((span) => span.track === from && gives(span)).map(handedOn);
  const taken = spans.filter((span) => span.track === to && span.state === "running" && span.attempt === 1);
  const countIn = (track: string) => gap?.tracks.find(({ name }) => name === track);
  const unseen = (countIn(from)?.given ?? 0) - (countIn(to)?.taken ?? 0);
  const changes: Change[] = [
    ...given.map((moment) => ({ ...moment, by: 1 })),
    ...taken.map(({ begin }) => ({ ...begin, by: -1 })),
    ...(gap === undefined ? [] : [{ ...gap.to, by: unseen }]),
  ];
  return lasting(levelOf(name, limits[name], changes));
}

/** A source gives its item when it begins to be blocked, a stage when it has ended. */
const handedOn = ({ state, begin, end }: Span): Moment => (state === "blocked" ? begin : end);

function gives(span: Span): boolean {
  const passesOn = span.state === "blocked" || (span.state === "running" && span.outcome === "ok");
  return passesOn && Number.isFinite(handedOn(span).order);
}

/** The depths that were told, as they were told. */
function levelsOf({ events, limits, gap }: Recording): Level[] {
  const told = events.filter((event) => event.type === "level");
  return [...Map.groupBy(told, ({ track }) => track)].map(([name, points]) => {
    const peak = gap?.tracks.find((track) => track.name === name)?.peak;
    const values = points.map(({ at, order, value }) => ({ at, order, value }));
    return levelThrough(name, limits[name], values, peak);
  });
}
