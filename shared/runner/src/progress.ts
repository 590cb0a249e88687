import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { dateStamp } from "./date-stamp.ts";

/** What passed, and exactly what it was that passed: hashes of the attempt and of what judged it. */
const pass = z.object({ attempt: z.string(), judgedBy: z.string() });

const labProgress = z.object({
  /** The hash of the starter that the attempt began as. */
  starter: z.string().optional(),
  /** Passes by step number. */
  steps: z.record(z.string(), pass).default({}),
  /** Passes by challenge. */
  challenges: z.record(z.string(), pass).default({}),
  /** How many hints were shown, by section of HINTS.md: "step 1", "challenge priority". */
  hints: z.record(z.string(), z.int().min(0)).default({}),
  /** How hunts for a bug ended, by bug. */
  bugs: z.record(z.string(), z.enum(["found", "given up"])).default({}),
});

const progressFile = z.object({
  /** The lab that was worked on last. */
  current: z.string().optional(),
  labs: z.record(z.string(), labProgress).default({}),
});

export type Pass = z.infer<typeof pass>;
export type LabProgress = z.infer<typeof labProgress>;
export type Progress = z.infer<typeof progressFile>;

export const progressFileName = "progress.json";

export const noLabProgress: LabProgress = { steps: {}, challenges: {}, hints: {}, bugs: {} };

/** What the learner has done so far, with a word of warning where the file could not be read. */
export interface ReadProgress {
  readonly progress: Progress;
  readonly warning?: string;
}

/** Reads `progress.json`. A damaged one is put aside under a dated name, never overwritten. */
export function readProgress(root: string): ReadProgress {
  const path = join(root, progressFileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { progress: { labs: {} } };
    throw error;
  }
  try {
    return { progress: progressFile.parse(JSON.parse(text)) };
  } catch (error) {
    const aside = `progress.damaged-${dateStamp(new Date())}.json`;
    renameSync(path, join(root, aside));
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const warning = `progress.json was damaged (${reason}). It is kept as ${aside}; progress starts anew.`;
    return { progress: { labs: {} }, warning };
  }
}

/** Changes one lab's progress and writes the file at once, so that a crash loses nothing. */
export function updateProgress(
  root: string,
  lab: string,
  change: (before: LabProgress) => LabProgress,
): Progress {
  const { progress } = readProgress(root);
  const changed = {
    current: lab,
    labs: { ...progress.labs, [lab]: change(progress.labs[lab] ?? noLabProgress) },
  };
  writeProgress(root, changed);
  return changed;
}

/** Forgets what an attempt did in a lab. The bugs that were found stay found: no attempt has a part in them. */
export function forgetAttempt(root: string, lab: string): void {
  const { progress } = readProgress(root);
  const { [lab]: before, ...others } = progress.labs;
  const bugs = before?.bugs ?? {};
  const kept = Object.keys(bugs).length === 0 ? {} : { [lab]: { ...noLabProgress, bugs } };
  writeProgress(root, { ...progress, labs: { ...others, ...kept } });
}

/** A rename is atomic: a reader sees the old file or the new one, never half of one. */
function writeProgress(root: string, progress: Progress): void {
  const scratch = mkdtempSync(join(root, ".progress-"));
  try {
    const draft = join(scratch, progressFileName);
    writeFileSync(draft, `${JSON.stringify(progress, undefined, 2)}\n`);
    renameSync(draft, join(root, progressFileName));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
