/** 950, 12,300. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** 0.4 MB, 31 MB. */
export function megabytes(bytes: number): string {
  const mb = bytes / 1_000_000;
  return `${mb < 9.95 ? mb.toFixed(1) : count(mb)} MB`;
}
