/** "1 file", "50,013 files" */
export function count(value: number, what: string): string {
  const plural = what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`;
  return `${value.toLocaleString("en")} ${value === 1 ? what : plural}`;
}

/** "3 files not read, 1 folder not read", without what there is none of. */
export function listOf(counts: readonly (readonly [value: number, what: string, how?: string])[]): string {
  return counts
    .filter(([value]) => value > 0)
    .map(([value, what, how]) => [count(value, what), how].filter(Boolean).join(" "))
    .join(", ");
}

/** As people and disks count them: a million bytes. */
export const megabytes = (bytes: number): string => {
  const value = bytes / 1e6;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 })} MB`;
};

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
