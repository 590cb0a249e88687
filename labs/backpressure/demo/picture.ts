import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { PAGE_WIDTH } from "@pattern-labs/demo";
import { Recorder, readRun, toTrace } from "@pattern-labs/picture";
import { LOADS } from "../given/policies.ts";
import { toChart } from "./chart.ts";
import { asTable, type Run } from "./report.ts";
import { times } from "./words.ts";

/** Writes the picture of the run: a page, an image or a trace, by the end of the file's name. */
export function savePicture(run: Run, file: string): void {
  const draw = { ".svg": toChart, ".json": toDepthTrace }[extname(file)] ?? toPage;
  writeFileSync(file, draw(run));
}

/** The chart, and below it the same in words and numbers. Nothing is loaded from anywhere. */
export function toPage(run: Run): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Backpressure: ten times what can be written</title>
<style>${PAGE_STYLE}</style>
<main>
<div>${toChart(run)}</div>
<pre>${escaped(asTable(run, PAGE_WIDTH))}</pre>
</main>
</html>
`;
}

const PAGE_STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:24px;background:light-dark(#f6f8fa,#0a0e14);color:light-dark(#1f2328,#e6edf3)}
main{max-width:1120px;margin:auto;background:light-dark(#fff,#0f141b);border:1px solid light-dark(#d5dae0,#2b333d);border-radius:10px;padding:8px}
div{overflow-x:auto}
svg{display:block;margin:auto;min-width:900px}
pre{font:12px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:8px 12px 12px;overflow-x:auto}
@media (max-width:640px){body{padding:0}main{border:0;border-radius:0}}
`;

/** The depths as counters of a trace, policy after policy on one line of time, for the viewers that open such files. */
export function toDepthTrace({ policies, secondsPerLoad }: Run): string {
  let now = 0;
  const recorder = new Recorder({ title: "Backpressure", now: () => now });
  policies.forEach(({ policy, levels }, nth) => {
    levels.forEach(({ load, samples }, n) => {
      const began = (nth * LOADS.length + n) * secondsPerLoad * 1_000;
      now = began;
      recorder.mark(`${policy} ${times(load)}`);
      samples.forEach(({ buffered, waiting }, i) => {
        now = began + ((i + 1) / samples.length) * secondsPerLoad * 1_000;
        recorder.level(`${policy}: buffered`, buffered);
        recorder.level(`${policy}: waiting`, waiting);
      });
    });
  });
  return toTrace(readRun(recorder));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
