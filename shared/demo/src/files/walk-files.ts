import type { Dir, Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { type ByteName, toBytes } from "./byte-name.ts";

/** What is no file and no folder, and is left alone. */
export type OtherKind = "symbolic link" | "fifo" | "socket" | "device" | "thing of no known kind";

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hears of each thing that is neither file nor folder. A link could lead in circles, a fifo is never read to its end. */
  readonly onOther?: ((name: ByteName, kind: OtherKind) => void) | undefined;
  /** Hears of each folder that cannot be read, or not to its end. The walk goes on with the next. */
  readonly onProblem?: ((name: ByteName, error: unknown) => void) | undefined;
}

/**
 * Finds every file below a folder, and gives their names, "./photos/a.jpg", as they are asked for. Its memory does not
 * grow with the number of files: it holds one open folder for each level that it is deep, and a handful of entries of
 * each. Files come in the order in which the system lists them.
 *
 * @throws The signal's reason, when it is asked for a name after an abort.
 */
export async function* walkFiles(
  root: ByteName,
  { signal, onOther, onProblem }: WalkOptions = {},
): AsyncGenerator<ByteName, void, void> {
  const levels: Level[] = [];
  const enter = async (name: ByteName) => {
    try {
      levels.push({ name, folder: await openFolder(`${root}/${name}`) });
    } catch (error) {
      onProblem?.(`${name}/`, error);
    }
  };
  await enter(".");
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      signal?.throwIfAborted();
      const entry = await nextEntry(level, onProblem);
      if (entry === null) {
        levels.pop();
        await level.folder.close();
        continue;
      }
      const name = `${level.name}/${entry.name}`;
      if (entry.isFile()) yield name;
      else if (entry.isDirectory()) await enter(name);
      else onOther?.(name, kindOf(entry));
    }
  } finally {
    await Promise.all(levels.map(({ folder }) => folder.close()));
  }
}

interface Level {
  readonly name: ByteName;
  readonly folder: Dir;
}

/** So many entries are read at a time: with Node's 32 a folder of thousands takes twice as long. */
const ENTRIES_AT_A_TIME = 256;

const openFolder = (path: ByteName): Promise<Dir> =>
  opendir(toBytes(path), { encoding: "latin1", bufferSize: ENTRIES_AT_A_TIME });

/** A folder that cannot be read any further has come to its end. */
async function nextEntry(
  { name, folder }: Level,
  onProblem: WalkOptions["onProblem"],
): Promise<Dirent | null> {
  try {
    return await folder.read();
  } catch (error) {
    onProblem?.(`${name}/`, error);
    return null;
  }
}

function kindOf(entry: Dirent): OtherKind {
  if (entry.isSymbolicLink()) return "symbolic link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : "thing of no known kind";
}
