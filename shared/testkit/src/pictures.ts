import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Recording, readRun, toHtml } from "@pattern-labs/picture";
import { pathOf } from "./stack-frames.ts";

/** What this needs to know of a test that has ended. */
interface EndedTest {
  readonly name: string;
  /** Its file, perhaps with the answer that it judges: "…/1-bounded.test.ts?answer=attempt". */
  readonly file: { readonly filepath: string };
  readonly result?: { readonly state?: string; readonly errors?: readonly object[] | undefined } | undefined;
}

/**
 * Leaves the page of a failing test in `.pictures/` of its package, and beside it the recording as JSON; takes them away
 * when the test has passed. So the folder holds what is failing now. Says the page's path in the test's message.
 */
export function keepPicture(test: EndedTest): void {
  const answer = answerOf(test);
  if (answer === undefined) return;
  const packageDir = packageOf(pathOf(test.file.filepath));
  const file = join(packageDir, ".pictures", answer, fileNameOf(test.name));
  const error = test.result?.errors?.find(isRecorded);
  if (test.result?.state !== "fail" || error === undefined) {
    if (existsSync(`${file}.html`)) for (const end of [".html", ".json"]) rmSync(file + end, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.html`, toHtml(readRun(error.recording)));
  writeFileSync(`${file}.json`, `${JSON.stringify(error.recording)}\n`);
  error.message += `\n\nTo look at: ${relative(process.cwd(), `${file}.html`)}`;
}

interface RecordedError {
  message: string;
  readonly recording: Recording;
}

const isRecorded = (error: object): error is RecordedError =>
  "recording" in error && typeof error.recording === "object" && error.recording !== null;

/** Which answer to a lab is judged; that of broken variants, which are there to fail, nobody looks at. */
function answerOf({ file }: EndedTest): string | undefined {
  const judged = /\?answer=([^&]+)/.exec(file.filepath)?.[1] ?? process.env["LAB_TARGET"] ?? "";
  return /^(variants?|accepted)-/.test(judged) ? undefined : judged;
}

function packageOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** "1.2-never-more-than-workers-jobs-run-at-once" */
function fileNameOf(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\p{N}.]+/gu, "-");
  return words.replaceAll(/^[-.]+|-+$/g, "").slice(0, 80) || "test";
}
