/** 950, 12,300. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** 54 ms, 1.48 s, 12.3 s. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
}
