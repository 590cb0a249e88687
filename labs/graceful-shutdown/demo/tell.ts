import { writeSync } from "node:fs";
import { type News, wallNow } from "./messages.ts";

type Untimed<N> = N extends News ? Omit<N, "at"> : never;

/** Tells the process that has started this one. Written at once, so that nothing is lost however this one ends. */
export function tell(news: Untimed<News>): void {
  try {
    writeSync(1, `${JSON.stringify({ ...news, at: wallNow() })}\n`);
  } catch {
    // Nobody listens any more, or is too slow: what this process does is not for its audience to decide.
  }
}
