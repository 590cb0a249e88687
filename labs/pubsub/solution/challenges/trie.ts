import { RecentMatches } from "@pattern-labs/primitives/recent-matches";
import { checkTopic } from "../topics.ts";

/**
 * Who asked for which pattern: a tree with one branch for each token, so that what does not match is never looked at.
 * Topics that come again and again are not even looked up in the tree. Patterns are valid.
 */
export class Trie<T> {
  readonly #root = new Node<T>();
  /** Invariant: it knows valid topics only, and nothing from before the last change. */
  readonly #recent = new RecentMatches<T>();

  add(pattern: string, member: T): void {
    let node = this.#root;
    for (const token of pattern.split(".")) node = node.branch(token);
    node.add(member);
    this.#recent.clear();
  }

  delete(pattern: string, member: T): void {
    this.#root.delete(pattern.split("."), member);
    this.#recent.clear();
  }

  /** A snapshot: members may come and go while it is walked through. @throws {TypeError} If `topic` is no topic. */
  matching(topic: string): readonly T[] {
    return this.#recent.get(topic) ?? this.#search(topic);
  }

  #search(topic: string): readonly T[] {
    checkTopic("publish", topic);
    const lists = listsFor(this.#root, topic.split("."));
    const [only = []] = lists;
    const members = lists.length > 1 ? lists.flat() : only;
    this.#recent.offer(topic, members, lists.length);
    return members;
  }
}

/** One level of the tree for each token, and on it only the branches that match so far. */
function listsFor<T>(root: Node<T>, topic: readonly string[]): (readonly T[])[] {
  const lists: (readonly T[])[] = [];
  let level = [root];
  for (const token of topic) {
    const next: Node<T>[] = [];
    for (const { branches } of level) {
      const [same, any, rest] = [branches.get(token), branches.get("*"), branches.get(">")];
      if (same !== undefined) next.push(same);
      if (any !== undefined) next.push(any);
      if (rest !== undefined) lists.push(rest.members);
    }
    level = next;
  }
  for (const { members } of level) if (members.length > 0) lists.push(members);
  return lists;
}

/** Where a beginning of patterns ends. `*` and `>` are branches like others: no topic has such a token. */
class Node<T> {
  readonly branches = new Map<string, Node<T>>();
  readonly #members = new Set<T>();
  #snapshot: readonly T[] | undefined;

  /** Made anew only after a change, so that a thousand who come cost a thousand and not a thousand copies. */
  get members(): readonly T[] {
    this.#snapshot ??= [...this.#members];
    return this.#snapshot;
  }

  branch(token: string): Node<T> {
    const known = this.branches.get(token);
    if (known !== undefined) return known;
    const made = new Node<T>();
    this.branches.set(token, made);
    return made;
  }

  add(member: T): void {
    this.#members.add(member);
    this.#snapshot = undefined;
  }

  /** Takes out `member`, and with it the branches of which nothing is left. */
  delete([token, ...rest]: readonly string[], member: T): void {
    if (token === undefined) {
      this.#members.delete(member);
      this.#snapshot = undefined;
      return;
    }
    const branch = this.branches.get(token);
    branch?.delete(rest, member);
    if (branch?.isEmpty) this.branches.delete(token);
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.branches.size === 0;
  }
}
