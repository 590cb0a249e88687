/** "1 file", "50,013 files", "2 matches" */
export function count(value: number, what: string): string {
  const plural = /(ch|s)$/.test(what) ? `${what}es` : `${what}s`;
  return `${grouped(value)} ${value === 1 ? what : plural}`;
}

export const grouped = (value: number): string => value.toLocaleString("en");

/** As people and disks count them: a million bytes. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 })} MB`;
}

/** "0.4 ms", "12 ms", "1.3 s" */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Lines of at most 79 letters, but for words that are longer; those after the first are indented. */
export function folded(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > 79) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
