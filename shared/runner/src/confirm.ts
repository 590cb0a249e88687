import { confirm, isCancel } from "@clack/prompts";
import type { Session } from "./session.ts";

/** Asks yes or no; undefined when Ctrl-C was the answer. */
export async function askYesNo(
  { terminal: { input, output } }: Session,
  message: string,
  { initialValue = true } = {},
): Promise<boolean | undefined> {
  const answer = await confirm({ message, initialValue, input, output });
  return isCancel(answer) ? undefined : answer;
}
