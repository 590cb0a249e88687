import { type ServerResponse, STATUS_CODES } from "node:http";
import type { z } from "zod";

/** What is wrong with one part of a request. */
export interface Complaint {
  readonly field: string;
  /** "must be …" */
  readonly rule: string;
  readonly got?: string | undefined;
}

/** A request that is refused, as the problem details that are sent (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly errors: readonly Complaint[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errors: readonly Complaint[], headers: Readonly<Record<string, string>> = {}) {
    super(
      errors
        .map(({ field, rule, got }) => `${field} ${rule}${got === undefined ? "" : `, got ${got}`}`)
        .join("; "),
    );
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** What zod found, part by part. `value` is what it looked at. */
export function complaintsOf(error: z.ZodError, value: unknown): readonly Complaint[] {
  return error.issues.flatMap(({ path, message, ...issue }): readonly Complaint[] => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ field: brief(key), rule: "must not be there: nobody knows it" }));
    const field = path.filter((part) => typeof part === "string").join(".") || "body";
    return [{ field, rule: message, got: show(at(value, path)) }];
  });
}

export function sendProblem(response: ServerResponse, { status, message, errors, headers }: Problem): void {
  const details = { type: "about:blank", title: STATUS_CODES[status], status, detail: message, errors };
  response.writeHead(status, { ...headers, "Content-Type": "application/problem+json" });
  response.end(`${JSON.stringify(details)}\n`);
}

/** A value in a sentence: never longer than its reader's patience. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return brief(JSON.stringify(value) ?? String(value));
}

const brief = (text: string) => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
