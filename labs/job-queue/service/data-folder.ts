import { mkdir } from "node:fs/promises";
import { join } from "node:path";
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
    const { code, errcode, message } = error as NodeJS.ErrnoException & { readonly errcode?: number };
    if (errcode === BUSY)
      throw new UsageError(`--data must be used by one service only, and another has ${data} open`);
    const why = errcode === undefined ? code : message;
    throw new UsageError(
      `--data must be a folder that can be written to, got ${JSON.stringify(data)} (${why})`,
    );
  }
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
