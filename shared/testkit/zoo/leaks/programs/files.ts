import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Program } from "../program.ts";

let file: FileHandle | undefined;

async function firstByte(): Promise<number | undefined> {
  file = await open(import.meta.filename);
  const { buffer } = await file.read({ length: 1 });
  return buffer[0];
}

async function firstByteAndClose(): Promise<number | undefined> {
  await using opened = await open(import.meta.filename);
  const { buffer } = await opened.read({ length: 1 });
  return buffer[0];
}

export const fileLeftOpen: Program = {
  mistake: "a file that is opened and not closed",
  leaves: [{ kind: "handle", in: "firstByte" }],
  buggy: firstByte,
  fixed: firstByteAndClose,
  cleanUp: () => file?.close(),
};

let watcher: FSWatcher | undefined;

function watchSettings(): FSWatcher {
  watcher = watch(import.meta.filename, () => {});
  return watcher;
}

export const watcherLeftOpen: Program = {
  mistake: "a file that is watched after all is over",
  leaves: [{ kind: "handle", in: "watchSettings" }],
  async buggy() {
    watchSettings();
    await Promise.resolve();
  },
  async fixed() {
    const settings = watchSettings();
    await Promise.resolve();
    settings.close();
  },
  cleanUp: () => watcher?.close(),
};
