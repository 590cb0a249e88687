import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { Recorder, readRun, toHtml, toSvg, toTrace } from "@pattern-labs/picture";
import type { Outcome } from "./outcome.ts";
import { LABELS, type Run, statusText, title } from "./report.ts";

/** What happened longer ago than this before the end began is left out. */
const BEFORE_MS = 800;

/** The servers one above the other on one scale; in a trace, of which there is one, only the last. */
export function savePicture(run: Run, file: string): void {
  const runs = run.outcomes.map((outcome) => readRun(record(outcome, run.options)));
  const last = runs.at(-1);
  if (last === undefined) return;
  const text =
    { ".svg": () => toSvg(runs), ".json": () => toTrace(last) }[extname(file)] ?? (() => toHtml(runs));
  writeFileSync(file, text());
}

interface Happening {
  readonly at: number;
  readonly note: (recorder: Recorder) => void;
}

/** What several processes have told, put in order, as a recording. */
export function record(outcome: Outcome, options: Run["options"]): Recorder {
  const from = outcome.askedAt - BEFORE_MS;
  let now = 0;
  const recorder = new Recorder({
    title: `${LABELS[outcome.server]}: ${title(options).replace("Graceful shutdown: ", "")}`,
    now: () => now,
    rows: ["slow", "stream", "jobs accepted", "jobs done", "store", "cache", "workers", "broker", "http"],
  });
  const happenings = [...requests(outcome), ...resources(outcome), ...marks(outcome, options)];
  for (const { at, note } of happenings.toSorted((a, b) => a.at - b.at)) {
    if (at < from && outcome.spans.length > 0) continue;
    now = at - from;
    note(recorder);
  }
  return recorder;
}

const TRACKS = {
  quick: "quick",
  slow: "slow",
  stream: "stream",
  endless: "stream",
  job: "jobs accepted",
} as const;

function requests({ spans, askedAt }: Outcome): readonly Happening[] {
  return spans.flatMap(({ kind, id, began, ended, outcome }) => {
    if ((ended ?? began) < askedAt - BEFORE_MS) return [];
    let span = 0;
    const begins = Math.max(began, askedAt - BEFORE_MS);
    return [
      { at: begins, note: (recorder) => (span = recorder.begin(TRACKS[kind], "running", `${kind} ${id}`)) },
      {
        at: ended ?? begins,
        note: (recorder) =>
          recorder.end(
            span,
            outcome === "answered" ? "ok" : outcome === "cut" ? "cancelled" : "failed",
            outcome,
          ),
      },
    ] satisfies Happening[];
  });
}

/** The jobs that are done, and the resources as they stop. */
function resources({ news }: Outcome): readonly Happening[] {
  const spans = new Map<string, number>();
  return news.flatMap((each): Happening[] => {
    if (each.news === "resource" && each.step === "start") return [];
    if (each.news !== "resource" && each.news !== "job") return [];
    const [track, task] =
      each.news === "job" ? ["jobs done", `job ${each.id}`] : [each.name, `stop ${each.name}`];
    const note = (recorder: Recorder) => {
      if (each.phase === "begins") spans.set(task, recorder.begin(track, "running", task));
      else
        recorder.end(spans.get(task) ?? 0, each.phase === "done" || each.phase === "ended" ? "ok" : "failed");
    };
    return [{ at: each.at, note }];
  });
}

function marks(outcome: Outcome, { signal, fault, twice }: Run["options"]): readonly Happening[] {
  const { news, askedAt, endedAt, wasKilled, spans } = outcome;
  const asked =
    fault === "uncaught" || fault === "rejection" ? fault : twice ? `${signal}, and again` : signal;
  const notReady = news.find((each) => each.news === "not ready");
  return [
    ...(spans.length > 0
      ? [{ at: askedAt, note: (recorder: Recorder) => recorder.mark(asked, "stop") }]
      : []),
    ...(notReady === undefined
      ? []
      : [{ at: notReady.at, note: (recorder: Recorder) => recorder.mark("not ready") }]),
    {
      at: endedAt,
      note: (recorder) =>
        recorder.mark(wasKilled ? "SIGKILL" : `exit ${statusText(outcome)}`, wasKilled ? "bad" : "plain"),
    },
  ];
}
