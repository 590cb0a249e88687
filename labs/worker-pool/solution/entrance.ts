import { type Cancellable, onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { PoolClosedError } from "./errors.ts";

interface Visitor extends Cancellable {
  readonly accept: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Where callers of `submit` wait for a place: first come, first served, and free to leave at any time. */
export class Entrance {
  readonly #line = new LinkedList<Visitor>();

  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  wait({ accept, reject, signal }: Visitor): void {
    const place = this.#line.push({
      accept: () => {
        withdraw();
        accept();
      },
      reject: (reason) => {
        withdraw();
        reject(reason);
      },
    });
    const withdraw = onAbort(signal, () => {
      this.#line.remove(place);
      reject(signal?.reason);
    });
  }

  /** Accepts those who wait, in the order in which they came, for as long as there is room. */
  admitWhile(hasRoom: () => boolean): void {
    while (this.#line.size > 0 && hasRoom()) this.#line.shift()?.accept();
  }

  /** Turns away all who wait. */
  close(): void {
    for (let visitor = this.#line.shift(); visitor !== undefined; visitor = this.#line.shift()) {
      visitor.reject(new PoolClosedError());
    }
  }
}
