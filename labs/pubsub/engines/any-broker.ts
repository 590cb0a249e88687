import type { Subscription, WhenFull } from "../contract.ts";
import type { Reader } from "../test/reader.ts";

/** What every broker can do, in whatever way it carries messages. */
export interface AnyBroker {
  /** It may tell at once who got it, as the broker in memory does; nothing here asks. */
  publish(topic: string, payload: unknown): unknown;
  subscribe(pattern: string, options?: AnySubscribeOptions): Subscription;
  readonly subscriptions: number;
}

export interface AnySubscribeOptions {
  readonly id?: string;
  readonly bufferLimit?: number;
  readonly whenFull?: WhenFull;
  readonly signal?: AbortSignal;
}

/** A broker of a test's own. */
export interface OpenBroker extends AsyncDisposable {
  readonly broker: AnyBroker;
  /** Resolves when whatever was published before is in the buffers of those who get it, or was dropped. */
  settle(): Promise<void>;
}

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Payloads, with the gaps between them. */
export const gaps = ({ read }: Reader) =>
  read.map(({ payload, missed }) => (missed === 0 ? payload : `${missed} missed, ${payload}`));

export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("It threw nothing.");
}

export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("It was not rejected.");
    },
    (error: unknown) => error,
  );
}
