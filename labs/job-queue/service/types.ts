import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "@pattern-labs/demo";
import type { Settings } from "./settings.ts";
import { Effects, EffectsError } from "./work/effects.ts";
import { gzipWork } from "./work/gzip.ts";
import { webhookWork } from "./work/webhook.ts";
import type { Work } from "./work/work.ts";

const WEBHOOK_TIMEOUT_MS = 10_000;

/**
 * The types of job that these settings allow, with all that they need open until `stack` is disposed.
 *
 * @param warn Told what is not as it was left, and was put right.
 * @throws {UsageError} If they allow none, there is no such folder, or what was done is not to be read.
 */
export async function openTypes(
  { folder, data, webhooks, concurrency }: Pick<Settings, "folder" | "data" | "webhooks" | "concurrency">,
  stack: AsyncDisposableStack,
  warn: (what: string) => void,
): Promise<Readonly<Record<string, Work>>> {
  const types: Record<string, Work> = {};
  if (folder !== undefined) {
    await checkFolder(folder);
    const out = join(data, "out");
    await mkdir(out, { recursive: true });
    const effects = stack.use(await openEffects(join(data, "effects.jsonl"), warn));
    types["gzip"] = gzipWork({
      folder: resolve(folder),
      out,
      scratch: await openScratch(data, stack),
      effects,
    });
  }
  if (webhooks !== undefined) {
    const options = { origins: webhooks, connections: concurrency, timeoutMs: WEBHOOK_TIMEOUT_MS };
    types["webhook"] = stack.use(webhookWork(options));
  }
  if (Object.keys(types).length === 0)
    throw new UsageError("--folder or --webhooks must be given: without them there is no job to do");
  return types;
}

async function openEffects(file: string, warn: (what: string) => void): Promise<Effects> {
  try {
    return await Effects.open(file, { onTorn: warn });
  } catch (error) {
    throw error instanceof EffectsError ? new UsageError(`--data cannot be used: ${error.message}`) : error;
  }
}

async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true)
    throw new UsageError(`--folder must be a folder that is there, got ${JSON.stringify(folder)}`);
}

/** A folder of this process's own, so that nobody takes away what it writes. What dead processes left is taken away. */
async function openScratch(data: string, stack: AsyncDisposableStack): Promise<string> {
  const parent = join(data, "scratch");
  const own = join(parent, String(process.pid));
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name === String(process.pid) || !isAlive(Number(name)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
  await mkdir(own);
  stack.defer(() => rm(own, { recursive: true, force: true }));
  return own;
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
