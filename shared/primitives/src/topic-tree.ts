import { wrongKind } from "./arguments/check.ts";
import { LinkedList, type LinkedListNode } from "./linked-list.ts";
import { RecentMatches } from "./recent-matches.ts";

/**
 * Finds the values whose pattern matches a topic: who has subscribed to it, which rule it falls under. The rules are
 * those of NATS subjects (https://docs.nats.io/nats-concepts/subjects).
 *
 * - A topic is tokens between dots: "orders.eu.created". In a pattern, the token `*` stands for exactly one token and
 *   `>`, which must be the last, for one or more. No token may be empty or contain white space. Within a longer token
 *   both are characters like any other: `order*` matches only the token "order*".
 * - What `match` gives is a snapshot: patterns may be added and removed while it is looked at, which it does not show.
 *   Values of one pattern come in the order in which they were added; of different patterns, in no certain order.
 * - The cost of a match grows with the tokens of the topic and with what matches, not with what does not. Topics that
 *   come again and again are remembered, at most 1,024, until the next `add` or removal; topics that do not are not.
 * - Nothing is left of a pattern whose last value is removed.
 *
 * It delivers nothing: what to do with the values, in what order and how fast, is the caller's matter.
 * If no pattern has a wildcard, prefer a `Map`.
 *
 * @example
 * ```ts
 * const subscribers = new TopicTree<string>();
 * subscribers.add("orders.*.created", "mailer");
 * subscribers.add("orders.>", "audit");
 * const billing = subscribers.add("orders.eu.created", "billing");
 *
 * assert.deepEqual(subscribers.match("orders.eu.created").toSorted(), ["audit", "billing", "mailer"]);
 * billing[Symbol.dispose]();
 * assert.deepEqual(subscribers.match("orders.us.cancelled"), ["audit"]);
 * assert.deepEqual(subscribers.match("orders"), []);
 * ```
 */
export class TopicTree<T> {
  readonly #root = new Node<T>(undefined, "");
  readonly #recent = new RecentMatches<T>();
  #size = 0;

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  /** How many nodes the tree has: one for each beginning of a pattern, and the root. O(nodes). */
  countNodes(): number {
    let count = 0;
    for (const pending = [this.#root]; pending.length > 0; count += 1) {
      for (const child of pending.pop()?.children() ?? []) pending.push(child);
    }
    return count;
  }

  /**
   * Adds `value` under `pattern`; a second time if it is there already. O(tokens).
   *
   * @returns Dispose it to take the value out again; twice is harmless. O(tokens).
   * @throws {TypeError} If `pattern` breaks the rules.
   */
  add(pattern: string, value: T): Disposable {
    check("pattern", pattern, badPattern);
    const node = this.#root.descendant(pattern.split("."));
    let place: LinkedListNode<T> | undefined = node.add(value);
    this.#size += 1;
    this.#recent.clear();
    return {
      [Symbol.dispose]: () => {
        if (place === undefined) return;
        node.remove(place);
        place = undefined; // Who keeps the disposable must not keep the value alive.
        this.#size -= 1;
        this.#recent.clear();
      },
    };
  }

  /**
   * The values whose pattern matches `topic`.
   *
   * @throws {TypeError} If `topic` breaks the rules or has a wildcard.
   */
  match(topic: string): readonly T[] {
    return this.#recent.get(topic) ?? this.#search(topic);
  }

  #search(topic: string): readonly T[] {
    check("topic", topic, badTopic);
    const lists = listsFor(this.#root, topic);
    const values = joined(lists);
    this.#recent.offer(topic, values, lists.length);
    return values;
  }
}

const badPattern = /^\.|^$|\.\.|\.$|\s|(?:^|\.)>\./;
const badTopic = /(?:^|\.)[*>]?(?:\.|$)|\s/;

function check(what: "pattern" | "topic", text: string, bad: RegExp): void {
  if (typeof text === "string" && !bad.test(text)) return;
  const rule = "tokens between dots, none of them empty or with white space";
  const wildcards = what === "topic" ? "no wildcard" : "> only as the last";
  throw wrongKind(`use as a ${what}`, `it must be ${rule}, ${wildcards}`, text);
}

/** The lists of values that match `topic`, token by token: no recursion, as a topic may have any number of tokens. */
function listsFor<T>(root: Node<T>, topic: string): (readonly T[])[] {
  const lists: (readonly T[])[] = [];
  let nodes = [root];
  for (let start = 0; start <= topic.length && nodes.length > 0; ) {
    const dot = topic.indexOf(".", start);
    const end = dot < 0 ? topic.length : dot;
    const token = topic.slice(start, end);
    const next: Node<T>[] = [];
    for (const node of nodes) {
      if (node.rest !== undefined) lists.push(node.rest.snapshot());
      const literal = node.literals?.get(token);
      if (literal !== undefined) next.push(literal);
      if (node.any !== undefined) next.push(node.any);
    }
    nodes = next;
    start = end + 1;
  }
  for (const node of nodes) if (node.size > 0) lists.push(node.snapshot());
  return lists;
}

/** Copies only if it must: a thousand subscribers to one topic are one array until one of them leaves. */
function joined<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const [first = nobody] = lists;
  return lists.length > 1 ? (lists.flat() as T[]) : first;
}

const nobody: readonly never[] = [];

class Node<T> {
  readonly #parent: Node<T> | undefined;
  readonly #token: string;
  literals: Map<string, Node<T>> | undefined = undefined;
  any: Node<T> | undefined = undefined; // For the token `*`.
  rest: Node<T> | undefined = undefined; // For `>`.
  #values: LinkedList<T> | undefined = undefined;
  #snapshot: readonly T[] | undefined = undefined;

  constructor(parent: Node<T> | undefined, token: string) {
    this.#parent = parent;
    this.#token = token;
  }

  get size(): number {
    return this.#values === undefined ? 0 : this.#values.size;
  }

  /** Made anew only after a change, so that adding n values costs O(n) and not a copy for each. Never modified. */
  snapshot(): readonly T[] {
    this.#snapshot ??= [...(this.#values ?? nobody)];
    return this.#snapshot;
  }

  /** The node at the end of `tokens`; what is missing is made. */
  descendant(tokens: readonly string[]): Node<T> {
    let node: Node<T> = this;
    for (const token of tokens) node = node.#child(token);
    return node;
  }

  #child(token: string): Node<T> {
    const known = token === "*" ? this.any : token === ">" ? this.rest : this.literals?.get(token);
    if (known !== undefined) return known;
    const child = new Node(this, token);
    if (token === "*") this.any = child;
    else if (token === ">") this.rest = child;
    else {
      this.literals ??= new Map();
      this.literals.set(token, child);
    }
    return child;
  }

  children(): Node<T>[] {
    const all = [this.any, this.rest, ...(this.literals?.values() ?? [])];
    return all.filter((child) => child !== undefined);
  }

  add(value: T): LinkedListNode<T> {
    this.#values ??= new LinkedList();
    this.#snapshot = undefined;
    return this.#values.push(value);
  }

  remove(place: LinkedListNode<T>): void {
    this.#values?.remove(place);
    this.#snapshot = undefined;
    this.#prune();
  }

  /** Takes out this node and those above it that nothing is left of. */
  #prune(): void {
    for (let node: Node<T> = this; node.#isEmpty && node.#parent !== undefined; node = node.#parent) {
      node.#parent.#drop(node.#token);
    }
  }

  get #isEmpty(): boolean {
    return (
      this.size === 0 && this.any === undefined && this.rest === undefined && this.literals === undefined
    );
  }

  #drop(token: string): void {
    if (token === "*") this.any = undefined;
    else if (token === ">") this.rest = undefined;
    else if (this.literals?.delete(token) && this.literals.size === 0) this.literals = undefined;
  }
}
