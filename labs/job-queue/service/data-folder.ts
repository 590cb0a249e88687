import { access, constants, mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "@pattern-labs/demo";
import { Database } from "./database.ts";

/**
 * Makes the folder where a service keeps what it has, and holds it until it is disposed of: two services would not see
 * each other's effects. What holds it is a lock of the system's, so it ends with the process, however that ends.
 *
 * @throws {UsageError} If it cannot be made, or another service holds it.
 */
export async function holdDataFolder(data: string): Promise<Disposable> {
  try {
    await mkdir(data, { recursive: true });
    return holdLock(join(data, "service.lock"));
  } catch (error) {
    const { errcode, message } = error as NodeJS.ErrnoException & { readonly errcode?: number };
    if (errcode === BUSY)
      throw new UsageError(`--data must be used by one service only, and another has ${data} open`);
    const why = errcode === undefined ? await codeOf(error, resolve(data)) : message;
    throw new UsageError(
      `--data must be a folder that can be written to, got ${JSON.stringify(data)} (${why})`,
    );
  }
}

/** Node says ENOENT whatever it is that keeps a folder and those above it from being made: the lowest that is there tells more. */
async function codeOf(error: unknown, folder: string): Promise<string | undefined> {
  const { code } = error as NodeJS.ErrnoException;
  const above = dirname(folder);
  if (code !== "ENOENT" || above === folder) return code;
  return await access(above, constants.W_OK).then(
    () => code,
    (reason) => codeOf(reason, above),
  );
}

const BUSY = 5;

function holdLock(file: string): Disposable {
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
