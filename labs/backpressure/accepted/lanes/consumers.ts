import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";

/** The loops over a buffer: those that wait stand in one line, whichever iterator they came through. */
export interface Consumers<T> {
  /** Gives `value` to the one that has waited longest; `false` if none waits. */
  hand(value: T): boolean;
  /** Ends all that wait, and from now on all that find nothing. */
  end(): void;
  iterate(): AsyncIterableIterator<T, undefined>;
}

/**
 * @param take Takes out what is next. It is asked before anybody is parked, so that while one is parked there is nothing
 *   to take, as long as what comes is offered to `hand` first.
 */
export function createConsumers<T>(take: () => { readonly value: T } | undefined): Consumers<T> {
  type Resume = (result: IteratorResult<T, undefined>) => void;
  const parked = new LinkedList<Resume>();
  let ended = false;

  return {
    hand(value) {
      const resume = parked.shift();
      resume?.({ done: false, value });
      return resume !== undefined;
    },

    end() {
      ended = true;
      for (let resume = parked.shift(); resume !== undefined; resume = parked.shift()) resume(done());
    },

    // Not an async generator: that one would await an event that is a promise, and queue a `return` behind a `next`.
    iterate() {
      let left = false;
      let place: LinkedListNode<Resume> | undefined;
      return {
        async next() {
          if (left) return done();
          const taken = take();
          if (taken !== undefined) return { done: false, value: taken.value };
          if (ended) return done();
          return await new Promise((resolve) => {
            place = parked.push(resolve);
          });
        },
        async return() {
          left = true;
          if (place !== undefined && parked.remove(place)) place.value(done());
          return done();
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
}

function done(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
