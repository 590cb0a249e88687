/** Counts what is there at once, and remembers the most. */
export class Gauge {
  now = 0;
  most = 0;

  /** @returns To be called once, when it is gone. */
  enter(): () => void {
    this.now += 1;
    if (this.now > this.most) this.most = this.now;
    return () => {
      this.now -= 1;
    };
  }

  /** The same for a block. */
  hold(): Disposable {
    return { [Symbol.dispose]: this.enter() };
  }
}
