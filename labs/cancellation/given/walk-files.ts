import type { Dir, Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { type ByteName, toBytes } from "./byte-name.ts";

/** Hears of each folder that cannot be read, or not to its end. The walk goes on with the next. */
export type OnProblem = (name: ByteName, error: unknown) => void;

/**
 * Finds every file below a folder, and gives their names, "docs/a.md", as they are asked for. Links are not followed, for
 * they could lead in circles, and a fifo is no file: it never ends. It holds one open folder for each level that it is
 * deep, and closes them when it is left. It knows of no signal: that is why it is read through `orDone`.
 */
export async function* walkFiles(root: ByteName, onProblem: OnProblem): AsyncGenerator<ByteName, void, void> {
  const levels: Level[] = [];
  const enter = async (name: ByteName) => {
    try {
      levels.push({ name, folder: await openFolder(`${root}/${name}`) });
    } catch (error) {
      onProblem(`${name}/`, error);
    }
  };
  await enter("");
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const entry = await nextEntry(level, onProblem);
      if (entry === null) {
        levels.pop();
        await level.folder.close();
        continue;
      }
      const name = level.name === "" ? entry.name : `${level.name}/${entry.name}`;
      if (entry.isFile()) yield name;
      else if (entry.isDirectory()) await enter(name);
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
async function nextEntry({ name, folder }: Level, onProblem: OnProblem): Promise<Dirent | null> {
  try {
    return await folder.read();
  } catch (error) {
    onProblem(`${name}/`, error);
    return null;
  }
}
