import type { Message } from "../../contract.ts";
import type { Target } from "../broker.ts";
import type { Inbox, Tally } from "../inbox.ts";
import type { Trie } from "./trie.ts";

/** The queue groups of a broker. In its routes a group stands for all of its members. */
export class Groups {
  readonly #routes: Trie<Target>;
  /** By name and pattern. Invariant: none is empty. */
  readonly #groups = new Map<string, Group>();

  constructor(routes: Trie<Target>) {
    this.#routes = routes;
  }

  /** Where the members of one group are added and deleted, as single ones are in the routes. */
  named(name: string) {
    return {
      add: (pattern: string, inbox: Inbox) => this.#add(name, pattern, inbox),
      delete: (pattern: string, inbox: Inbox) => this.#delete(name, pattern, inbox),
    };
  }

  #add(name: string, pattern: string, inbox: Inbox): void {
    const key = keyOf(name, pattern);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new Group();
      this.#groups.set(key, group);
      this.#routes.add(pattern, group);
    }
    group.members.add(inbox);
  }

  #delete(name: string, pattern: string, inbox: Inbox): void {
    const key = keyOf(name, pattern);
    const group = this.#groups.get(key);
    if (!group?.members.delete(inbox) || group.members.size > 0) return;
    this.#groups.delete(key);
    this.#routes.delete(pattern, group);
  }
}

/** A pattern has no white space in it, so no two keys are alike. */
const keyOf = (name: string, pattern: string) => `${pattern} ${name}`;

class Group implements Target {
  /** In the order of their turns: whoever was given a message goes to the end. */
  readonly members = new Set<Inbox>();

  put(message: Message, tally: Tally): void {
    const inbox = this.#whoseTurn();
    if (inbox === undefined) return;
    this.members.delete(inbox);
    this.members.add(inbox);
    inbox.put(message, tally);
  }

  /** The first that has room. If nobody has, the first that is there: its policy decides what is lost. */
  #whoseTurn(): Inbox | undefined {
    for (const inbox of this.members) if (inbox.hasRoom) return inbox;
    for (const inbox of this.members) if (!inbox.hasGone) return inbox;
    return undefined;
  }
}
