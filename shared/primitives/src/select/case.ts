import { type Exchange, end, type Received } from "../exchange.ts";

/** One of the things that a `select` may do. Made by `receiveFrom` and `sendTo`; can be used any number of times. */
export interface SelectCase<Outcome extends object> {
  /** @internal */ readonly isReady: boolean;
  /** @internal */ proceed(name: string): Outcome & { readonly case: string };
  /** @internal Stands in line, until the function that this returns is called. */
  wait(name: string, selection: Selection): () => void;
  /** @internal The same, as `Exchange.inTime` gives it. */ proceedInTime(name: string): Promise<object>;
}

/** What the cases of one waiting `select` share. */
export interface Selection {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: object) => void;
  readonly reject: (reason: unknown) => void;
  /** Leaves every line. Called within the exchange that serves one of the cases, so no other can serve a second. */
  readonly withdraw: () => void;
}

export class ReceiveCase<T> implements SelectCase<Received<T>> {
  readonly exchange: Exchange<T>;

  constructor(exchange: Exchange<T>) {
    this.exchange = exchange;
  }

  get isReady(): boolean {
    return this.exchange.canTake;
  }

  proceed(name: string): Received<T> & { readonly case: string } {
    return outcomeOf(name, this.exchange.take() as Received<T>);
  }

  proceedInTime(name: string): Promise<object> {
    if (!this.exchange.hasValue) return this.exchange.inTime({ case: name, ...end });
    const value = this.exchange.takeValue();
    return this.exchange.inTime({ case: name, done: false, value });
  }

  wait(name: string, { signal, resolve, withdraw }: Selection): () => void {
    const { receivers } = this.exchange;
    const receive = (received: Received<T>) => resolve(outcomeOf(name, received));
    const place = receivers.push({ signal, withdraw, resolve: receive, owner: undefined });
    return () => receivers.remove(place);
  }
}

export class SendCase<T> implements SelectCase<object> {
  readonly exchange: Exchange<T>;
  readonly #value: T;

  constructor(exchange: Exchange<T>, value: T) {
    this.exchange = exchange;
    this.#value = value;
  }

  get isReady(): boolean {
    return this.exchange.canOffer;
  }

  proceed(name: string): { readonly case: string } {
    this.exchange.offer(this.#value);
    return { case: name };
  }

  proceedInTime(name: string): Promise<object> {
    return this.exchange.inTime(this.proceed(name));
  }

  wait(name: string, { signal, resolve, reject, withdraw }: Selection): () => void {
    const { senders } = this.exchange;
    const sent = () => resolve({ case: name });
    const place = senders.push({ signal, withdraw, value: this.#value, resolve: sent, reject });
    return () => senders.remove(place);
  }
}

function outcomeOf<T>(name: string, { done, value }: Received<T>): Received<T> & { readonly case: string } {
  return { case: name, done, value } as Received<T> & { readonly case: string };
}
