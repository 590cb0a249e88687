export { discard, readBody } from "./body.ts";
export { closeServer, sendAway } from "./closing.ts";
export { readSettings, type SettingSources } from "./environment.ts";
export { type Reply, requestIdOf, writeReply } from "./exchange.ts";
export { listen } from "./listen.ts";
export { type Complaint, complaintsOf, HttpProblem, inWords, type ProblemDetails, show } from "./problem.ts";
export { explainRefusals } from "./refusals.ts";
export { tellStarter } from "./tell-starter.ts";
export { toldToEnd } from "./told-to-end.ts";
