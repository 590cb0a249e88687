import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { keysIn } from "../service/work/effects.ts";
import type { Course } from "./course.ts";
import { effectsFile } from "./course.ts";

/** What is found in the end, where nobody can have made it up: in the store, in the files, at the hook. */
export interface Counts {
  readonly acknowledged: number;
  readonly completed: number;
  /** Acknowledged, and not completed. */
  readonly lost: number;
  /** In a state that is not the end. */
  readonly left: number;
  /** How often leases have run out, of all jobs. */
  readonly crashes: number;
  readonly effects: {
    readonly gzip: number;
    readonly webhook: number;
    /** Keys that stand in the effects file more than once. */
    readonly twice: number;
    /** Keys that are no job's. */
    readonly foreign: number;
  };
  /** Files that are compressed, and which of these are not what they were. */
  readonly files: number;
  readonly broken: readonly string[];
  readonly lastStatus?: number | undefined;
}

const pageSchema = z.object({
  jobs: z.array(z.object({ id: z.string(), crashes: z.number() })),
  cursor: z.string().nullable(),
});

export async function countUp(url: string, { ledger, hook, options }: Course): Promise<Counts> {
  const completed = await list(url, "completed");
  const others = ["pending", "running", "failed", "dead", "cancelled"].map((state) => list(url, state));
  const left = (await Promise.all(others)).flat().length;
  const keys = keysIn(await readFile(effectsFile(options.data), "utf8"));
  const gzipped = new Set(keys);
  const ids = new Set(completed.map(({ id }) => id));
  const { files, broken } = await checkFiles(options);
  return {
    acknowledged: ledger.acknowledged.size,
    completed: ids.size,
    lost: [...ledger.acknowledged.keys()].filter((id) => !ids.has(id)).length,
    left,
    crashes: completed.reduce((sum, { crashes }) => sum + crashes, 0),
    effects: {
      gzip: gzipped.size,
      webhook: hook.done.size,
      twice: keys.length - gzipped.size,
      foreign: [...gzipped, ...hook.done].filter((key) => !ids.has(key)).length,
    },
    files,
    broken,
  };
}

/** Whether all is as it was promised. */
export function holds(counts: Counts, jobs: number): boolean {
  const { acknowledged, completed, lost, left, effects, broken } = counts;
  return (
    [acknowledged, completed, effects.gzip + effects.webhook].every((count) => count === jobs) &&
    lost + left + effects.twice + effects.foreign + broken.length === 0
  );
}

async function list(url: string, state: string) {
  const jobs: z.infer<typeof pageSchema>["jobs"] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const address: URL = new URL(`/jobs?state=${state}&limit=500`, url);
    if (cursor !== "") address.searchParams.set("cursor", cursor);
    const page = pageSchema.parse(await (await fetch(address)).json());
    jobs.push(...page.jobs);
    cursor = page.cursor;
  }
  return jobs;
}

async function checkFiles({ folder, data, paths, jobs }: Course["options"]) {
  const broken: string[] = [];
  const wanted = paths.filter((_, n) => n <= jobs);
  let files = 0;
  for (const path of wanted) {
    const gzipped = await readFile(join(data, "out", `${path}.gz`)).catch(() => undefined);
    if (gzipped === undefined) continue; // None of the jobs asked for it; what was asked for is counted by its key.
    files += 1;
    const whole = await promisify(gunzip)(gzipped).catch(() => undefined);
    if (whole?.equals(await readFile(join(folder, path))) !== true) broken.push(path);
  }
  return { files, broken };
}
