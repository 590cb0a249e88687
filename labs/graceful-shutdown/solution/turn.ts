import { onAbort } from "@pattern-labs/primitives/abort";

/** How a turn went. What was given up may still go on, but nobody listens any more. */
export type Ending =
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "given up" };

export interface TurnLimit {
  readonly ms: number;
  /** What its signal aborts with when the time is up. */
  readonly timeout: () => Error;
  /** Ends it sooner, with the reason of this signal. */
  readonly deadline?: AbortSignal | undefined;
}

type Task = (options: { readonly signal: AbortSignal }) => Promise<void>;

/** One call of somebody else's function, until it ends or is given up, whichever comes first. */
export class Turn {
  readonly #controller = new AbortController();
  readonly #ending = Promise.withResolvers<Ending>();

  /** Never rejects. */
  get ending(): Promise<Ending> {
    return this.#ending.promise;
  }

  begin(task: Task): void {
    Promise.try(task, { signal: this.#controller.signal }).then(
      () => this.#ending.resolve({ kind: "ended" }),
      (error: unknown) => this.#ending.resolve({ kind: "failed", error }),
    );
  }

  /** Tells the task, and goes on waiting for it. */
  tell(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** From now on it has so long. If that is nothing any more it is given up at once, begun or not. */
  limit({ ms, timeout, deadline }: TurnLimit): void {
    const timer = setTimeout(() => this.#giveUp(timeout()), ms);
    const withdraw = onAbort(deadline, () => this.#giveUp(deadline?.reason));
    this.ending.then(() => {
      clearTimeout(timer);
      withdraw();
    });
  }

  #giveUp(reason: unknown): void {
    this.#controller.abort(reason);
    this.#ending.resolve({ kind: "given up" });
  }
}
