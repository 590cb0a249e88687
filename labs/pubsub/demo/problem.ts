import { type ServerResponse, STATUS_CODES } from "node:http";
import { type Complaint, HttpProblem, inWords } from "@pattern-labs/demo/service";

/** A request that is refused, as the problem details that are sent (RFC 9457): the status tells its kind. */
export class Problem extends HttpProblem {
  constructor(status: number, errors: readonly Complaint[], headers: Readonly<Record<string, string>> = {}) {
    const title = STATUS_CODES[status] ?? String(status);
    super({ status, type: "about:blank", title, detail: inWords(errors), errors, headers });
  }
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  response.writeHead(problem.status, { ...problem.headers, "Content-Type": "application/problem+json" });
  response.end(`${JSON.stringify(problem.body())}\n`);
}
