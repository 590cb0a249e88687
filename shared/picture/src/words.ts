/** Milliseconds as one says them: "118 ms", "1.38 s", "12.5 s". */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms >= 10 ? Math.round(ms) : Math.round(ms * 10) / 10} ms`;
}

/** "at 40 ms", "from 0 ms to 118 ms". */
export function stretch(from: number, to: number): string {
  return duration(from) === duration(to)
    ? `at ${duration(from)}`
    : `from ${duration(from)} to ${duration(to)}`;
}

/** "1 task", "24 tasks", "20,000 events". */
export function count(n: number, thing: string): string {
  return `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;
}

/** "«p1», «p2», «p3» and 4 more". */
export function quoted(names: Iterable<string>): string {
  const all = [...new Set(names)];
  const more = all.length > 3 ? ` and ${all.length - 3} more` : "";
  return `${all
    .slice(0, 3)
    .map((name) => `«${name}»`)
    .join(", ")}${more}`;
}

/** "²" for the second try. */
export function superscript(n: number): string {
  return [...String(n)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "").join("");
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
