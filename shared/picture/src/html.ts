import { SCRIPT } from "./html-script.ts";
import { PAGE_STYLE } from "./html-style.ts";
import { oneLine } from "./label.ts";
import { embedded, escaped } from "./markup.ts";
import { type Run, type Span, tasksOf } from "./run.ts";
import { scaleOf } from "./scale.ts";
import { toSvg } from "./svg.ts";
import { toTrace } from "./trace.ts";
import { count, duration } from "./words.ts";

export interface HtmlOptions {
  /** Default: the titles of the runs. */
  readonly title?: string | undefined;
}

/**
 * The picture of a run as one page that needs nothing else, neither network nor build: who did it and what became of
 * it, step by step, one task highlighted wherever it occurs, and the trace to save. Without its script it is still a
 * picture. Several runs stand one above the other on one scale.
 *
 * @example
 * ```ts
 * const html = toHtml(readRun(new Recorder({ title: "an empty run" })));
 * assert.match(html, /^<!doctype html>/);
 * assert.ok(!/\b(?:src|href)=|@import|url\((?!#)/.test(html)); // nothing is loaded from anywhere
 * ```
 */
export function toHtml(runs: Run | readonly Run[], options: HtmlOptions = {}): string {
  const all = [runs].flat();
  const title = options.title ?? all.map((run) => run.title).join(" and ");
  const traces = all.map(
    (run, i) => `<script type="application/json" id="trace-${i}">${embedded(toTrace(run))}</script>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main data-view="lanes">
<header><h1>${escaped(title)}</h1>${all.length === 1 ? all.map(summary).join("") : ""}</header>
${controls(all)}
${pictures(all, "lanes")}
${pictures(all, "tasks")}
</main>
<script type="application/json" id="steps">${embedded(JSON.stringify(stepsOf(all)))}</script>
${traces.join("\n")}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function summary(run: Run): string {
  const tasks = count(tasksOf(run).tasks.length, "task");
  const facts = `${tasks} · ${duration(run.end)} of ${run.clock} time · ${count(run.count, "event")}`;
  const findings = run.findings.map(
    ({ tone, text }) =>
      `<li class="${tone}"><span>${tone === "bad" ? "✗" : "▸"}</span> ${escaped(text)}</li>`,
  );
  return `<p>${escaped(facts)}</p>${findings.length > 0 ? `<ul>${findings.join("")}</ul>` : ""}`;
}

/** Hidden until the script runs: what does nothing should not look as if it did. */
function controls(runs: readonly Run[]): string {
  const saves = runs.map((run, i) => {
    const which = runs.length > 1 ? ` ${i + 1}` : "";
    return `<button type="button" data-save="${i}" title="${escaped(run.title)}: opens in Perfetto, Speedscope and chrome://tracing">Save trace${which}</button>`;
  });
  return `<nav hidden>
<span><button type="button" data-show="lanes" aria-pressed="true">who does it</button><button type="button" data-show="tasks" aria-pressed="false">what becomes of it</button></span>
<span class="steps"><button type="button" data-by="-1" aria-label="one event back">◀</button><button type="button" data-by="1" aria-label="one event on">▶</button><input type="range" min="-1" max="-1" value="-1" aria-label="event"></span>
<span>${saves.join("")}</span>
<output aria-live="polite">Step with the arrow keys, or point at a bar.</output>
</nav>`;
}

/** The same picture for wide and for narrow screens: one that is merely scaled down cannot be read. */
function pictures(runs: readonly Run[], rows: "lanes" | "tasks"): string {
  const bare = runs.length === 1;
  const sheet = (size: "wide" | "narrow", width: number) =>
    `<div class="sheet ${rows} ${size}">${toSvg(runs, { width, rows, bare, id: `${rows}-${size}` })}<i></i></div>`;
  return `${sheet("wide", 1_080)}\n${sheet("narrow", 400)}`;
}

/** To step through; the picture shows them all. */
const MOST_STEPS = 5_000;

type Step = readonly [place: number, when: string, text: string, task: string];

function stepsOf(runs: readonly Run[]): Step[] {
  const { axis, place } = scaleOf(runs, 1);
  const several = runs.length > 1;
  const steps = runs.flatMap((run, i) =>
    happenings(run).map(({ at, order, text, task }) => ({
      sort: axis === "time" ? at : order,
      step: [
        Math.round(place({ at, order }) * 1e5) / 1e5,
        axis === "time" ? duration(at) : `event ${order + 1}`,
        several ? `${i + 1}: ${text}` : text,
        task,
      ] as const,
    })),
  );
  // A stable sort: what happened at one instant stays in its order.
  return steps
    .sort((a, b) => a.sort - b.sort)
    .map(({ step }) => step)
    .slice(0, MOST_STEPS);
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly text: string;
  readonly task: string;
}

/** All that happened in one run, in words and in order. */
function happenings({ spans, marks }: Run): Happening[] {
  const all = [
    ...spans.flatMap(beginAndEnd),
    ...marks.map(({ at, order, name }) => ({ at, order, text: oneLine(name), task: "" })),
  ];
  return all.sort((a, b) => a.order - b.order);
}

function beginAndEnd(span: Span): Happening[] {
  const { begin, end, outcome, state, detail } = span;
  const task = oneLine(span.task);
  const begins = { ...begin, text: `${task} ${beginning(span)}`, task };
  const isTold = outcome !== undefined && outcome !== "cut" && (state === "running" || state === "phase");
  if (!isTold) return [begins];
  const why = detail === undefined ? "" : `: ${oneLine(detail)}`;
  const how = outcome === "ok" ? "is done" : `${outcome === "failed" ? "fails" : `is ${outcome}`}${why}`;
  return [begins, { ...end, text: `${task} ${how}`, task }];
}

function beginning({ state, attempt }: Span): string {
  if (state === "running") return attempt > 1 ? `begins, try ${attempt}` : "begins";
  return {
    queued: "is handed over",
    retrying: "waits to be tried again",
    blocked: "is blocked",
    phase: "begins",
  }[state];
}
