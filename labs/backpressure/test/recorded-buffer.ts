import type { Sim } from "@pattern-labs/testkit";
import type { BufferOptions, EventBuffer } from "../contract.ts";
import { lab } from "./subject.ts";

/**
 * The buffer that is judged, with what goes in and out recorded: should the test fail, its message shows which offers
 * waited, and how many events were accepted that nobody had taken yet.
 */
export function createBuffer<T>(sim: Sim, options: BufferOptions<T>): EventBuffer<T> {
  const { recorder } = sim;
  const { onDrop } = options;
  let held = 0;
  let offered = 0;
  const hold = (change: number) => {
    held += change;
    recorder.level("accepted and not taken", Math.max(0, held));
  };
  recorder.limit("accepted and not taken", options.limit);
  const buffer = lab.createBuffer<T>({
    ...options,
    ...(onDrop && {
      onDrop: (event: T) => {
        hold(-1);
        recorder.mark(`${event} is dropped`);
        onDrop(event);
      },
    }),
  });
  return {
    offer(event, ...rest) {
      offered += 1;
      const span = recorder.begin("offers", "blocked", `${event} (${offered})`);
      const offer = buffer.offer(event, ...rest);
      offer.then(
        () => {
          recorder.end(span);
          hold(1);
        },
        (error: unknown) => recorder.end(span, "cancelled", error),
      );
      return offer;
    },
    [Symbol.asyncIterator]() {
      const iterator = buffer[Symbol.asyncIterator]();
      const taken = (result: IteratorResult<T>) => {
        if (result.done !== true) hold(-1);
      };
      return {
        ...(iterator.return && { return: () => iterator.return?.() as Promise<IteratorResult<T>> }),
        next() {
          const next = iterator.next();
          next.then(taken, () => {});
          return next;
        },
      };
    },
    close() {
      recorder.mark("close", "stop");
      buffer.close();
    },
    counts: () => buffer.counts(),
  };
}

/** Takes what is there, in order, and closes the buffer first, so that the loop ends. */
export async function drain<T>(buffer: EventBuffer<T>): Promise<T[]> {
  buffer.close();
  const events: T[] = [];
  for await (const event of buffer) events.push(event);
  return events;
}

/** One that asks for an event when it is told to, and remembers what it was given. */
export class Consumer<T> implements AsyncDisposable {
  readonly taken: T[] = [];
  readonly #iterator: AsyncIterator<T>;
  #isWaiting = false;

  constructor(buffer: EventBuffer<T>) {
    this.#iterator = buffer[Symbol.asyncIterator]();
  }

  /** The event, or undefined when there are no more. */
  async take(): Promise<T | undefined> {
    this.#isWaiting = true;
    const { done, value } = await this.#iterator.next();
    this.#isWaiting = false;
    if (done === true) return undefined;
    this.taken.push(value);
    return value;
  }

  /** As a `break` would. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isWaiting) await this.#iterator.return?.();
  }
}
