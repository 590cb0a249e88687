import { show } from "../given/options.ts";

export function matches(pattern: string, topic: string): boolean {
  checkPattern("match", pattern);
  checkTopic("match", topic);
  return matcherOf(pattern)(topic);
}

/** What tells whether a topic matches, with the work that depends on `pattern` alone done once. Both are valid. */
export function matcherOf(pattern: string): (topic: string) => boolean {
  const wanted = pattern.split(".");
  const isOpen = wanted.at(-1) === ">";
  if (isOpen) wanted.pop();
  return (topic) => {
    const tokens = topic.split(".");
    const lengthFits = isOpen ? tokens.length > wanted.length : tokens.length === wanted.length;
    return lengthFits && wanted.every((token, i) => token === "*" || token === tokens[i]);
  };
}

// A token is whatever has no white space, no dot and no wildcard in it.
const TOPIC = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;
const PATTERN = /^(?:(?:[^\s.*>]+|\*)\.)*(?:[^\s.*>]+|[*>])$/;

/** @throws {TypeError} Unless `topic` is one. `doing` completes the sentence that begins with "Cannot". */
export function checkTopic(doing: string, topic: unknown): void {
  if (typeof topic === "string" && TOPIC.test(topic)) return;
  throw unfit(doing, "a topic must be tokens between dots, none empty or with white space, * or >", topic);
}

/** @throws {TypeError} Unless `pattern` is one. */
export function checkPattern(doing: string, pattern: unknown): void {
  if (typeof pattern === "string" && PATTERN.test(pattern)) return;
  const rule = "tokens between dots, none empty or with white space; * is a whole token, > the last one";
  throw unfit(doing, `a pattern must be ${rule}`, pattern);
}

function unfit(doing: string, rule: string, value: unknown): TypeError {
  return new TypeError(`Cannot ${doing}: ${rule}, got ${show(value)}`);
}
