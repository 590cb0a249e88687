import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LogError } from "./segments.ts";

/** A running process has the folder. */
export class LogInUseError extends LogError {}

/**
 * Holds a folder for this process: two that append to one file would tear each other's lines. A process that was killed
 * leaves its lock behind; it is known by its number, which no running process has.
 *
 * @throws {LogInUseError} If a running process holds it.
 */
export function lockFolder(folder: string): Disposable {
  const file = join(folder, "pid");
  while (!tryWrite(file)) {
    const holder = Number(readFileSync(file, "utf8"));
    if (isAnother(holder)) throw new LogInUseError(`${folder} is in use by process ${holder}`);
    rmSync(file, { force: true });
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function tryWrite(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** In a container every start may have the same number. */
function isAnother(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
