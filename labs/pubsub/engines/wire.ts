import { z } from "zod";
import type { Message } from "../contract.ts";
import { show } from "../given/options.ts";
import { UnreadableMessageError } from "./errors.ts";

/** What one publisher says of one message. The topic is not in it: it is the subject, which the server routes by. */
const envelopeSchema = z.object({
  publisher: z.string().min(1),
  sequence: z.int().positive(),
  timestamp: z.number(),
  payload: z.unknown().optional(),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** A message that came from another process, perhaps. */
export interface RemoteMessage extends Message {
  /** Who published it. `sequence` counts what this publisher has published. */
  readonly publisher: string;
}

/** @throws {TypeError} If JSON cannot write the payload. */
export function encode(envelope: Envelope): Uint8Array {
  const { payload } = envelope;
  if (typeof payload === "function" || typeof payload === "symbol") throw unfit(payload);
  try {
    return Buffer.from(JSON.stringify(envelope));
  } catch (error) {
    throw unfit(payload, { cause: error });
  }
}

function unfit(payload: unknown, options?: ErrorOptions): TypeError {
  return new TypeError(
    `Cannot publish: over a network a payload must be what JSON can write, got ${show(payload)}`,
    options,
  );
}

/** @throws {RangeError} If the server takes no message that long, and would hang up. */
export function checkSize({ length }: Uint8Array, limit: number): void {
  if (length <= limit) return;
  throw new RangeError(`Cannot publish: the server takes messages of at most ${limit} bytes, got ${length}`);
}

/** @throws {UnreadableMessageError} If it is no envelope: others may publish there, too. */
export function decode(topic: string, data: Uint8Array): RemoteMessage {
  const read = envelopeSchema.safeParse(parsed(topic, data));
  if (!read.success) throw new UnreadableMessageError(topic, z.prettifyError(read.error));
  const { publisher, sequence, timestamp, payload } = read.data;
  return { topic, payload, timestamp, sequence, missed: 0, publisher };
}

function parsed(topic: string, data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"));
  } catch (error) {
    throw new UnreadableMessageError(topic, "it must be JSON", { cause: error });
  }
}

/**
 * Topics and patterns as subjects of NATS, which has the same rules for tokens and wildcards. All of them begin with a
 * word of their own, so that `>` does not bring what NATS itself sends around (`_INBOX.…`, `$JS.…`).
 */
export class Subjects {
  readonly #prefix: string;

  constructor(prefix: string) {
    if (!/^[A-Za-z0-9_-]+$/.test(prefix)) {
      throw new TypeError(
        `Cannot connect: prefix must be letters, digits, _ and - without a dot, got ${show(prefix)}`,
      );
    }
    this.#prefix = `${prefix}.`;
  }

  /**
   * @param doing Completes "Cannot …".
   * @throws {RangeError} If it is too long for a server, which would hang up.
   * @throws {TypeError} If it has half a character in it, which would arrive as another one.
   */
  of(doing: string, topicOrPattern: string): string {
    if (!topicOrPattern.isWellFormed()) {
      throw new TypeError(
        `Cannot ${doing}: over a network a topic must be well-formed, got ${show(topicOrPattern)}`,
      );
    }
    const subject = this.#prefix + topicOrPattern;
    const bytes = Buffer.byteLength(subject);
    if (bytes <= MAX_SUBJECT_BYTES) return subject;
    throw new RangeError(
      `Cannot ${doing}: NATS takes subjects of at most ${MAX_SUBJECT_BYTES} bytes, got ${bytes}`,
    );
  }

  /** A subject of others comes back as it is. */
  topicOf(subject: string): string {
    return subject.startsWith(this.#prefix) ? subject.slice(this.#prefix.length) : subject;
  }
}

/** A server hangs up on a command line of more than 4,096 bytes, and not only the subject stands there. */
const MAX_SUBJECT_BYTES = 3_900;
