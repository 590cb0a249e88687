import type { z } from "zod";

/** What is wrong with one part of a request. */
export interface Complaint {
  /** "payload.path"; headers and parameters by their names. */
  readonly field: string;
  /** "must be …" */
  readonly rule: string;
  readonly got?: string | undefined;
}

export interface ProblemDetails {
  readonly status: number;
  /** Clients go by it: what it is that went wrong, whatever the request. "about:blank" says no more than the status. */
  readonly type: string;
  /** The same for people. */
  readonly title: string;
  /** What it is this time. */
  readonly detail: string;
  readonly errors?: readonly Complaint[] | undefined;
  /** Further members of the answer. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is refused, as the problem details that are sent: https://www.rfc-editor.org/rfc/rfc9457. */
export class HttpProblem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.status = details.status;
    this.headers = details.headers ?? {};
    this.#details = details;
  }

  /** @param requestId Where somebody who looks for it finds more about it: in the log. */
  body(requestId?: string): object {
    const { type, title, status, detail, errors, more } = this.#details;
    return { type, title, status, detail, errors, ...more, requestId };
  }
}

/** What zod found, field by field. `value` is what it looked at, and `at` where that stands in the request. */
export function complaintsOf(
  error: z.ZodError,
  value: unknown,
  at: readonly string[] = [],
): readonly Complaint[] {
  return error.issues.flatMap(({ path, message, ...issue }): readonly Complaint[] => {
    if (issue.code === "unrecognized_keys") {
      const rule = "must not be there: nobody knows it";
      return issue.keys.map((key) => ({ field: nameOf([...at, ...path, key]), rule }));
    }
    return [{ field: nameOf([...at, ...path]), rule: message, got: show(valueAt(value, path)) }];
  });
}

/** All of them in a sentence. */
export function inWords(complaints: readonly Complaint[]): string {
  return complaints
    .map(({ field, rule, got }) => `${field} ${rule}${got === undefined ? "" : `, got ${got}`}`)
    .join("; ");
}

/** A value in a sentence: never longer than its reader's patience. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return brief(JSON.stringify(value) ?? String(value));
}

const brief = (text: string) => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);

const nameOf = (path: readonly PropertyKey[]) => brief(path.map(String).join(".")) || "body";

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
