/**
 * What went wrong, in words for the person at the keyboard: it names the value and the rule, and is printed without a
 * stack. `advice` is a second line, mostly a command to type.
 */
export class Complaint extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.name = "Complaint";
    this.advice = advice;
  }
}

/** What is printed in place of a result by a command that was asked for JSON. */
export function refusalJson({ message, advice }: Pick<Complaint, "message" | "advice">): string {
  return JSON.stringify({ error: message, advice }, undefined, 2);
}
