import { join } from "node:path";
import { watch } from "chokidar";
import type { Lab } from "../road.ts";

/** A file that is saved in pieces, or several saved at once, count as one save. */
const quietMs = 30;

/** Calls `onSave` after each change to the attempt, with the moment of the first change. */
export async function listenForSaves(lab: Lab, onSave: (since: number) => void): Promise<AsyncDisposable> {
  const watcher = watch(join(lab.folder, "attempt"), { ignoreInitial: true });
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  watcher.on("all", () => {
    since ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => {
      const first = since ?? performance.now();
      since = undefined;
      onSave(first);
    }, quietMs);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  watcher.once("ready", resolve);
  await promise;
  return {
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
