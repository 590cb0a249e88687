import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { editedFiles } from "@pattern-labs/testkit/mutants";
import { root } from "../labs.ts";
import type { Classic } from "./kind.ts";
import { nameOf, type Variant } from "./variants.ts";

/** A place in a file: how it was broken, and how it is. */
export interface Excerpt {
  /** "solution/pool.ts" */
  readonly file: string;
  /** As in a diff: "-" before what is broken, "+" before what mends it, and a blank before what is the same. */
  readonly lines: readonly string[];
}

/** The place that a variant edits, with some lines around it. */
export function excerptOf(variant: Variant, { file, before = 2, after = 1 }: Classic): Excerpt {
  const labDir = join(root, "labs", variant.lab);
  const edited = [...editedFiles(variant, labDir)].map(([path, broken]) => ({
    path,
    broken,
    file: relative(labDir, path).split(sep).join("/"),
  }));
  const shown = edited.filter((one) => file === undefined || one.file === `solution/${file}`);
  const [place] = shown;
  if (place === undefined || shown.length > 1) {
    throw new RangeError(
      `Cannot show ${nameOf(variant)}: say which of ${edited.map((one) => one.file).join(", ")}`,
    );
  }
  const mended = readFileSync(place.path, "utf8").split("\n");
  return { file: place.file, lines: changedPlace(place.broken.split("\n"), mended, { before, after }) };
}

interface Around {
  readonly before: number;
  readonly after: number;
}

function changedPlace(broken: readonly string[], mended: readonly string[], around: Around): string[] {
  const start = sameAtBegin(broken, mended);
  const same = Math.min(
    sameAtBegin(broken.toReversed(), mended.toReversed()),
    Math.min(broken.length, mended.length) - start,
  );
  const above = mended.slice(Math.max(0, start - around.before), start);
  const below = mended.slice(mended.length - same, mended.length - same + around.after);
  return withoutIndent([
    ...above.map((line) => ` ${line}`),
    ...shortened(
      difference(broken.slice(start, broken.length - same), mended.slice(start, mended.length - same)),
    ),
    ...below.map((line) => ` ${line}`),
  ]);
}

function sameAtBegin(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((line, i) => line !== other[i]);
  return at === -1 ? one.length : at;
}

/** Line by line, as few lines as possible; what was broken first. */
function difference(broken: readonly string[], mended: readonly string[]): readonly string[] {
  const known = new Map<string, readonly string[]>();
  const from = (i: number, j: number): readonly string[] => {
    const key = `${i},${j}`;
    const found = known.get(key) ?? differenceFrom(i, j);
    known.set(key, found);
    return found;
  };
  const differenceFrom = (i: number, j: number): readonly string[] => {
    if (i === broken.length) return mended.slice(j).map((line) => `+${line}`);
    if (j === mended.length) return broken.slice(i).map((line) => `-${line}`);
    if (broken[i] === mended[j]) return [` ${broken[i]}`, ...from(i + 1, j + 1)];
    const without = [`-${broken[i]}`, ...from(i + 1, j)];
    const withNew = [`+${mended[j]}`, ...from(i, j + 1)];
    return without.length <= withNew.length ? without : withNew;
  };
  return from(0, 0);
}

/** Leaves out what is the same, where that goes on for long. */
function shortened(lines: readonly string[]): string[] {
  const [line] = lines;
  if (line === undefined) return [];
  if (!isSame(line)) return [line, ...shortened(lines.slice(1))];
  const end = lines.findIndex((one) => !isSame(one));
  const run = lines.slice(0, end === -1 ? lines.length : end);
  const kept = run.length < 5 ? run : [...run.slice(0, 1), LEFT_OUT, ...run.slice(-1)];
  return [...kept, ...shortened(lines.slice(run.length))];
}

const LEFT_OUT = " …";

const isSame = (line: string) => line.startsWith(" ");

function withoutIndent(lines: readonly string[]): string[] {
  const indented = lines.filter((line) => line !== LEFT_OUT && /\S/.test(line.slice(1)));
  const indent = Math.min(...indented.map((line) => line.slice(1).search(/\S/)));
  return lines.map((line) => (line === LEFT_OUT ? "  …" : `${line[0]} ${line.slice(1 + indent)}`.trimEnd()));
}
