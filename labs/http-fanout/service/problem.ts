import { HttpProblem, type ProblemDetails } from "@pattern-labs/demo/service";

/** What kinds of problems there are: what it is that went wrong, whatever the request. Clients go by the name. */
const KINDS = {
  "not-found": [404, "There is nothing here"],
  "method-not-allowed": [405, "This cannot be done here"],
  invalid: [400, "The request breaks a rule"],
  "quota-used": [429, "The quota of this key is used up"],
  "all-failed": [502, "Every service that was asked has failed"],
  overloaded: [503, "Too many requests wait already"],
  "too-late": [504, "No service has answered in time"],
  failed: [500, "The gateway has failed"],
} as const;

export type Kind = keyof typeof KINDS;

/** A request that is refused, as the problem details that are sent: https://www.rfc-editor.org/rfc/rfc9457. */
export class Problem extends HttpProblem {
  constructor(kind: Kind, details: Pick<ProblemDetails, "detail" | "headers">) {
    const [status, title] = KINDS[kind];
    super({ status, type: `/problems/${kind}`, title, ...details });
  }
}

/** The catalogue, for whoever follows a `type`. */
export function describeKind(name: string): string | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name as Kind][1] : undefined;
}
