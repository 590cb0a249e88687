export class Stopwatch {
  #totalMs = 0;
  #since: number | undefined;

  get elapsedMs(): number {
    return this.#totalMs + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    this.#totalMs = this.elapsedMs;
    this.#since = undefined;
  }
}
