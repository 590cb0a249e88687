/** What could be seen while the output rested. */
export interface Stall {
  readonly afterLines: number;
  readonly seconds: number;
  /** Bytes that came in meanwhile. */
  readonly bytes: number;
  /** Bytes of memory that the process had when it began, and the most that it had until it ended. */
  readonly memoryBefore: number;
  readonly memoryPeak: number;
  readonly isOver: boolean;
}

export interface StallGauges {
  /** Received so far. */
  readonly bytes: () => number;
  /** Written so far. */
  readonly lines: () => number;
}

/** Watches a rest of the output: does anything grow meanwhile? */
export class StallWatch {
  stall: Stall | undefined = undefined;
  readonly #gauges: StallGauges;

  constructor(gauges: StallGauges) {
    this.#gauges = gauges;
  }

  /** To be disposed when the rest is over. */
  begin(seconds: number): Disposable {
    const { bytes, lines } = this.#gauges;
    const bytesBefore = bytes();
    const memoryBefore = memoryNow();
    const afterLines = lines();
    let memoryPeak = memoryBefore;
    const look = (isOver: boolean) => {
      memoryPeak = Math.max(memoryPeak, memoryNow());
      const stall = { afterLines, seconds, bytes: bytes() - bytesBefore, memoryBefore, memoryPeak, isOver };
      this.stall = stall;
    };
    look(false);
    const timer = setInterval(() => look(false), 100);
    return {
      [Symbol.dispose]() {
        clearInterval(timer);
        look(true);
      },
    };
  }
}

const memoryNow = () => process.memoryUsage.rss();
