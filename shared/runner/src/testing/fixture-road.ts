import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { updateProgress } from "../progress.ts";
import { sealOf } from "../record.ts";
import { findLab, type Lab, readRoad } from "../road.ts";

const packageFolder = join(import.meta.dirname, "..", "..");

/** A small road of one test's own, with one little lab on it. */
export interface FixtureRoad extends Disposable {
  readonly root: string;
  lab(): Lab;
  /** Writes a file of the lab, by its path in the lab. */
  write(path: string, text: string): void;
  read(path: string): string;
  /** Builds one more lab, like the first, at its place on the road. */
  addLab(name: string, order: number): Lab;
}

export interface RoadOptions {
  /**
   * Whether its lab has a tsconfig.json. Where a test is not about types, the compiler need not run; and where it is about
   * those of the answer alone, it need not read what else the lab imports, the test runner above all. Default true.
   */
  readonly types?: boolean | "answer";
  /**
   * Which of its lab's test files are there, by their names without ".test.ts". Each is run in a process of its own: those
   * of which a test asks nothing need not be. Default all.
   */
  readonly tests?: readonly string[];
}

/** Copies fixtures/road. It stands inside this package, so that what its lab imports is found. */
export function copyRoad({ types = true, tests }: RoadOptions = {}): FixtureRoad {
  mkdirSync(join(packageFolder, ".results"), { recursive: true });
  const root = mkdtempSync(join(packageFolder, ".results", "road-"));
  cpSync(join(packageFolder, "fixtures", "road"), root, { recursive: true });
  const folder = join(root, "labs", "worker-pool");
  const tsconfig = join(folder, "tsconfig.json");
  if (types === false) rmSync(tsconfig);
  if (types === "answer") {
    const whole = JSON.parse(readFileSync(tsconfig, "utf8"));
    writeFileSync(tsconfig, JSON.stringify({ ...whole, include: ["test/subject.ts"] }));
  }
  if (tests !== undefined) leaveOnlyTests(folder, tests);
  return {
    root,
    lab: () => findLab(readRoad(root), "worker-pool"),
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    addLab: (name, order) => {
      const other = join(root, "labs", name);
      cpSync(folder, other, { recursive: true });
      const manifest = JSON.parse(readFileSync(join(other, "package.json"), "utf8"));
      const changed = { ...manifest, name, lab: { ...manifest.lab, order } };
      writeFileSync(join(other, "package.json"), JSON.stringify(changed));
      return findLab(readRoad(root), name);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function leaveOnlyTests(folder: string, kept: readonly string[]): void {
  for (const file of globSync(join(folder, "test/*.test.ts")))
    if (!kept.includes(basename(file, ".test.ts"))) rmSync(file);
}

/** The reference as an attempt. */
export function attemptReference(road: FixtureRoad): void {
  road.write("attempt/index.ts", road.read("solution/index.ts"));
}

/** Notes that the attempt, as it stands, has passed every step. */
export function notePass(road: FixtureRoad): void {
  const lab = road.lab();
  const pass = sealOf(lab);
  const steps = Object.fromEntries(lab.steps.map((_, index) => [index + 1, pass]));
  updateProgress(road.root, lab.name, (before) => ({ ...before, steps }));
}
