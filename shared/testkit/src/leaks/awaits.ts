import type { PromiseRecord } from "./promises.ts";
import { type Frame, placeOfFrame } from "./site.ts";

/**
 * What a pending promise is, read off the stack of its creation:
 * the "call" of an async function or a generator, the "await" where one is parked, a "reaction" (`then`), a
 * "combination" (`Promise.all`), or one "made" by hand.
 */
type Role = "call" | "await" | "reaction" | "combination" | "made";

interface Node {
  readonly record: PromiseRecord;
  readonly role: Role;
  readonly top: Frame | undefined;
}

/** An async function that is parked at an `await`. */
export interface Parked {
  readonly record: PromiseRecord;
  readonly name: string;
  /** Where it was called; undefined if that cannot be told. */
  readonly started: string | undefined;
  /** Those that it waits for, directly or through promises, and that are parked themselves. */
  readonly waitsFor: readonly Parked[];
}

/** The reactions that were added to one promise at one place. */
export interface Pile {
  readonly records: readonly PromiseRecord[];
  readonly via: string;
}

/** So far a chain of promises is followed: a queue of ten thousand that is one long chain is to be judged as well. */
const MOST_STEPS = 1_000;

/** Who waits for what, among the promises that are pending at one moment. */
export class WaitGraph {
  readonly #nodes: readonly Node[];
  readonly #byRecord = new Map<PromiseRecord, Node>();
  /** For the call of an async function: where this function is parked. */
  readonly #awaitOf = new Map<Node, Node>();
  readonly #callOf = new Map<Node, Node>();
  readonly #reactionsIn: ReadonlyMap<number, readonly Node[]>;
  readonly #reachableFrom = new Map<Node, ReadonlySet<Node>>();

  constructor(records: readonly PromiseRecord[]) {
    const unsettled = records.filter(({ settled }) => !settled);
    const nodes = unsettled.sort((a, b) => a.serial - b.serial).map(toNode);
    this.#nodes = withoutWrappers(nodes);
    for (const node of this.#nodes) this.#byRecord.set(node.record, node);
    const reactions = this.#nodes.filter(({ role }) => role === "reaction");
    this.#reactionsIn = Map.groupBy(reactions, ({ record }) => record.stretch);
    const calls = this.#nodes.filter(({ role }) => role === "call");
    for (const node of this.#nodes) if (node.role === "await") this.#pair(node, calls);
  }

  /** The functions of the code under test that are parked, those first that wait for no other of them. */
  parked(): readonly Parked[] {
    const theirs = this.#nodes.filter(isTheirAwait);
    const parked = new Map<Node, Parked & { waitsFor: Parked[] }>();
    for (const node of theirs) parked.set(node, this.#describe(node));
    for (const [node, entry] of parked) {
      for (const deeper of this.#reachable(node)) {
        const waited = parked.get(deeper);
        // Two that wait for each other are both to blame: neither hides behind the other.
        if (waited !== undefined && !this.#reachable(deeper).has(node)) entry.waitsFor.push(waited);
      }
    }
    return [...parked.values()].sort((a, b) => a.waitsFor.length - b.waitsFor.length);
  }

  /** Reactions of the code under test, apart from those that some parked function waits for anyway. */
  piles(): readonly Pile[] {
    const explained = new Set(this.#nodes.filter(isTheirAwait).flatMap((node) => [...this.#reachable(node)]));
    const loose = this.#nodes.filter(
      (node) => node.role === "reaction" && node.record.site.owner === "theirs" && !explained.has(node),
    );
    const roots = loose.filter(({ record: { parent } }) => {
      const source = parent === undefined || parent === "older" ? undefined : this.#byRecord.get(parent);
      return source === undefined || source.role === "made";
    });
    const byPlace = Map.groupBy(roots, ({ record }) => record.site.places[0] ?? "");
    return [...byPlace.values()].map((nodes) => ({
      records: nodes.map(({ record }) => record),
      via: viaOf(nodes[0]),
    }));
  }

  #describe(node: Node): Parked & { waitsFor: Parked[] } {
    return { record: node.record, name: node.top?.name ?? "", started: this.#started(node), waitsFor: [] };
  }

  #started(node: Node): string | undefined {
    const callers = this.#callOf.get(node)?.record.site.frames ?? firstOf(node).site.frames;
    const caller = callers.slice(1).find(({ owner }) => owner === "theirs");
    return caller === undefined ? undefined : placeOfFrame(caller);
  }

  /** Finds the call to which an `await` belongs: the latest of the same function, from the same line of its caller. */
  #pair(node: Node, calls: readonly Node[]): void {
    const first = firstOf(node);
    const [own, ...callers] = first.site.callStack;
    for (let i = countBefore(calls, first.serial) - 1; i >= 0; i -= 1) {
      const call = calls[i] as Node;
      if (call.record.stretch !== first.stretch) return;
      if (!isCallOf(call, own, callers)) continue;
      this.#callOf.set(node, call);
      this.#awaitOf.set(call, node);
      return;
    }
  }

  /** All that `node` waits for, step by step; itself only if it waits for itself in the end. */
  #reachable(node: Node): ReadonlySet<Node> {
    const known = this.#reachableFrom.get(node);
    if (known !== undefined) return known;
    const found = new Set<Node>();
    const next = this.#awaited(node);
    for (let step = next.pop(); step !== undefined && found.size < MOST_STEPS; step = next.pop()) {
      if (found.has(step)) continue;
      found.add(step);
      next.push(...this.#awaited(step));
    }
    this.#reachableFrom.set(node, found);
    return found;
  }

  #awaited(node: Node): Node[] {
    switch (node.role) {
      case "call": {
        const parkedAt = this.#awaitOf.get(node);
        return parkedAt === undefined ? [] : [parkedAt];
      }
      case "combination":
        return (this.#reactionsIn.get(node.record.stretch) ?? []).filter(({ record }) =>
          isInputOf(record, node.record),
        );
      default: {
        const { parent } = node.record;
        const source = parent === undefined || parent === "older" ? undefined : this.#byRecord.get(parent);
        return source === undefined ? [] : [source];
      }
    }
  }
}

function toNode(record: PromiseRecord): Node {
  const top = record.site.callStack[0];
  return { record, role: roleOf(record, top), top };
}

function roleOf({ parent }: PromiseRecord, top: Frame | undefined): Role {
  if (top === undefined) return parent === undefined ? "made" : "reaction";
  if (top.owner !== "builtin") return parent === undefined ? "call" : "await";
  if (/^Promise\.(all|race|any|allSettled)$/.test(top.name)) return "combination";
  if (parent !== undefined) return "reaction";
  return /\.(next|return|throw)$/.test(top.name) ? "call" : "made";
}

function isCallOf({ record, top }: Node, own: Frame | undefined, callers: readonly Frame[]): boolean {
  if (top === undefined) return false;
  // A generator is called by way of its `next`, which stands on the stack of both.
  if (top.owner === "builtin") return sameFrames(callers, record.site.callStack);
  return (
    top.name === own?.name && top.file === own.file && sameFrames(callers, record.site.callStack.slice(1))
  );
}

/** How many of `nodes`, which are in order, were made before `serial`. */
function countBefore(nodes: readonly Node[], serial: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle] as Node).record.serial < serial) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Awaiting what is no promise makes one around it, at the same place; the second of the two is the `await`. */
function withoutWrappers(nodes: readonly Node[]): readonly Node[] {
  const wrappers = new Set<unknown>();
  for (const { record, role } of nodes) {
    const { parent } = record;
    if (role !== "await" || typeof parent !== "object" || parent.settled) continue;
    const isSamePlace = sameFrames(parent.site.callStack, record.site.callStack);
    if (isSamePlace && parent.stretch === record.stretch) wrappers.add(parent);
  }
  return nodes.filter(({ record }) => !wrappers.has(record));
}

/** `Promise.all` follows each of its inputs with a `then` of its own, made in the same stretch, at the same place. */
function isInputOf(reaction: PromiseRecord, combination: PromiseRecord): boolean {
  return (
    reaction.serial > combination.serial &&
    sameFrames(reaction.site.callStack.slice(1), combination.site.callStack)
  );
}

function isTheirAwait({ role, top }: Node): boolean {
  return role === "await" && top?.owner === "theirs";
}

/** The first `await` of the function that is parked at this one. */
function firstOf({ record, top }: Node): PromiseRecord {
  const first = record.firstAwait;
  const name = first?.site.callStack[0]?.name;
  // A function that goes on after an await stands alone on the stack; deeper ones were begun just then.
  const standsAlone = record.site.callStack.filter(({ owner }) => owner !== "node").length === 1;
  return first !== undefined && standsAlone && name === top?.name ? first : record;
}

function viaOf(node: Node | undefined): string {
  const builtins = node?.record.site.callStack.filter(({ owner }) => owner === "builtin") ?? [];
  return builtins.map(({ name }) => name).findLast((name) => name.startsWith("Promise.")) ?? "Promise.then";
}

function sameFrames(a: readonly Frame[], b: readonly Frame[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ file, position }, i) => file === b[i]?.file && position === b[i].position)
  );
}
