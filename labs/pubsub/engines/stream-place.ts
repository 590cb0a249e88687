import { AckPolicy, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { ReplayFrom } from "../contract.ts";
import { checkWhole } from "../solution/challenges/checks.ts";
import { HistoryGoneError } from "../solution/challenges/errors.ts";

/** How the server is told where to begin. */
export type Start =
  | { readonly deliver_policy: typeof DeliverPolicy.New }
  | { readonly deliver_policy: typeof DeliverPolicy.StartSequence; readonly opt_start_seq: number }
  | { readonly deliver_policy: typeof DeliverPolicy.StartTime; readonly opt_start_time: string };

const atSequence = (opt_start_seq: number): Start => ({
  deliver_policy: DeliverPolicy.StartSequence,
  opt_start_seq,
});

/**
 * @throws {HistoryGoneError} If it begins with messages that are not kept any more.
 * @throws {RangeError} If it begins beyond the next one.
 */
export async function startOf(
  manager: JetStreamManager,
  stream: string,
  subject: string,
  from: ReplayFrom | undefined,
): Promise<Start> {
  if (from === undefined) return { deliver_policy: DeliverPolicy.New };
  if ("time" in from) {
    return {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(from.time).toISOString(),
    };
  }
  if ("last" in from) return atSequence(await lastOnes(manager, stream, subject, from.last));
  const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
  checkWhole("subscribe", "from.sequence", from.sequence, 1, last_seq + 1);
  if (from.sequence < first_seq) throw new HistoryGoneError(from.sequence, first_seq);
  return atSequence(from.sequence);
}

/**
 * Where the last `count` of those that match begin. The server tells how many match from a place on, so the place is found
 * by halving. What is published meanwhile does no harm: the number of those behind a place only grows, so at some moment
 * of the search it was `count`.
 */
async function lastOnes(
  manager: JetStreamManager,
  stream: string,
  subject: string,
  count: number,
): Promise<number> {
  const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
  let enough = first_seq; // Invariant: from here on it was `count` or more, or this is all there is;
  let tooFew = last_seq + 1; // and from here on less.
  if (count === 0) return tooFew;
  while (enough + 1 < tooFew) {
    const middle = Math.floor((enough + tooFew) / 2);
    if ((await matching(manager, stream, subject, middle)) >= count) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

async function matching(manager: JetStreamManager, stream: string, subject: string, from: number) {
  const { name, num_pending } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    filter_subject: subject,
    mem_storage: true,
    inactive_threshold: nanos(5_000), // If it cannot be deleted here.
    ...atSequence(from),
  });
  await manager.consumers.delete(stream, name);
  return num_pending;
}
