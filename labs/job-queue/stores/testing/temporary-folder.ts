import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Where a store may be. */
  readonly file: string;
}

/** Removed with all that is in it when its scope is left. */
export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "job-queue-"));
  return {
    path,
    file: join(path, "jobs.db"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
