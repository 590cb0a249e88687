/** "950", "12,300" */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** "1 file", "50,013 files", "2 matches", "3 entries" */
export function count(value: number, what: string): string {
  return `${grouped(value)} ${value === 1 ? what : pluralOf(what)}`;
}

function pluralOf(what: string): string {
  if (/[^aeiou]y$/.test(what)) return `${what.slice(0, -1)}ies`;
  return /(ch|sh|s|x)$/.test(what) ? `${what}es` : `${what}s`;
}

/** "3 files not read, 1 folder not read", without what there is none of. */
export function listOf(counts: readonly (readonly [value: number, what: string, how?: string])[]): string {
  return counts
    .filter(([value]) => value > 0)
    .map(([value, what, how]) => [count(value, what), how].filter(Boolean).join(" "))
    .join(", ");
}

/** "0.4 MB", "31 MB": as people and disks count them, a million bytes each. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 9.95 ? 1 : 0 })} MB`;
}

/** "8.3 ms", "54 ms", "1.48 s", "12.3 s"; a dash for what is not known. */
export function duration(ms: number | undefined | null): string {
  if (ms === undefined || ms === null) return "–";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
}

/** "12 %"; a dash of nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)} %`;
}
