import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

export interface TreeOptions {
  readonly files: number;
  /** How large each is. */
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many there are by now. */
  readonly onMade?: ((files: number) => void) | undefined;
}

const FILES_IN_A_FOLDER = 100;

/**
 * Makes a folder of files, a hundred in each of its folders, no two alike. It lets go of the thread after each folder.
 *
 * @throws The signal's reason, with what was made until then still there.
 */
export async function makeTree(root: string, { files, bytes, signal, onMade }: TreeOptions): Promise<void> {
  const content = Buffer.alloc(bytes, "All work and no play makes Jack a dull boy. ");
  let index = 0;
  for (const path of treePaths(root, files)) {
    if (index % FILES_IN_A_FOLDER === 0) {
      await nextTurn();
      signal?.throwIfAborted();
      mkdirSync(dirname(path), { recursive: true });
      onMade?.(index);
    }
    content.write(`${index} `);
    writeFileSync(path, content);
    index += 1;
  }
  onMade?.(files);
}

/** The files of such a tree, in the order in which they are made. */
export function* treePaths(root: string, files: number): Generator<string, void, void> {
  for (let index = 0; index < files; index += 1) {
    const folder = Math.floor(index / FILES_IN_A_FOLDER);
    yield join(root, `folder-${folder}`, `file-${index}.txt`);
  }
}
