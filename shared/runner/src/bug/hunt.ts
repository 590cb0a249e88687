import { createHash, randomInt } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { editedFiles, type Mutant } from "@pattern-labs/testkit/mutants";
import { z } from "zod";
import { putBugAside } from "../attempt.ts";
import { filesIn } from "../fingerprint.ts";
import type { LabProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import { withoutNewBlanks } from "./difference.ts";
import { formatted } from "./formatted.ts";

/** A hunt for the bug in `bug/`: a copy of the reference with one mistake in it. */
export interface Hunt {
  readonly id: string;
  /** It was found, or given up: the next hunt may take its place. */
  readonly isOver: boolean;
}

/** One file that the mistake, or somebody since, made different. */
export interface ChangedFile {
  /** From the folder of the answer: "pool.ts". */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const recordName = ".hunt.json";

/**
 * Which bug it is must be remembered, and should not be read by accident: so its name is in base64. Whoever wants to
 * know need not break it: `lab bug --give-up` tells.
 */
const record = z.object({ about: z.string(), bug: z.base64(), isOver: z.boolean() });

/** The hunt that is on, or was last; undefined where there is none. */
export function readHunt(lab: Lab): Hunt | undefined {
  const path = join(bugFolder(lab), recordName);
  if (!existsSync(path)) return undefined;
  try {
    const { bug, isOver } = record.parse(JSON.parse(readFileSync(path, "utf8")));
    return { id: Buffer.from(bug, "base64").toString(), isOver };
  } catch {
    return undefined; // Whoever spoilt the file gets another bug.
  }
}

/** The edits of the reference that nobody has been asked about yet; those that were given up come last. */
export function candidates(
  mutants: readonly Mutant[],
  { bugs }: Pick<LabProgress, "bugs">,
): readonly Mutant[] {
  const edits = mutants.filter(({ edits }) => edits !== undefined && edits.length > 0);
  const fresh = edits.filter(({ id }) => bugs[id] === undefined);
  return fresh.length > 0 ? fresh : edits.filter(({ id }) => bugs[id] === "given up");
}

/** One of them by chance, or always the same one for the same seed. */
export function pick<T>(from: readonly T[], seed: string | undefined): T | undefined {
  if (from.length === 0) return undefined;
  const chosen =
    seed === undefined
      ? randomInt(from.length)
      : createHash("sha256").update(seed).digest().readUInt32BE() % from.length;
  return from[chosen];
}

/** Writes the reference with the mistake in it to `bug/`, in place of what was there. */
export async function beginHunt(root: string, lab: Lab, mutant: Mutant): Promise<void> {
  const broken = await brokenFiles(root, lab, mutant);
  const scratch = mkdtempSync(join(lab.folder, ".starting-"));
  try {
    const draft = join(scratch, "bug");
    cpSync(join(lab.folder, "solution"), draft, { recursive: true });
    for (const { file, after } of broken) writeFileSync(join(draft, file), after);
    // It is neither the lab's nor the learner's own work: git leaves it alone.
    writeFileSync(join(draft, ".gitignore"), "*\n");
    if (existsSync(bugFolder(lab))) putBugAside(root, lab);
    renameSync(draft, bugFolder(lab));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeRecord(lab, { id: mutant.id, isOver: false });
}

export function endHunt(lab: Lab, { id }: Hunt): void {
  writeRecord(lab, { id, isOver: true });
}

/** What the mistake changed in the reference. */
export async function brokenFiles(root: string, lab: Lab, mutant: Mutant): Promise<ChangedFile[]> {
  const solution = join(lab.folder, "solution");
  const edited = [...editedFiles(mutant, lab.folder)];
  return await Promise.all(
    edited.map(async ([path, text]) => {
      const before = readFileSync(path, "utf8");
      const after = await formatted(root, path, withoutNewBlanks(before, text));
      return { file: relative(solution, path).split(sep).join("/"), before, after };
    }),
  );
}

/** What `bug/` has that the broken reference has not: the learner's work so far. */
export function repairs(lab: Lab, broken: readonly ChangedFile[]): ChangedFile[] {
  const given = (file: string) =>
    broken.find((one) => one.file === file)?.after ?? readIfThere(join(lab.folder, "solution", file));
  const files = [join(lab.folder, "solution"), bugFolder(lab)].flatMap((folder) =>
    filesIn(folder).map((path) => relative(folder, path).split(sep).join("/")),
  );
  return [...new Set(files)]
    .filter((file) => file !== recordName && file !== ".gitignore")
    .map((file) => ({ file, before: given(file), after: readIfThere(join(bugFolder(lab), file)) }))
    .filter(({ before, after }) => before !== after);
}

function bugFolder(lab: Lab): string {
  return join(lab.folder, "bug");
}

function writeRecord(lab: Lab, { id, isOver }: Hunt): void {
  const about =
    "Which bug it is. Better not decoded: `lab bug` tells once it is found, `lab bug --give-up` before.";
  const text = JSON.stringify({ about, bug: Buffer.from(id).toString("base64"), isOver }, undefined, 2);
  writeFileSync(join(bugFolder(lab), recordName), `${text}\n`);
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
