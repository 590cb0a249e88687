import type { SubscribeOptions, Subscription } from "../contract.ts";
import { show } from "../given/options.ts";
import type { RemoteMessage } from "./wire.ts";

export interface NatsBrokerOptions {
  /** "nats://127.0.0.1:4222" */
  readonly url: string;
  /** What nobody waits for: a connection that broke, messages thrown away, what cannot be read. Never called in `publish`. */
  readonly onError: (error: Error) => void;
  /** There is a connection again. What others published meanwhile was missed, and nobody can count it. */
  readonly onReconnect?: (() => void) | undefined;
  /** Brokers with the same prefix are one. Letters, digits, _ and -. Default "pubsub". */
  readonly prefix?: string | undefined;
  /** So many bytes may be published and not be confirmed by the server. Default 32 MiB. */
  readonly outboxBytes?: number | undefined;
}

/** What a broker in another process cannot do: see the README of this folder. */
export type RemoteSubscribeOptions = Pick<SubscribeOptions, "id" | "bufferLimit" | "whenFull" | "signal">;

export interface RemoteSubscription extends Subscription {
  [Symbol.asyncIterator](): {
    next(): Promise<IteratorResult<RemoteMessage, undefined>>;
    return(): Promise<IteratorResult<RemoteMessage, undefined>>;
  };
}

/** They need all that was published in one place; what is not done must not look as if it were. */
export function refuseChallenges(options: SubscribeOptions): void {
  for (const name of ["from", "group"] as const) {
    if (options[name] === undefined) continue;
    throw new TypeError(
      `Cannot subscribe: ${name} must not be given on NATS core, got ${show(options[name])}`,
    );
  }
}
