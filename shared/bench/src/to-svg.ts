import { describeMachine } from "./machine.ts";
import { countText, ratioText } from "./numbers.ts";
import type { BenchReport, Row, TargetReport, WorkloadReport } from "./report.ts";
import { bySpeed, inWords, type Words } from "./rows.ts";
import { SVG_STYLE } from "./svg-style.ts";

const WIDTH = 960;
const MARGIN = 20;
/** Bars end here at the latest. Where they begin depends on the names before them. */
const RIGHT = 640;
const ROW = 26;
const BAR = 16;
/** Longer bars are cut, so that one that is very slow does not make all others look alike. */
const longest = 10;

/** The columns beside the bars, by their right edges. */
const columns = [
  { right: 772, title: "per second", word: "perSecond" },
  { right: 852, title: "in flight", word: "inFlight" },
  { right: WIDTH - MARGIN, title: "heap", word: "heap" },
] as const satisfies readonly { right: number; title: string; word: keyof Words }[];

/**
 * The report as one SVG text, without a script: for each workload a bar of time for each strategy, as a multiple of the
 * floor's. Light or dark follows the reader's `prefers-color-scheme`.
 */
export function toSvg(report: BenchReport): string {
  let y = 78;
  const told = report.workloads.filter(({ rows }) => rows.some((row) => row.rounds > 0 || row.failure));
  const left = leftOf(told.flatMap(({ rows }) => rows.map(({ name }) => name)));
  const blocks = told.map((workload) => {
    const { text, height } = drawWorkload(workload, left);
    const block = `<g transform="translate(0 ${y})">${text}</g>`;
    y += height + 26;
    return block;
  });
  const height = y - 6;
  const noisy = report.workloads.some(({ rows }) => rows.some((row) => row.noisy));
  const facts = [
    "time for an operation, × the floor: shorter is better",
    ...(report.workloads.some(({ targets }) => targets.length > 0) ? ["I is a target"] : []),
    ...(noisy ? ["~ too noisy to trust"] : []),
    ...(report.interrupted ? ["stopped before it was through"] : []),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="bench" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(summaryOf(report))}">
<style>${SVG_STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text class="title" x="${MARGIN}" y="32">${escapeXml(report.title)}</text>
<text class="note" x="${MARGIN}" y="52">${escapeXml(facts.join(" · "))}</text>
<text class="note" x="${WIDTH - MARGIN}" y="32" text-anchor="end">${escapeXml(describeMachine(report.machine))} · ${report.date}</text>
${blocks.join("\n")}
</svg>
`;
}

/** What a letter takes at most, on average. */
const LETTER = 6.9;
const LONGEST_NAME = 48;

/** The names get the room that they need, and the bars the rest. */
function leftOf(names: readonly string[]): number {
  const longestName = Math.max(0, ...names.map((name) => Math.min(name.length, LONGEST_NAME)));
  return Math.max(170, Math.ceil(MARGIN + longestName * LETTER + 10));
}

interface Drawn {
  readonly text: string;
  readonly height: number;
}

function drawWorkload({ title, operations, rows, targets }: WorkloadReport, left: number): Drawn {
  const measured = bySpeed(rows);
  const failed = rows.filter((row) => row.failure !== undefined);
  const scale = scaleOf(measured, left);
  const top = 44;
  const bottom = top + measured.length * ROW;
  const bars = measured.map((row, n) => {
    const ticks = targets.filter((target) => target.strategy === row.name);
    return `<g transform="translate(0 ${top + n * ROW})">${drawRow(row, ticks, rows, scale)}</g>`;
  });
  const failures = failed.map(
    ({ name, failure = "" }, n) =>
      `<g transform="translate(0 ${bottom + n * ROW})"><text class="label" x="${left - 10}" y="17">${escapeXml(shorten(name, LONGEST_NAME))}</text><text class="bad-ink" x="${left}" y="17">✗ ${escapeXml(shorten(failure, Math.floor((WIDTH - MARGIN - left) / LETTER)))}</text></g>`,
  );
  const heads = columns
    .filter(({ word }) => measured.some((row) => inWords(row)[word] !== undefined))
    .map(({ right, title }) => `<text class="note head" x="${right}" y="${top - 10}">${title}</text>`);
  return {
    text: [
      `<text class="heading" x="${MARGIN}" y="12">${escapeXml(title)}<tspan class="note" font-weight="400"> · ${countText(operations)} a run</tspan></text>`,
      ...heads,
      measured.length === 0 ? "" : drawAxis(scale, top, bottom),
      ...bars,
      ...failures,
    ].join("\n"),
    height: bottom + failed.length * ROW,
  };
}

/** From a ratio to its place on the page. `end` is the largest that fits. */
interface Scale {
  /** Where bars begin. */
  readonly left: number;
  readonly end: number;
  readonly x: (ratio: number) => number;
}

function scaleOf(rows: readonly Row[], left: number): Scale {
  const ratios = rows.map((row) => row.ratio?.upper ?? 0);
  const end = Math.max(...ratios.filter((ratio) => ratio <= longest), 1.2);
  const cut = ratios.some((ratio) => ratio > end);
  const room = cut ? end * 1.25 : end;
  const width = RIGHT - left - 60;
  return { left, end: room, x: (ratio) => round(left + (Math.min(ratio, room) / room) * width) };
}

function drawAxis({ end, x }: Scale, top: number, bottom: number): string {
  const step = [0.25, 0.5, 1, 2, 5].find((size) => end / size <= 8) ?? 5;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, n) => n * step);
  const lines = ticks
    .filter((ratio) => ratio !== 1)
    .map((ratio) => axisLine(x(ratio), top, bottom, "", Math.abs(x(ratio) - x(1)) < 44 ? "" : String(ratio)));
  return `<g class="axis">${lines.join("")}${axisLine(x(1), top, bottom, "at-floor", "floor 1.0")}</g>`;
}

function axisLine(x: number, top: number, bottom: number, kind: string, label: string): string {
  const line = `<path${kind === "" ? "" : ` class="${kind}"`} d="M${x} ${top - 4}V${bottom}"/>`;
  if (label === "") return line;
  return `${line}<text${kind === "" ? "" : ' class="floor-ink"'} x="${x}" y="${top - 10}">${label}</text>`;
}

function drawRow(row: Row, targets: readonly TargetReport[], rows: readonly Row[], scale: Scale): string {
  const words = inWords(row);
  const name = `<text class="label ${row.kind}" x="${scale.left - 10}" y="17">${escapeXml(shorten(row.name, LONGEST_NAME))}</text>`;
  const figures = columns.flatMap(({ right, word }) => {
    const text = words[word];
    return text === undefined ? [] : [`<text class="value" x="${right}" y="17">${text}</text>`];
  });
  const { ratio } = row;
  if (ratio === undefined) return [name, ...figures].join("");
  const { left, x, end } = scale;
  const isCut = ratio.median > end;
  const ticks = isCut ? [] : targets.flatMap((target) => targetTick(target, rows, scale));
  const to = x(ratio.median);
  const figure = `${words.ratio}${row.noisy ? " ~" : ""}`;
  const after = Math.max(x(ratio.upper), to, ...ticks.map((tick) => (tick.x < to + 70 ? tick.x : 0))) + 8;
  const label = besideFloor(after, (figure.length + 2 * ticks.length) * LETTER, x(1));
  return [
    name,
    `<rect class="bar ${row.kind}" x="${left}" y="5" width="${round(to - left)}" height="${BAR}" rx="2.5"><title>${escapeXml(describe(row))}</title></rect>`,
    isCut ? `<path class="cut" d="M${to - 26} 23l5 -10l-4 -4l5 -7h6l-5 7l4 4l-5 10z"/>` : whisker(row, scale),
    ...ticks.map(({ text }) => text),
    `<text class="ratio" x="${label}" y="17">${figure}${verdicts(ticks)}</text>`,
    ...figures,
  ].join("");
}

/** A figure that would lie on the line of the floor stands behind it. */
function besideFloor(x: number, width: number, floor: number): number {
  return x <= floor && x + width > floor ? floor + 8 : x;
}

/** Where the bar should end: at so many times the ratio of the one it is compared with. */
function targetTick(target: TargetReport, rows: readonly Row[], { x, end }: Scale) {
  const base = rows.find((row) => row.name === target.against)?.ratio?.median;
  const aim = base === undefined ? undefined : base * target.atMost;
  if (aim === undefined || aim > end || target.reached === undefined) return [];
  const verdict: "reached" | "missed" = target.reached ? "reached" : "missed";
  const words = `target: at most ${ratioText(target.atMost)} × ${target.against}, ${verdict}`;
  return [
    {
      x: x(aim),
      verdict,
      text: `<path class="target ${verdict}" d="M${x(aim) - 4} 1h8M${x(aim)} 1V25M${x(aim) - 4} 25h8"><title>${escapeXml(words)}</title></path>`,
    },
  ];
}

/** Told in words, too: not everybody tells green from red. */
function verdicts(ticks: readonly { readonly verdict: "reached" | "missed" }[]): string {
  return ticks
    .map(({ verdict }) => `<tspan class="verdict ${verdict}"> ${verdict === "reached" ? "✓" : "✗"}</tspan>`)
    .join("");
}

/** The middle half of the rounds, where it is wide enough to be seen. */
function whisker({ ratio }: Row, { x }: Scale): string {
  if (ratio === undefined || x(ratio.upper) - x(ratio.lower) < 2) return "";
  return `<path class="whisker" d="M${x(ratio.lower)} 13H${x(ratio.upper)}M${x(ratio.lower)} 9v8M${x(ratio.upper)} 9v8"/>`;
}

function describe(row: Row): string {
  const { ratio, range, each, resident } = inWords(row);
  return `${row.name}: ${ratio} × the floor (${range}), ${each} each, ${resident ?? "?"} resident`;
}

function summaryOf({ title, workloads }: BenchReport): string {
  const parts = workloads.map((workload) => {
    const rows = bySpeed(workload.rows).map((row) => `${row.name} ${inWords(row).ratio ?? "unmeasured"}`);
    return `${workload.title}: ${rows.join(", ")}`;
  });
  return `${title}, time as a multiple of the floor. ${parts.join(". ")}`;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

const round = (n: number) => Math.round(n * 10) / 10;
const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
