/** Three digits that count: 0.0123, 0.712, 1.04, 12.3, 1,230. */
export function ratioText(ratio: number): string {
  if (ratio >= 99.95) return Math.round(ratio).toLocaleString("en");
  if (ratio >= 9.995) return ratio.toFixed(1);
  return ratio < 0.0995 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

/** 103 ns, 1.62 µs, 12.3 ms, 1.20 s. */
export function durationText(ns: number): string {
  const unit = units.find(([, size]) => ns < size * 999.5) ?? (["s", 1e9] as const);
  return `${threeDigits(ns / unit[1])} ${unit[0]}`;
}

const units = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
] as const;

/** 950, 61,700, 9.71 M, 1.20 G. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1e9) return `${threeDigits(perSecond / 1e9)} G`;
  if (perSecond >= 1e6) return `${threeDigits(perSecond / 1e6)} M`;
  if (perSecond < 100) return threeDigits(perSecond);
  return Math.round(Number(perSecond.toPrecision(3))).toLocaleString("en");
}

/** 0.4 MB, 12 MB, 547 MB. */
export function memoryText(mb: number): string {
  return `${mb < 9.95 ? mb.toFixed(1) : Math.round(mb).toLocaleString("en")} MB`;
}

export function countText(n: number): string {
  return n.toLocaleString("en");
}

function threeDigits(n: number): string {
  if (n >= 99.95) return n.toFixed(0);
  return n >= 9.995 ? n.toFixed(1) : n.toFixed(2);
}
