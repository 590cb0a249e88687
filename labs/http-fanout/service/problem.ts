import { STATUS_CODES } from "node:http";

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

export interface ProblemDetails {
  /** What it is this time. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is refused, as the problem details that are sent: https://www.rfc-editor.org/rfc/rfc9457. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #kind: Kind;

  constructor(kind: Kind, { detail, headers = {} }: ProblemDetails) {
    super(detail);
    this.#kind = kind;
    this.status = KINDS[kind][0];
    this.headers = headers;
  }

  /** @param requestId Where somebody who looks for it finds more about it: in the log. */
  body(requestId: string): object {
    const title = KINDS[this.#kind][1];
    return { type: `/problems/${this.#kind}`, title, status: this.status, detail: this.message, requestId };
  }
}

/** The catalogue, for whoever follows a `type`. */
export function describeKind(name: string): string | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name as Kind][1] : undefined;
}

/** What the status says by itself. */
export const reasonOf = (status: number): string => STATUS_CODES[status] ?? String(status);

/** A value in a sentence: never longer than its reader's patience. */
export function show(value: string): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
