import type { SeenAnswer, ServedNews } from "./messages.ts";

/** What was said, and how much of it could be checked. */
export interface Verdict {
  readonly answers: number;
  /** Services that were said to have answered, to have failed, to be late. */
  readonly answered: number;
  readonly failed: number;
  readonly late: number;
  /** Of the failed ones: never called, as a breaker or a bulkhead refused them. */
  readonly spared: number;
  /** Of the late ones: an answer was sent all the same, and came too late to count. */
  readonly justMissed: number;
  /** Calls that were made, and that were hung up on before they had their answer. */
  readonly calls: number;
  readonly cut: number;
  readonly lies: readonly string[];
}

const MOST_LIES = 10;
const GOOD = new Set<ServedNews["did"]>(["well", "slow"]);
const MUTE = new Set<ServedNews["did"]>(["stalled", "half stalled"]);

export interface Promised {
  /** Whether a call may be refused without being made. */
  readonly isGuarded: boolean;
  /** Nobody is late before. */
  readonly callTimeoutMs: number;
}

/** Timers may fire a little early. */
const SLACK_MS = 2;

/** Compares what clients were told with what the services say that they did. */
export function compare(
  answers: readonly SeenAnswer[],
  served: readonly ServedNews[],
  { isGuarded, callTimeoutMs }: Promised,
): Verdict {
  const counts = { answered: 0, failed: 0, late: 0, spared: 0, justMissed: 0 };
  const lies: string[] = [];
  const byRequest = Map.groupBy(served, ({ requestId }) => requestId ?? "");
  for (const answer of answers) {
    const doings = byRequest.get(answer.requestId) ?? [];
    const lie = (text: string) => void lies.push(`${answer.requestId}, a ${answer.end}: ${text}`);
    for (const [service, nonce] of Object.entries(answer.data)) {
      counts.answered += 1;
      const source = doings.find((each) => each.nonce === nonce);
      if (source === undefined) lie(`what is said to come from ${service} was made for somebody else`);
      else if (source.service !== service || !GOOD.has(source.did))
        lie(`${service} has given no such answer`);
    }
    for (const { service, reason } of answer.warnings) {
      const its = doings.filter((each) => each.service === service);
      if (reason === "failed") {
        counts.failed += 1;
        if (its.length === 0) counts.spared += 1;
        if (its.length === 0 ? !isGuarded : its.every(isNoFailure)) lie(`${service} has not failed`);
      } else {
        counts.late += 1;
        if (its.some(({ did, end }) => !MUTE.has(did) && end === "sent")) counts.justMissed += 1;
        // Only this bound holds on any machine: how long something took is never too short.
        if (answer.tookMs < callTimeoutMs - SLACK_MS) lie(`${service} was not late: its time was not over`);
      }
    }
    for (const id of answer.notTaken)
      if (byRequest.has(id)) lie(`the gateway has read it as ${id}, and hung up without an answer`);
    checkWhole(answer, doings, isGuarded, lie);
  }
  const open = served.filter(({ end }) => end === "open").length;
  if (open > 0) lies.push(`${open} calls were never hung up on`);
  const cut = served.filter(({ did, end }) => end === "cut" && (GOOD.has(did) || MUTE.has(did))).length;
  return { answers: answers.length, ...counts, calls: served.length, cut, lies: lies.slice(0, MOST_LIES) };
}

const isNoFailure = ({ did }: ServedNews) => GOOD.has(did) || MUTE.has(did);

/** Whether the status, and the services that are named, are what they must be. */
function checkWhole(
  { end, services, data, warnings }: SeenAnswer,
  doings: readonly ServedNews[],
  isGuarded: boolean,
  lie: (text: string) => void,
): void {
  if (end === "lost" || end === 500 || end === 400) lie("every request must have an answer");
  const named = [...Object.keys(data), ...warnings.map(({ service }) => service)].toSorted();
  if (end === 200 && named.join() !== services.toSorted().join())
    lie(`asked for ${services}, told of ${named}`);
  if (end === 200 && Object.keys(data).length === 0) lie("nobody has answered");
  if (end === 503 && doings.length > 0) lie("somebody was called all the same");
  if (end !== 502) return;
  const hasFailed = (service: string) => {
    const its = doings.filter((each) => each.service === service);
    return its.length === 0 ? isGuarded : !its.every(isNoFailure);
  };
  if (!services.every(hasFailed)) lie("not every service has failed");
}
