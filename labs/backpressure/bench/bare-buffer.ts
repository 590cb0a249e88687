import type { Policy } from "../contract.ts";

/** What a queue must be able to do. */
export interface Store<T> {
  readonly size: number;
  push(value: T): void;
  /** Only when there is something. */
  shift(): T;
}

export const stores: Readonly<Record<string, <T>(limit: number) => Store<T>>> = {
  "array with shift": <T>(): Store<T> => {
    const values: T[] = [];
    return {
      get size() {
        return values.length;
      },
      push: (value) => void values.push(value),
      shift: () => values.shift() as T,
    };
  },
  "linked list": <T>(): Store<T> => {
    interface Node {
      readonly value: T;
      next: Node | undefined;
    }
    let head: Node | undefined;
    let tail: Node | undefined;
    let size = 0;
    return {
      get size() {
        return size;
      },
      push(value) {
        const node: Node = { value, next: undefined };
        if (tail === undefined) head = node;
        else tail.next = node;
        tail = node;
        size += 1;
      },
      shift() {
        const { value, next } = head as Node;
        head = next;
        if (next === undefined) tail = undefined;
        size -= 1;
        return value;
      },
    };
  },
  ring: <T>(limit: number): Store<T> => {
    const slots = new Array<T | undefined>(limit);
    let first = 0;
    let size = 0;
    return {
      get size() {
        return size;
      },
      push(value) {
        const place = first + size;
        slots[place < limit ? place : place - limit] = value;
        size += 1;
      },
      shift() {
        const value = slots[first] as T;
        slots[first] = undefined;
        first = first + 1 === limit ? 0 : first + 1;
        size -= 1;
        return value;
      },
    };
  },
};

/** What is measured of an `EventBuffer`. */
export interface BareBuffer<T> extends AsyncIterable<T> {
  offer(event: T): Promise<void>;
  close(): void;
}

const done = Promise.resolve();

/**
 * The least that does the work: no signal, no counts, one producer that may wait and one consumer. Whoever is compared
 * with it pays for these.
 */
export function createBare<T>(store: Store<T>, limit: number, policy: Policy | "no bound"): BareBuffer<T> {
  let consumer: ((result: IteratorResult<T, undefined>) => void) | undefined;
  let producer: { readonly event: T; readonly accept: () => void } | undefined;
  let closed = false;
  return {
    offer(event) {
      if (consumer !== undefined) {
        const deliver = consumer;
        consumer = undefined;
        deliver({ done: false, value: event });
        return done;
      }
      if (store.size < limit || policy === "no bound") {
        store.push(event);
        return done;
      }
      if (policy === "refuse") return Promise.reject(new Error("full"));
      if (policy === "drop-newest") return done;
      if (policy === "drop-oldest") {
        store.shift();
        store.push(event);
        return done;
      }
      return new Promise((accept) => {
        producer = { event, accept };
      });
    },
    close() {
      closed = true;
      consumer?.({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => ({
      next() {
        if (store.size > 0) {
          const value = store.shift();
          if (producer !== undefined) {
            store.push(producer.event);
            producer.accept();
            producer = undefined;
          }
          return Promise.resolve({ done: false, value });
        }
        if (closed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          consumer = resolve;
        });
      },
    }),
  };
}
