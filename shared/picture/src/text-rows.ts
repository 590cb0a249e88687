import type { Level } from "./level.ts";
import { type Lane, type Run, type Span, type Task, type Track, tasksOf } from "./run.ts";
import { percent, superscript } from "./words.ts";

/** One row of a picture in characters. */
export interface TextRow {
  readonly label: string;
  /** What stands behind it, and the same in few characters. */
  readonly note?: string;
  readonly brief?: string;
  readonly over?: boolean;
  readonly spans?: readonly Span[];
  readonly level?: Level;
  readonly kind: "lane" | "task" | "queue" | "again" | "depth" | "blocked" | "rule" | "more";
}

export function laneRows(run: Run): TextRow[] {
  const several = run.tracks.length > 1;
  return run.rows.flatMap((row) => ("level" in row ? [levelRow(row.level)] : trackRows(row.track, several)));
}

function levelRow(level: Level, label = level.name): TextRow {
  const { max, limit } = level;
  const over = limit !== undefined && max > limit;
  const note = limit === undefined ? `max ${max}` : `max ${max} of ${limit}`;
  return { kind: "depth", label, level, note, brief: note.slice(4), over };
}

function trackRows(track: Track, several: boolean): TextRow[] {
  const { name, queued, retrying, blocked, lanes, limit, running } = track;
  const of = (what: string) => (several ? `${name} ${what}` : what);
  const rows: TextRow[] = [];
  if (queued.max > 0) rows.push({ ...levelRow(queued, of("in line")), kind: "queue" });
  if (retrying.max > 0) rows.push({ ...levelRow(retrying, of("to retry")), kind: "again" });
  if (blocked.some(({ begin, end }) => end.at > begin.at)) {
    const share = percent(shareOf(blocked));
    const label = lanes.length > 0 ? of("blocked") : name;
    rows.push({ kind: "blocked", label, spans: blocked, note: `blocked ${share}`, brief: share });
  }
  for (const [i, lane] of lanes.entries()) {
    if (lane.over && lanes[i - 1]?.over !== true) {
      rows.push({ kind: "rule", label: "", over: true, note: `limit ${limit}`, brief: `limit ${limit}` });
    }
    rows.push(laneRow(lane, track));
  }
  if (lanes.length > 1) rows.push(levelRow(running, of("at once")));
  return rows;
}

function laneRow({ name, depth, over, spans }: Lane, track: Track): TextRow {
  const isAlone = track.lanes.length === 1 && track.limit === undefined;
  const isTree = track.lanes.some((lane) => lane.depth > 0);
  const label = isTree ? `${"  ".repeat(depth)}${name}` : isAlone ? track.name : `${track.name} ${name}`;
  const dropped = spans.filter(({ outcome }) => outcome === "dropped").length;
  return {
    kind: "lane",
    label,
    spans,
    over,
    ...(dropped > 0 && { note: `${dropped} dropped`, brief: `${dropped} ×` }),
  };
}

/** The part of the time in which somebody could not go on. */
export function shareOf(spans: readonly Span[]): number {
  const to = spans.reduce((latest, { end }) => Math.max(latest, end.at), 0);
  return to === 0 ? 0 : spans.reduce((sum, { begin, end }) => sum + end.at - begin.at, 0) / to;
}

const MOST_TASKS = 40;

export function taskRows(run: Run): TextRow[] {
  const { tasks, more } = tasksOf(run, MOST_TASKS);
  const rows = tasks.map((task): TextRow => {
    const { text, bad } = fateOf(task);
    return { kind: "task", label: task.name, spans: task.spans, note: text, over: bad };
  });
  const rest: TextRow = { kind: "more", label: "", note: `${more} more, which ended sooner or better` };
  return more === 0 ? rows : [...rows, rest];
}

/** "ok, 3 tries", "never begun". */
export function fateOf({ spans }: Task): { readonly text: string; readonly bad: boolean } {
  const runs = spans.filter(({ state }) => state === "running");
  const last = runs.at(-1);
  const tries = runs.length > 1 ? `, ${runs.length} tries` : "";
  if (last !== undefined && last.outcome !== "cut") {
    const text = `${last.outcome ?? "never ended"}${tries}`;
    return { text, bad: last.outcome === undefined };
  }
  const only = spans.at(-1);
  if (only?.outcome === "cut") return { text: "", bad: false };
  if (only?.state === "blocked") return { text: "", bad: false };
  return only?.outcome === "cancelled"
    ? { text: "cancelled in line", bad: false }
    : { text: "never begun", bad: only?.outcome === undefined };
}

/** "p3²": the second try of p3. */
export function tryName({ task, attempt }: Span): string {
  return attempt > 1 ? `${task}${superscript(attempt)}` : task;
}

/** At most `room` rows: the first lanes, and whatever is not as it should be. */
export function foldRows(rows: readonly TextRow[], room: number): TextRow[] {
  const isPlain = ({ kind, over }: TextRow) => (kind === "lane" || kind === "task") && over !== true;
  const plain = rows.filter(isPlain);
  const left = Math.max(1, room - (rows.length - plain.length) - 1);
  if (rows.length <= room || left >= plain.length) return [...rows];
  const shown = new Set(plain.slice(0, left));
  const last = plain[left - 1];
  const kind = last?.kind === "task" ? "task" : "lane";
  const hidden = plain.length - left;
  const more: TextRow = { kind: "more", label: "", note: `${hidden} more ${kind}${hidden === 1 ? "" : "s"}` };
  return rows.flatMap((row) => {
    if (!isPlain(row)) return [row];
    if (row === last) return [row, more];
    return shown.has(row) ? [row] : [];
  });
}
