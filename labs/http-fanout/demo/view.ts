import { styleText } from "node:util";
import { count, duration, folded, grouped, megabytes, percent } from "@pattern-labs/demo";
import type { Act } from "./act.ts";
import type { KindFigures } from "./messages.ts";
import { CALL_LIMIT, KINDS, type Kind, SERVICES } from "./names.ts";

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  healthy: "five healthy",
  all: "all twenty",
  one: "any one",
};

/** What the keys do with the first ten services. */
export const KEYS = {
  s: "stalled",
  h: "half stalled",
  f: "failing",
  r: "reset",
  l: "slow",
  w: "well",
} as const;

/** The calls that are under way, of all services and of each; and what the clients see. */
export function liveView(act: Act, width: number): string {
  const { scrape, phases, options } = act;
  const calls = scrape.get("gateway_calls");
  const phase =
    options.isShaken === true ? "every service does as it likes" : (phases.at(-1)?.name ?? "starting");
  const memory = megabytes(scrape.get("nodejs_heap_size_used_bytes"));
  const bar = barOf(
    calls,
    CALL_LIMIT,
    Math.min(40, Math.max(8, width - 36)),
    calls >= CALL_LIMIT ? "red" : "cyan",
  );
  return [
    ...folded(`${styleText("bold", options.title)}  ·  ${phase}`, width, "  "),
    `calls ${bar} ${String(calls).padStart(3)} of ${CALL_LIMIT}, most ${scrape.get("gateway_calls_most")}${isNarrow(width) ? "" : `, heap ${memory}`}`,
    "",
    ...servicesIn(act, width),
    "",
    ...kindsIn(act, width),
    ...(process.stdin.isTTY ? ["", ...folded(`keys: ${keysInWords()}`, width, "  ")] : []),
  ].join("\n");
}

/** Then what only explains is left out. */
const isNarrow = (width: number) => width < 74;

const keysInWords = () =>
  Object.entries(KEYS)
    .map(([key, does]) => `${key} ${does}`)
    .join(", ");

/** The same for a log. */
export function plainLine({ scrape, phases, sent, options }: Act): string {
  const calls = `${scrape.get("gateway_calls")} of ${CALL_LIMIT} calls, most ${scrape.get("gateway_calls_most")}`;
  return `${options.title}, ${phases.at(-1)?.name ?? "starting"}: ${count(sent, "request")}, ${calls}`;
}

/** Side by side where there is room: those that may misbehave, and those that are always well. */
function servicesIn({ underWay, misbehaving, behaviour, options }: Act, width: number): readonly string[] {
  const room = isNarrow(width) ? 0 : Math.min(20, Math.floor(width / 2) - 24);
  const cell = (n: number) => {
    const doing = options.isShaken === true ? "any" : n < misbehaving ? behaviour : "well";
    const tone = doing === "well" ? "green" : "red";
    const now = underWay[n] ?? 0;
    return `${SERVICES[n]} ${styleText(tone, doing.padEnd(12))} ${String(now).padStart(3)} ${barOf(now, Math.max(1, room), room, tone)}`;
  };
  const half = SERVICES.length / 2;
  return Array.from({ length: half }, (_, n) => `${cell(n)}  ${cell(n + half)}`);
}

function kindsIn({ seen }: Act, width: number): readonly string[] {
  const last = seen.at(-1);
  if (last === undefined) return [];
  return KINDS.map((kind) => {
    const { p50Ms, p99Ms, whole } = last[kind];
    const answers = answersOf(last[kind]);
    const times = `p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`;
    const told = isNarrow(width) ? "" : `, whole ${percent(whole, answers).padStart(5)}`;
    return `${KIND_NAMES[kind].padEnd(13)} ${grouped(answers).padStart(6)}${told}, ${times}`;
  });
}

/** Those that came back: with a status. */
export function answersOf({ ends }: KindFigures): number {
  return Object.entries(ends).reduce((sum, [end, n]) => sum + (/^\d+$/.test(end) ? n : 0), 0);
}

function barOf(value: number, most: number, width: number, tone: "cyan" | "green" | "red"): string {
  const filled = Math.min(width, Math.round((value / most) * width));
  return styleText(tone, "█".repeat(filled)) + " ".repeat(width - filled);
}
