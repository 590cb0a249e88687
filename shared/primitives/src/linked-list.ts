import { wrongKind } from "./arguments/check.ts";

/**
 * A value's place in a {@link LinkedList}: keep it to take the value out again. Its links belong to the list.
 * What must know more than its value may extend it, and is appended as it is: one object instead of two.
 */
export class LinkedListNode<T> {
  readonly value: T;
  /** @internal */ list: object | undefined = undefined;
  /** @internal */ previous: LinkedListNode<T> | undefined = undefined;
  /** @internal */ next: LinkedListNode<T> | undefined = undefined;

  constructor(value: T) {
    this.value = value;
  }
}

/**
 * A queue from whose middle a value can leave at once: doubly linked, every operation O(1).
 * It is what waiters stand in, because any of them may be cancelled. If nobody leaves early, prefer `RingBuffer`.
 *
 * @example
 * ```ts
 * const queue = new LinkedList<string>();
 * queue.push("Ada");
 * const place = queue.push("Bea");
 * queue.push("Cid");
 *
 * queue.remove(place); // Bea goes home
 * assert.deepEqual([...queue], ["Ada", "Cid"]);
 * assert.equal(queue.shift(), "Ada");
 * ```
 */
export class LinkedList<T, Node extends LinkedListNode<T> = LinkedListNode<T>> implements Iterable<T> {
  #first: Node | undefined = undefined;
  #last: Node | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first value's node, or `undefined` if the list is empty. */
  get first(): Node | undefined {
    return this.#first;
  }

  /** Adds `value` at the end. Keep the node that this returns if the value may leave early. */
  push(this: LinkedList<T>, value: T): LinkedListNode<T> {
    const node = new LinkedListNode(value);
    this.#link(node);
    return node;
  }

  /** Adds `node` at the end. @throws {TypeError} If it is no node, or in a list already, be it this one. */
  append(node: Node): void {
    if (node?.list !== undefined || !(node instanceof LinkedListNode)) throw unfit(node);
    this.#link(node);
  }

  #link(node: Node): void {
    node.list = this;
    node.previous = this.#last;
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
  }

  /** Takes out the first value. `undefined` means an empty list, unless `undefined` was pushed: then look at `size`. */
  shift(): T | undefined {
    const node = this.#first;
    if (node === undefined) return undefined;
    this.#unlink(node);
    return node.value;
  }

  /**
   * Takes out the value at `node`; `false` if it is not in this list any more, so that twice is harmless.
   *
   * @throws {TypeError} If it is no node.
   */
  remove(node: Node): boolean {
    if (node?.list !== this) return isElsewhere(node);
    this.#unlink(node);
    return true;
  }

  /** The values from first to last, as they are now: the list may change while they are looked at. O(n). */
  [Symbol.iterator](): Iterator<T, undefined> {
    const values: T[] = [];
    for (let node: LinkedListNode<T> | undefined = this.#first; node !== undefined; node = node.next) {
      values.push(node.value);
    }
    return values.values();
  }

  #unlink(node: Node): void {
    if (node.previous === undefined) this.#first = node.next as Node | undefined;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous as Node | undefined;
    else node.next.previous = node.previous;
    // A node that somebody still holds must not keep its former neighbours alive.
    node.list = undefined;
    node.previous = undefined;
    node.next = undefined;
    this.#size -= 1;
  }
}

function unfit(node: unknown): TypeError {
  if (!(node instanceof LinkedListNode)) return wrongKind("append to LinkedList", mustBeNode, node);
  return wrongKind("append to LinkedList", "node must be in no list, and is in one", node);
}

/** Also if it has left; but what is no node is a mistake. */
function isElsewhere(node: unknown): false {
  if (node instanceof LinkedListNode) return false;
  throw wrongKind("remove from LinkedList", mustBeNode, node);
}

const mustBeNode = "node must be a LinkedListNode";
