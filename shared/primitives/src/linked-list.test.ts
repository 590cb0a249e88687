import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkedList, LinkedListNode } from "./linked-list.ts";

describe("LinkedList", () => {
  it("gives back in the order of arrival", () => {
    const list = listOf("a", "b", "c");
    expect([list.shift(), list.shift(), list.shift(), list.shift()]).toEqual(["a", "b", "c", undefined]);
    expect(list.size).toBe(0);
  });

  it("takes no node that is in a list, be it this one: both would lose values", () => {
    const [here, elsewhere] = [listOf("a", "b"), listOf("c")];
    for (const node of [here.first, elsewhere.first] as LinkedListNode<string>[]) {
      expect(() => here.append(node)).toThrow(
        new TypeError(
          "Cannot append to LinkedList: node must be in no list, and is in one, got a LinkedListNode",
        ),
      );
    }
    expect([[...here], [...elsewhere]]).toEqual([["a", "b"], ["c"]]);
  });

  it("tells a pushed undefined from emptiness by its size", () => {
    const list = listOf(undefined);
    expect(list.size).toBe(1);
    expect(list.shift()).toBeUndefined();
    expect(list.size).toBe(0);
  });

  it("copies for iteration, so that it may change meanwhile", () => {
    const list = listOf(1, 2, 3);
    const seen: number[] = [];
    for (const value of list) {
      seen.push(value);
      list.shift();
      list.push(9);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect([...list]).toEqual([9, 9, 9]);
  });
});

describe("LinkedList.remove", () => {
  it.each([
    ["the first", 0, ["b", "c"]],
    ["one in the middle", 1, ["a", "c"]],
    ["the last", 2, ["a", "b"]],
  ])("takes out %s", (_which, index, rest) => {
    const list = new LinkedList<string>();
    const nodes = ["a", "b", "c"].map((value) => list.push(value));
    expect(list.remove(nodes[index] as LinkedListNode<string>)).toBe(true);
    expect([...list]).toEqual(rest);
    list.push("d");
    expect([...list]).toEqual([...rest, "d"]);
  });

  it("does nothing the second time, nor after a shift, nor for another list's node", () => {
    const list = new LinkedList<string>();
    const first = list.push("a");
    const second = list.push("b");
    list.shift();
    list.remove(second);
    expect(list.remove(first)).toBe(false);
    expect(list.remove(second)).toBe(false);
    expect(list.remove(listOf("x").first as LinkedListNode<string>)).toBe(false);
    expect(list.size).toBe(0);
  });

  it("leaves no link from a removed node to its former neighbours", () => {
    const list = listOf("a", "b", "c");
    const middle = list.first?.next as LinkedListNode<string>;
    list.remove(middle);
    expect([middle.previous, middle.next, middle.list]).toEqual([undefined, undefined, undefined]);
  });

  it("agrees with an array, whatever is done in whatever order", () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("push" as const) }),
      fc.record({ kind: fc.constant("shift" as const) }),
      fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const list = new LinkedList<number>();
        const all: LinkedListNode<number>[] = [];
        let model: number[] = [];
        for (const step of operations) {
          if (step.kind === "push") {
            model.push(all.length);
            all.push(list.push(all.length));
          } else if (step.kind === "shift") {
            expect(list.shift()).toBe(model.shift());
          } else if (all.length > 0) {
            const node = all[step.which % all.length] as LinkedListNode<number>;
            expect(list.remove(node)).toBe(model.includes(node.value));
            model = model.filter((value) => value !== node.value);
          }
          expect([...list]).toEqual(model);
          expect(list.size).toBe(model.length);
        }
      }),
    );
  });
});

function listOf<T>(...values: T[]): LinkedList<T> {
  const list = new LinkedList<T>();
  for (const value of values) list.push(value);
  return list;
}

describe("LinkedList.append", () => {
  it("adds a node that knows more than its value, and gives it back as it is", () => {
    class Guest extends LinkedListNode<string> {
      readonly seats: number = 2;
    }
    const list = new LinkedList<string, Guest>();
    list.append(new Guest("Ada"));
    const second = new Guest("Bea");
    list.append(second);
    expect([...list]).toEqual(["Ada", "Bea"]);
    expect(list.first?.seats).toBe(2);
    expect(list.remove(second)).toBe(true);
    expect(list.size).toBe(1);
  });
});
