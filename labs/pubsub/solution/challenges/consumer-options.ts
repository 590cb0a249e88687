import type { ConsumerOptions } from "../../contract.ts";
import { checkPattern, checkTopic, matches } from "../topics.ts";
import { checkWhole, LONGEST_MS } from "./checks.ts";

const DOING = "create a consumer";

/** Fills in what is not given, and checks what no subscription checks. @throws {RangeError | TypeError} */
export function checkedConsumerOptions(pattern: string, options: ConsumerOptions) {
  const { ackWithinMs = 30_000, maxDeliveries = 5, maxInFlight = 100, deadLetterTopic } = options;
  checkWhole(DOING, "ackWithinMs", ackWithinMs, 1, LONGEST_MS);
  checkWhole(DOING, "maxDeliveries", maxDeliveries, 1);
  checkWhole(DOING, "maxInFlight", maxInFlight, 1);
  if (deadLetterTopic !== undefined) checkDeadLetterTopic(pattern, deadLetterTopic);
  const checkDelay = (delayMs: number) => checkWhole("nak", "delayMs", delayMs, 0, LONGEST_MS);
  return { ackWithinMs, maxDeliveries, maxInFlight, deadLetterTopic, checkDelay };
}

function checkDeadLetterTopic(pattern: string, topic: string): void {
  checkPattern(DOING, pattern);
  checkTopic(DOING, topic);
  if (!matches(pattern, topic)) return;
  throw new RangeError(
    `Cannot ${DOING}: deadLetterTopic must not match its own pattern "${pattern}", got "${topic}"`,
  );
}
