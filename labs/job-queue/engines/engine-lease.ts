import { LeaseLostError } from "../given/errors.ts";
import { isRefusal } from "./errors.ts";
import type { EngineSettings } from "./options.ts";

/** Asks the engine for as long again. False: the job is somebody else's. Rejects if nobody answers. */
type Renew = () => Promise<boolean>;

/**
 * A job in hand. The engine keeps the lock; this renews it each third, and tells the handler when it is lost: when the
 * engine says so, or else at the end of the lock, whether the engine answers or not.
 */
export class EngineLease implements Disposable {
  readonly #id: string;
  readonly #renew: Renew;
  readonly #settings: EngineSettings;
  readonly #controller = new AbortController();
  #renewal: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #until = 0;
  #hasEnded = false;
  #isLost = false;
  #isOver = false;

  /** @param since When it was asked for: counted from its answer it would be believed for longer than it holds. */
  constructor(id: string, since: number, renew: Renew, settings: EngineSettings) {
    this.#id = id;
    this.#renew = renew;
    this.#settings = settings;
    this.#hold(since);
    this.#renewIn(settings.leaseMs / 3);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It may be so from the first: the answer to a claim can come late. */
  get hasRunOut(): boolean {
    return Date.now() >= this.#until;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /**
   * Writes the end of the job, whose handler has ended, or was never begun. What fails is tried again as long as the lease
   * holds; what is refused is not.
   *
   * @param write Resolves once it is stored.
   * @returns Whether it is stored, as far as is known.
   */
  async write(write: () => Promise<unknown>): Promise<boolean> {
    const { onError, leaseMs } = this.#settings;
    this.#hasEnded = true;
    while (!this.#isOver) {
      try {
        await write();
        return true;
      } catch (error) {
        if (isRefusal(error)) {
          this.#lose();
          return false;
        }
        onError(error);
      }
      if (this.#isLost) return false;
      await new Promise((resolve) => setTimeout(resolve, leaseMs / 10));
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#expiry);
  }

  #hold(since: number): void {
    clearTimeout(this.#expiry);
    this.#until = since + this.#settings.leaseMs;
    this.#expiry = setTimeout(() => this.#lose(), Math.max(0, this.#until - Date.now()));
  }

  #renewIn(ms: number): void {
    this.#renewal = setTimeout(() => void this.#renewNow(), ms);
  }

  async #renewNow(): Promise<void> {
    const { leaseMs, onError } = this.#settings;
    const since = Date.now();
    try {
      const isMine = await this.#renew();
      if (this.#isOver || this.#isLost) return;
      if (!isMine) return this.#lose();
      this.#hold(since);
      this.#renewIn(Math.max(0, since + leaseMs / 3 - Date.now()));
    } catch (error) {
      if (this.#isOver || this.#isLost) return;
      onError(error);
      this.#renewIn(leaseMs / 10);
    }
  }

  #lose(): void {
    if (this.#isOver || this.#isLost) return;
    this.#isLost = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#expiry);
    const error = new LeaseLostError(this.#id);
    if (!this.#hasEnded) this.#settings.onError(error);
    this.#controller.abort(error);
  }
}
