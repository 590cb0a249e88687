import type { Job, QueueOptions } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { type Settings, settingsOf } from "../given/options.ts";

/** Those of the lab's queue. Instead of a store they name a server. */
export interface EngineOptions extends Omit<QueueOptions, "store"> {
  /** Where the server is: `redis://…`, `rediss://…` or `postgres://…`. */
  readonly url: string;
  /** Queues of one name share their jobs. Letters, digits, `_` and `-`; default "jobs". */
  readonly name?: string | undefined;
  /**
   * Which jobs stay once they are completed: the last `maxCount` (default 100,000), and of these those that ended less
   * than `maxAgeMs` ago (default 30 days). Who is removed is forgotten, and so is its id. Dead jobs stay.
   */
  readonly keepFinished?: { readonly maxAgeMs?: number; readonly maxCount?: number } | undefined;
  /** How long a call may wait for the server. Default 10,000. */
  readonly answerMs?: number | undefined;
  /** Told what this process has stored of a job, once that is stored. Never throws. */
  readonly onEvent?: ((event: JobEvent, job: Job) => void) | undefined;
}

/** "stored" is told as well where a job of this id was there already: the engine does not say. "pending again": given back, or replayed. */
export type JobEvent = "stored" | "claimed" | "completed" | "failed" | "dead" | "cancelled" | "pending again";

export interface EngineSettings extends Omit<Settings, "store"> {
  readonly url: string;
  readonly name: string;
  readonly keepFinished: { readonly maxAgeMs: number; readonly maxCount: number };
  readonly answerMs: number;
  readonly onEvent: (event: JobEvent, job: Job) => void;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** @throws {RangeError} For an option out of its range; the message names it and the value. */
export function engineSettingsOf({
  url,
  name = "jobs",
  keepFinished: { maxAgeMs = 30 * DAY_MS, maxCount = 100_000 } = {},
  answerMs = 10_000,
  onEvent = () => {},
  ...common
}: EngineOptions): EngineSettings {
  if (!/^[\w-]+$/.test(name)) {
    throw new RangeError(
      `Cannot open a queue: name must be of letters, digits, _ and -, got ${JSON.stringify(name)}`,
    );
  }
  check({ "keepFinished.maxAgeMs": maxAgeMs, "keepFinished.maxCount": maxCount }, 0, Number.MAX_SAFE_INTEGER);
  check({ answerMs }, 1, 2 ** 31 - 1);
  // The server is the store; what else there is to say is checked as for any queue.
  const { store: _, ...settings } = settingsOf({ ...common, store: createMemoryStore() });
  return { ...settings, url, name, keepFinished: { maxAgeMs, maxCount }, answerMs, onEvent };
}

function check(numbers: Readonly<Record<string, number>>, least: number, most: number): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new RangeError(
      `Cannot open a queue: ${name} must be a whole number from ${least} to ${most}, got ${value}`,
    );
  }
}
