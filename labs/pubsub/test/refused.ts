import { guarantee } from "@pattern-labs/testkit";
import { show, thrownBy } from "./outcome.ts";

export interface Refusal {
  /** What is tried, with the value in it: `publish("a b")`. */
  readonly what: string;
  readonly kind: "TypeError" | "RangeError";
  /** What the message must have in it. */
  readonly mentions: readonly string[];
  readonly why: string;
}

/** `action` must be refused at once, in words that help. */
export function expectRefused(action: () => unknown, { what, kind, mentions, why }: Refusal): void {
  const thrown = thrownBy(action);
  const { error } = thrown ?? { error: undefined };
  const isRight =
    error instanceof Error && error.name === kind && mentions.every((text) => error.message.includes(text));
  guarantee(isRight, {
    happened: `${what} ${thrown === undefined ? "was accepted" : `threw ${show(error)}`}`,
    expected: `a ${kind} whose message has ${mentions.map((text) => show(text)).join(" and ")} in it`,
    why,
  });
}

const COMMON = ["", ".", "orders.", ".orders", "orders..created", "a b", "a.\t", " ", "a\n", "a.\u00a0.b"];

/** What breaks the rules of topics, and what those of patterns. */
export const NO_TOPICS = [...COMMON, "*", ">", "orders.*", "orders.>", "a.b*", "*a", "a>.b", "a.>>"];
export const NO_PATTERNS = [
  ...COMMON,
  ">.a",
  "a.>.b",
  ">.>",
  "*.>.*",
  "a*",
  "a.*b",
  "**",
  "a.>b",
  "a>",
  "*>",
];
export const NO_TEXTS = [undefined, null, 7];

/** What a message must have in it to tell which value was refused. Those that may be written in several ways: nothing. */
export const written = (value: unknown): string[] =>
  typeof value === "string" && JSON.stringify(value) !== `"${value}"` ? [] : [String(value)];
