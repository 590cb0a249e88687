/** 950, 12,300. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** 8.3 ms, 54 ms, 1.48 s, 12.3 s; a dash for what is not known. */
export function duration(ms: number | undefined | null): string {
  if (ms === undefined || ms === null) return "–";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
}

/** 0.5×, 10×. */
export function times(load: number): string {
  return `${load}×`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)} %`;
}

export function rate(events: number, seconds: number): number {
  return seconds > 0 ? events / seconds : 0;
}
