import { drawSvg, type Group, type Piece, type Recording, readRun } from "@pattern-labs/picture";
import { escaped } from "./template.ts";

/** How much of a run is seen, in simulated milliseconds: it grows with the run, from one to the next. */
const STRETCHES = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

export interface Frame {
  readonly now: number;
  readonly lengthMs: number;
  readonly width: number;
  /** Nothing is still to come. */
  readonly isDone: boolean;
}

/** The picture of the run so far, from its beginning: what is wrong with it, and its svg. */
export function draw(recording: Recording, { now, lengthMs, width, isDone }: Frame): readonly Piece[] {
  const run = readRun(upTo(now, recording));
  const stretch = Math.min(lengthMs, STRETCHES.find((ms) => ms >= now) ?? lengthMs);
  const to = Math.max(stretch, now);
  const bad = run.findings.filter(({ tone }) => tone === "bad").map(({ text }) => text);
  const svg = drawSvg({ ...run, findings: [] }, { width, bare: true, window: [0, to], id: "play" });
  const findings = bad.map((text) => `<p class="finding">✗ ${escaped(text)}</p>`).join("");
  const share = now / to;
  return [findings, isDone || share >= 1 ? svg : withClock(svg, share)];
}

/** What has not ended reaches up to now, even if nothing has happened lately. */
function upTo(now: number, recording: Recording): Recording {
  const order = (recording.events.at(-1)?.order ?? 0) + 1;
  const nothing = { type: "end", span: -1, outcome: "ok", at: now, order } as const;
  return { ...recording, events: [...recording.events, nothing] };
}

/**
 * What is still to come stays blank, behind a line where the clock stands. The svg is that of one bare run: a group in
 * which the rows follow the axis, in a group of their own.
 */
function withClock(svg: Group, share: number): Group {
  const [left, right] = ["left", "right"].map((side) =>
    Number(new RegExp(`data-${side}="([^"]*)"`).exec(svg.attributes)?.[1]),
  ) as [number, number];
  const x = left + share * (right - left);
  return inGroup(svg, (figure) => {
    const axis = figure.pieces.find((piece) => typeof piece === "string" && piece.includes('class="axis"'));
    const [, top, bottom] = /([\d.]+)V([\d.]+)/.exec(String(axis ?? "")) ?? [];
    const height = Number(bottom) - Number(top);
    const clock = `<rect class="ahead" x="${x}" width="${right - x + 1}" height="${height - 6}"/><path class="now" d="M${x} -6V${height - 6}"/>`;
    return inGroup(figure, (rows) => ({ ...rows, pieces: [...rows.pieces, clock] }));
  });
}

/** With another group in place of the first one in it. */
function inGroup(group: Group, other: (inside: Group) => Group): Group {
  const place = group.pieces.findIndex((piece) => typeof piece === "object");
  const inside = group.pieces[place];
  return typeof inside === "object" ? { ...group, pieces: group.pieces.with(place, other(inside)) } : group;
}
