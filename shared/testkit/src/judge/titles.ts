import { basename } from "node:path";
import type { TestOutcome } from "../judge.ts";

/** Whether a text is the number of a guarantee: "1.2", "priority.1". */
export const isNumber = (text: string): boolean => NUMBER.test(text);

const NUMBER = /^(?:\d+|[a-z][\w-]*)\.\d+$/;

/** Whether a test is meant by one of `titles`: guarantees' numbers or parts of titles. */
export function isAskedFor(title: string, titles: readonly string[] | undefined): boolean {
  if (titles === undefined) return true;
  return titles.some((asked) => (isNumber(asked) ? title.split(" ", 1)[0] === asked : title.includes(asked)));
}

/** Lets through at least what `isAskedFor`: vitest matches it against the names of suites and test, joined by spaces. */
export function patternOf(titles: readonly string[]): RegExp {
  const parts = titles.map((asked) =>
    isNumber(asked) ? `(?:^|\\s)${RegExp.escape(asked)}(?:\\s|$)` : RegExp.escape(asked),
  );
  return new RegExp(parts.join("|"));
}

/** What the names of a test and of its file say about it. */
export function marksOf(file: string, title: string): Pick<TestOutcome, "step" | "challenge" | "guarantee"> {
  const name = basename(file, ".test.ts");
  const step = /^\d+/.exec(name)?.[0];
  const challenge = /^challenge-(.+)$/.exec(name)?.[1];
  const first = title.split(" ", 1)[0] ?? "";
  return {
    ...(step !== undefined && { step: Number(step) }),
    ...(challenge !== undefined && { challenge }),
    ...(isNumber(first) && { guarantee: first }),
  };
}
