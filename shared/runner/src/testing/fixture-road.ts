import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findLab, type Lab, readRoad } from "../road.ts";

const packageFolder = join(import.meta.dirname, "..", "..");

/** A small road of one test's own, with one little lab on it. */
export interface FixtureRoad extends Disposable {
  readonly root: string;
  lab(): Lab;
  /** Writes a file of the lab, by its path in the lab. */
  write(path: string, text: string): void;
  read(path: string): string;
}

/** Copies fixtures/road. It stands inside this package, so that what its lab imports is found. */
export function copyRoad(): FixtureRoad {
  mkdirSync(join(packageFolder, ".results"), { recursive: true });
  const root = mkdtempSync(join(packageFolder, ".results", "road-"));
  cpSync(join(packageFolder, "fixtures", "road"), root, { recursive: true });
  const folder = join(root, "labs", "worker-pool");
  return {
    root,
    lab: () => findLab(readRoad(root), "worker-pool"),
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The reference as an attempt. */
export function attemptReference(road: FixtureRoad): void {
  road.write("attempt/index.ts", road.read("solution/index.ts"));
}
