import type { Settings } from "./options.ts";

/** `setTimeout` counts in whole milliseconds, so whoever waits for a token comes up to this much late. */
const TIMER_GRAIN_MS = 1;

/**
 * Lets `burst` through at once, and after that one every `1000 / ratePerSecond` ms. No tokens are counted and nothing
 * ticks: it is enough to know when the next one is due. This is the Generic Cell Rate Algorithm, ITU-T I.371 (1993).
 */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #onToken: () => void;
  /** When a token would be due if every one so far had been taken exactly on time. */
  #dueAt = Number.NEGATIVE_INFINITY;
  /** What the timer of whoever waited may have lost. Without it each wait would slow the rate a little: drift. */
  #makeGoodMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `onToken` is called when there is a token again after somebody was refused one. */
  constructor({ ratePerSecond, burst }: Settings, onToken: () => void) {
    this.#intervalMs = 1000 / ratePerSecond; // 0 for no limit
    this.#toleranceMs = (burst - 1) * this.#intervalMs;
    this.#onToken = onToken;
  }

  /** Takes a token; `false` if there is none yet. However many are refused one, a single timer runs for all. */
  take(): boolean {
    const now = performance.now();
    const waitMs = this.#dueAt - this.#toleranceMs - now;
    if (waitMs > 0) {
      this.#wakeIn(Math.ceil(waitMs));
      return false;
    }
    this.#dueAt = Math.max(this.#dueAt, now - this.#makeGoodMs) + this.#intervalMs;
    this.#makeGoodMs = 0;
    return true;
  }

  #wakeIn(waitMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#makeGoodMs = Math.min(TIMER_GRAIN_MS, this.#intervalMs * 0.99); // Never as much as one token.
      this.#onToken();
    }, waitMs);
  }

  /** Nobody is called any more. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
