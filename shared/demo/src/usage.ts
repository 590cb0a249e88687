import { basename, dirname, join } from "node:path";
import { folded } from "./columns.ts";
import type { Options } from "./command-line.ts";

/** Every option and what it does, below one another in two columns, and what else there is to know. */
export function usageOf(
  options: Options,
  {
    does,
    notes,
    program = `npx lab demo ${labOf(process.argv[1])}`,
  }: { readonly does: string; readonly notes: string; readonly program?: string | undefined },
  width: number,
): string {
  const rows = Object.entries(options).map(
    ([name, { placeholder, does }]) =>
      [placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`, does] as const,
  );
  const left = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.flatMap(([name, does]) => row(name.padEnd(left), does, width));
  const parts = [`Usage: ${program} [options]`, filled(does, width), lines.join("\n"), filled(notes, width)];
  return `${parts.join("\n\n")}\n`;
}

/** A demo is `labs/NAME/demo/index.ts`. */
function labOf(script = ""): string {
  const lab = dirname(dirname(script));
  return script === join(lab, "demo", "index.ts") ? basename(lab) : "LAB";
}

/** On a narrow screen the second column takes more lines, and on a very narrow one it goes below the first. */
function row(name: string, does: string, width: number): readonly string[] {
  const beside = width - MARGIN.length - name.length;
  if (beside < NARROWEST) {
    return [`${MARGIN}${name.trimEnd()}`, ...folded(does, width - 6).map((line) => `      ${line}`)];
  }
  const [first = "", ...rest] = folded(does, beside);
  return [`${MARGIN}${name}${first}`, ...rest.map((line) => `${MARGIN}${" ".repeat(name.length)}${line}`)];
}

const MARGIN = "  ";
const NARROWEST = 24;

/** A paragraph that fits stays as it was written; the line breaks of one that does not are made anew. */
function filled(text: string, width: number): string {
  return text
    .split("\n\n")
    .map((paragraph) => {
      const fits = paragraph.split("\n").every((line) => line.length <= width);
      return fits ? paragraph : folded(paragraph.replaceAll("\n", " "), width).join("\n");
    })
    .join("\n\n");
}
