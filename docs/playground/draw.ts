import { type Recording, readRun, toSvg } from "@pattern-labs/picture";
import { escaped } from "./template.ts";

/** How much of a run is seen, in simulated milliseconds: it grows with the run, from one to the next. */
const STRETCHES = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

export interface Frame {
  readonly now: number;
  readonly lengthMs: number;
  readonly width: number;
}

/** The picture of the run so far as markup, from its beginning; and how far into it the clock has come, of 1. */
export function draw(
  recording: Recording,
  { now, lengthMs, width }: Frame,
): { picture: string; share: number } {
  const run = readRun(upTo(now, recording));
  const stretch = Math.min(lengthMs, STRETCHES.find((ms) => ms >= now) ?? lengthMs);
  const to = Math.max(stretch, now);
  const bad = run.findings.filter(({ tone }) => tone === "bad").map(({ text }) => text);
  const svg = toSvg({ ...run, findings: [] }, { width, bare: true, window: [0, to], id: "play" });
  const findings = bad.map((text) => `<p class="finding">✗ ${escaped(text)}</p>`).join("");
  return { picture: findings + svg, share: now / to };
}

/** What has not ended reaches up to now, even if nothing has happened lately. */
function upTo(now: number, recording: Recording): Recording {
  const order = (recording.events.at(-1)?.order ?? 0) + 1;
  const nothing = { type: "end", span: -1, outcome: "ok", at: now, order } as const;
  return { ...recording, events: [...recording.events, nothing] };
}
