import { stripVTControlCharacters } from "node:util";

/**
 * Whether what a page shows is what was printed: "…" stands for anything within a line, a line that is nothing else for
 * any number of lines. `numbersVary`: any number will do for a number. `part`: it may be a part of what was printed.
 */
export function agrees(
  printed: string,
  shown: string,
  { numbersVary = false, part = false }: { readonly numbersVary?: boolean; readonly part?: boolean } = {},
): boolean {
  const lines = tidy(shown)
    .split("\n")
    .map((line) => (line.trim() === "…" ? "(?:.*\\n)*?" : `${patternOf(line, numbersVary)}\\n`));
  const pattern = part ? `^${lines.join("")}` : `^${lines.join("")}$(?![\\s\\S])`;
  return new RegExp(pattern, part ? "m" : "").test(`${tidy(printed)}\n`);
}

/** The same text, without colours and without blanks at the ends of lines. */
export function tidy(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[ \t]+$/gm, "")
    .trimEnd();
}

function patternOf(line: string, numbersVary: boolean): string {
  const exact = line.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replaceAll("…", ".*");
  return numbersVary ? exact.replaceAll(/\s*\d+(?:(?:\\\.|,)\d+)*/g, "\\s*\\d[\\d.,]*") : exact;
}
