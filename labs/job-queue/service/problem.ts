import { STATUS_CODES } from "node:http";
import type { z } from "zod";

/** What is wrong with one part of a request. */
export interface Complaint {
  /** "payload.path"; headers and parameters by their names. */
  readonly field: string;
  /** "must be …" */
  readonly rule: string;
  readonly got?: string | undefined;
}

/** What kinds of problems there are: what it is that went wrong, whatever the request. Clients go by the name. */
const TITLES = {
  "not-found": "There is nothing here",
  "method-not-allowed": "This cannot be done here",
  "no-json": "The body is not JSON",
  "body-too-large": "The body is too large",
  invalid: "Something in the request breaks a rule",
  "unknown-type": "No job of this type can be done",
  "key-used-again": "The idempotency key stands for another job",
  "wrong-state": "The job is in a state that does not allow this",
  "store-unavailable": "The jobs cannot be reached just now",
  "store-damaged": "What is stored is damaged",
  failed: "The service has failed",
} as const;

export type Kind = keyof typeof TITLES;

export interface ProblemDetails {
  readonly detail: string;
  readonly errors?: readonly Complaint[] | undefined;
  /** Further members of the answer. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is refused, as the problem details that are sent: https://www.rfc-editor.org/rfc/rfc9457. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly kind: Kind;
  readonly headers: Readonly<Record<string, string>>;
  readonly #details: ProblemDetails;

  constructor(status: number, kind: Kind, details: ProblemDetails) {
    super(details.detail);
    this.status = status;
    this.kind = kind;
    this.headers = details.headers ?? {};
    this.#details = details;
  }

  /** @param requestId Where somebody who looks for it finds more about it: in the log. */
  body(requestId: string): object {
    const { detail, errors, more } = this.#details;
    const { status, kind } = this;
    return { type: `/problems/${kind}`, title: TITLES[kind], status, detail, errors, ...more, requestId };
  }
}

/** A request that is understood, and breaks rules: each with its field. */
export function refuse(
  errors: readonly Complaint[],
  { status = 422, kind = "invalid" }: { readonly status?: number; readonly kind?: Kind } = {},
): Problem {
  return new Problem(status, kind, { detail: errors.map(inWords).join("; "), errors });
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

/** The catalogue, for whoever follows a `type`. */
export function describeKind(name: string): string | undefined {
  return Object.hasOwn(TITLES, name) ? TITLES[name as Kind] : undefined;
}

/** What the status says by itself. */
export const reasonOf = (status: number): string => STATUS_CODES[status] ?? String(status);

/** A value in a sentence: never longer than its reader's patience. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return brief(JSON.stringify(value) ?? String(value));
}

const brief = (text: string) => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);

const nameOf = (path: readonly PropertyKey[]) => brief(path.map(String).join(".")) || "body";

const inWords = ({ field, rule, got }: Complaint) =>
  `${field} ${rule}${got === undefined ? "" : `, got ${got}`}`;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
