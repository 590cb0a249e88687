import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A folder that is removed with all that is in it: when its scope is left, or else, when the process exits before that,
 * by a process of its own, for nobody waits then until 50,000 files are gone.
 *
 * @param name What its name begins with: the lab's, so that somebody who finds it knows where it comes from.
 */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  const removeLater = () => {
    const script = `fs.rmSync(${JSON.stringify(path)}, { recursive: true, force: true })`;
    spawn(process.execPath, ["--eval", script], { detached: true, stdio: "ignore" }).unref();
  };
  process.once("exit", removeLater);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      process.off("exit", removeLater);
    },
  };
}
