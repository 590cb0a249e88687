import { type Complaint, HttpProblem, inWords, type ProblemDetails } from "@pattern-labs/demo/service";

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

/** A request that is refused, as the problem details that are sent: https://www.rfc-editor.org/rfc/rfc9457. */
export class Problem extends HttpProblem {
  constructor(status: number, kind: Kind, details: Omit<ProblemDetails, "status" | "type" | "title">) {
    super({ status, type: `/problems/${kind}`, title: TITLES[kind], ...details });
  }
}

/** A request that is understood, and breaks rules: each with its field. */
export function refuse(
  errors: readonly Complaint[],
  { status = 422, kind = "invalid" }: { readonly status?: number; readonly kind?: Kind } = {},
): Problem {
  return new Problem(status, kind, { detail: inWords(errors), errors });
}

/** The catalogue, for whoever follows a `type`. */
export function describeKind(name: string): string | undefined {
  return Object.hasOwn(TITLES, name) ? TITLES[name as Kind] : undefined;
}
