import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TopicTree } from "./topic-tree.ts";

describe("TopicTree.match", () => {
  it.each([
    ["orders.*", "orders.created", true],
    ["orders.*", "orders.eu.created", false],
    ["orders.*", "orders", false],
    ["*.created", "orders.created", true],
    ["*", "orders", true],
    ["*", "orders.created", false],
    ["orders.>", "orders.created", true],
    ["orders.>", "orders.eu.created", true],
    ["orders.>", "orders", false],
    [">", "orders", true],
    [">", "orders.eu.created", true],
    ["*.>", "orders", false],
    ["*.>", "orders.created", true],
    ["orders", "Orders", false],
    ["a*.b", "ab.b", false],
    ["constructor.__proto__", "constructor.__proto__", true],
  ])("knows whether %s matches %s: %s", (pattern, topic, expected) => {
    const tree = new TopicTree<string>();
    tree.add(pattern, "value");
    expect(tree.match(topic)).toEqual(expected ? ["value"] : []);
  });

  it.each(["", ".", "a.", ".a", "a..b", "a b", "a.\n", "*", "a.*", ">", "a.>", "a.*.b", 5, undefined])(
    "throws TypeError for the topic %j, again and again",
    (topic) => {
      const tree = new TopicTree<number>();
      for (let time = 0; time < 2; time += 1) {
        expect(() => tree.match(topic as string)).toThrow(
          /^Cannot use as a topic: it must be tokens between dots, none .*, no wildcard, got /,
        );
      }
    },
  );

  it("gives values of one pattern in the order in which they were added, twice if added twice", () => {
    const tree = new TopicTree<string>();
    tree.add("a", "first");
    const second = tree.add("a", "second");
    tree.add("a", "third");
    tree.add("a", "first");
    second[Symbol.dispose]();
    expect(tree.match("a")).toEqual(["first", "third", "first"]);
  });

  it("gives a snapshot: nobody is skipped or added while it is looked at", () => {
    const tree = new TopicTree<string>();
    const subscriptions = ["a", "b", "c"].map((value) => tree.add("topic", value));
    const seen: string[] = [];
    for (const value of tree.match("topic")) {
      seen.push(value);
      subscriptions[0]?.[Symbol.dispose]();
      tree.add("topic", "late");
      tree.add("*", "later");
    }
    expect(seen).toEqual(["a", "b", "c"]);
    expect(tree.match("topic")).not.toContain("a");
  });

  it("shows a change to whoever asks next, however often it was asked before", () => {
    const tree = new TopicTree<string>();
    expect(tree.match("a.b")).toEqual([]);
    const first = tree.add("a.*", "star");
    expect(tree.match("a.b")).toEqual(["star"]);
    tree.add("a.>", "rest");
    expect(tree.match("a.b").toSorted()).toEqual(["rest", "star"]);
    first[Symbol.dispose]();
    expect(tree.match("a.b")).toEqual(["rest"]);
  });

  it("stands tens of thousands of tokens", () => {
    const tree = new TopicTree<string>();
    const long = Array(50_000).fill("token").join(".");
    const subscription = tree.add(long, "value");
    expect(tree.match(long)).toEqual(["value"]);
    subscription[Symbol.dispose]();
    expect(tree.countNodes()).toBe(1);
  });

  it("stands more values than a call takes arguments", () => {
    const tree = new TopicTree<number>();
    for (let value = 0; value < 300_000; value += 1) tree.add(value % 2 === 0 ? "a.b" : `a.${value}`, value);
    expect(tree.match("a.b")).toHaveLength(150_000);
    expect(tree.countNodes()).toBe(150_003);
  });
});

describe("TopicTree.add", () => {
  it.each(["", ".", "a.", ".a", "a..b", "a b", "a\t", ">.a", "a.>.b", ">.>", null])(
    "throws TypeError for the pattern %j, and adds nothing",
    (pattern) => {
      const tree = new TopicTree<number>();
      expect(() => tree.add(pattern as string, 1)).toThrow(
        /^Cannot use as a pattern: it must be tokens between dots, none .*, > only as the last, got /,
      );
      expect([tree.size, tree.countNodes()]).toEqual([0, 1]);
    },
  );

  it("takes out one value, and disposing twice takes out no other", () => {
    const tree = new TopicTree<string>();
    const first = tree.add("a", "value");
    tree.add("a", "value");
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect([tree.size, tree.match("a")]).toEqual([1, ["value"]]);
  });

  it("leaves no node of a pattern whose last value has left, and every node that others need", () => {
    const tree = new TopicTree<number>();
    const patterns = ["a.b.c", "a.b", "a.*.c", "a.>", "*.*.>", ">", "a.b.c.d"];
    const subscriptions = patterns.map((pattern, index) => tree.add(pattern, index));
    for (const [index, subscription] of subscriptions.entries()) {
      subscription[Symbol.dispose]();
      const fresh = new TopicTree<number>();
      for (const pattern of patterns.slice(index + 1)) fresh.add(pattern, 0);
      expect(tree.countNodes()).toBe(fresh.countNodes());
    }
    expect(tree.countNodes()).toBe(1);
  });

  it("does not keep alive what has left, although topics are remembered", async () => {
    const tree = new TopicTree<object>();
    const value = new WeakRef({});
    const exact = tree.add("a.b", value.deref() as object);
    const wild = tree.add("*.b", value.deref() as object);
    tree.match("a.b");
    exact[Symbol.dispose]();
    wild[Symbol.dispose]();
    await new Promise((resolve) => setImmediate(resolve)); // A WeakRef is strong until the turn is over.
    globalThis.gc?.();
    expect(value.deref()).toBeUndefined();
    expect(tree.size).toBe(0);
  });
});

describe("TopicTree", () => {
  it("agrees with looking at each pattern in turn, for any order of operations", () => {
    const token = fc.constantFrom("a", "b", "c");
    const topic = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
    const pattern = fc
      .tuple(fc.array(fc.oneof(token, fc.constant("*")), { maxLength: 3 }), fc.constantFrom("a", "*", ">"))
      .map(([tokens, last]) => [...tokens, last].join("."));
    const operation = fc.oneof(
      fc.record({ add: pattern }),
      fc.record({ remove: fc.nat() }),
      fc.record({ match: topic }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80, size: "max" }), (operations) => {
        const tree = new TopicTree<number>();
        const model = new Map<number, string>();
        const subscriptions: Disposable[] = [];
        for (const step of operations) {
          if ("add" in step) {
            model.set(subscriptions.length, step.add);
            subscriptions.push(tree.add(step.add, subscriptions.length));
          } else if ("remove" in step && subscriptions.length > 0) {
            const index = step.remove % subscriptions.length;
            model.delete(index);
            subscriptions[index]?.[Symbol.dispose]();
          } else if ("match" in step) {
            const expected = [...model]
              .filter(([, each]) => matches(each, step.match))
              .map(([value]) => value);
            expect(tree.match(step.match).toSorted((a, b) => a - b)).toEqual(expected);
          }
          expect(tree.size).toBe(model.size);
        }
        for (const subscription of subscriptions) subscription[Symbol.dispose]();
        expect([tree.size, tree.countNodes()]).toEqual([0, 1]);
      }),
    );
  });
});

function matches(pattern: string, topic: string): boolean {
  const tokens = topic.split(".");
  const wanted = pattern.split(".");
  if (wanted.at(-1) === ">") {
    if (tokens.length < wanted.length) return false;
  } else if (tokens.length !== wanted.length) return false;
  return wanted.every((want, index) => want === "*" || want === ">" || want === tokens[index]);
}
