import type { Program } from "../program.ts";

class Queue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T | undefined) => void)[] = [];

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  async take(): Promise<T | undefined> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    return await new Promise<T | undefined>((resolve) => this.#takers.push(resolve));
  }

  /** Forgets those who already wait. */
  close(): void {
    this.#items.length = 0;
  }

  closeAndWake(): void {
    this.close();
    for (const wake of this.#takers.splice(0)) wake(undefined);
  }
}

async function consume(queue: Queue<number>): Promise<void> {
  for (;;) {
    const item = await queue.take();
    if (item === undefined) return;
  }
}

/** Outlives the run, as the queue of a server does. */
const queue = new Queue<number>();

export const consumerParkedAfterClose: Program = {
  mistake: "close does not wake those who wait for an item",
  leaves: [{ kind: "parked", in: "take" }],
  async buggy() {
    void consume(queue);
    queue.put(1);
    await Promise.resolve();
    queue.close();
  },
  async fixed() {
    const consumer = consume(queue);
    queue.put(1);
    await Promise.resolve();
    queue.closeAndWake();
    await consumer;
  },
};
