import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { show } from "./arguments/show.ts";
import { PriorityQueue, type PriorityQueuePlace } from "./priority-queue.ts";

describe("PriorityQueue.push", () => {
  it.each([Number.NaN, undefined, "5", 5n])("throws RangeError for a priority of %s", (priority) => {
    const queue = new PriorityQueue<string>();
    expect(() => queue.push("lost", priority as number)).toThrow(
      new RangeError(`Cannot queue in PriorityQueue: priority must be a number, got ${show(priority)}`),
    );
    expect(queue.size).toBe(0);
  });

  it("takes Infinity as the last and -Infinity as the first", () => {
    const queue = new PriorityQueue<string>();
    for (const priority of [Infinity, 0, -Infinity]) queue.push(String(priority), priority);
    expect([...queue]).toEqual(["-Infinity", "0", "Infinity"]);
  });
});

describe("PriorityQueue.push with compare", () => {
  it("loses nothing where compare gives no number, and goes on", () => {
    const queue = new PriorityQueue<string, number>({ compare: (a, b) => a - b });
    queue.push("second", 2);
    const place = queue.push("first", 1);
    expect(() => queue.push("lost", Number.NaN)).toThrow(RangeError);
    expect(() => queue.update(place, "x" as unknown as number)).toThrow(RangeError);
    expect([...queue]).toEqual(["first", "second"]);
  });

  it("loses nothing where compare throws for a priority, and goes on", () => {
    const queue = new PriorityQueue<string, { due: number }>({ compare: (a, b) => a.due - b.due });
    queue.push("second", { due: 2 });
    queue.push("first", { due: 1 });
    expect(() => queue.push("lost", null as unknown as { due: number })).toThrow(TypeError);
    expect([...queue]).toEqual(["first", "second"]);
  });

  it("keeps the order of arrival where compare cannot tell two", () => {
    const cannotTell = (a: string, b: string) => (a === b ? 0 : Number.NaN);
    const queue = new PriorityQueue<number, string>({ compare: cannotTell });
    for (let n = 0; n < 50; n += 1) queue.push(n, `${n}`);
    expect([...queue]).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(Array.from({ length: 50 }, () => queue.pop())).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });
});

describe("new PriorityQueue", () => {
  it("may leave out compare where priorities are numbers, and only there", () => {
    const numbers = [
      new PriorityQueue<string>(),
      new PriorityQueue<string>({}),
      new PriorityQueue({ compare: undefined }),
    ];
    expect(numbers.map(({ size }) => size)).toEqual([0, 0, 0]);
    // @ts-expect-error Texts have no order of their own here.
    new PriorityQueue<string, string>();
    // @ts-expect-error
    new PriorityQueue<string, string>({});
    // @ts-expect-error
    new PriorityQueue<string, string>({ compare: undefined });
  });
});

describe("PriorityQueue.pop", () => {
  it("gives back equals in the order in which they came", () => {
    const queue = new PriorityQueue<number>();
    for (let value = 0; value < 100; value += 1) queue.push(value, 7);
    expect(drain(queue)).toEqual(Array.from({ length: 100 }, (_, value) => value));
  });

  it("tells a pushed undefined from emptiness by its size", () => {
    const queue = new PriorityQueue<undefined>();
    queue.push(undefined, 1);
    expect(queue.size).toBe(1);
    queue.pop();
    expect(queue.size).toBe(0);
    expect(queue.pop()).toBeUndefined();
  });

  it("does not keep alive what has left", async () => {
    const queue = new PriorityQueue<object, object>({ compare: () => 0 });
    queue.push({}, {});
    const removed = new WeakRef({});
    queue.remove(queue.push(removed.deref() as object, removed.deref() as object));
    const popped = new WeakRef(queue.pop() as object);
    await new Promise((resolve) => setImmediate(resolve)); // A WeakRef is strong until the turn is over.
    globalThis.gc?.();
    expect([popped.deref(), removed.deref()]).toEqual([undefined, undefined]);
    expect(queue.size).toBe(0);
  });
});

describe("PriorityQueue.remove", () => {
  it("takes out one value, once", () => {
    const queue = new PriorityQueue<string>();
    queue.push("a", 1);
    const place = queue.push("b", 1);
    expect(queue.remove(place)).toBe(true);
    expect(queue.remove(place)).toBe(false);
    expect([...queue]).toEqual(["a"]);
  });

  it("does not take out who has the place now, after a pop or a clear", () => {
    const queue = new PriorityQueue<string>();
    const gone = [queue.push("popped", 1)];
    queue.pop();
    gone.push(queue.push("cleared", 1));
    queue.clear();
    queue.push("new", 1);
    expect(gone.map((place) => queue.remove(place))).toEqual([false, false]);
    expect(queue.pop()).toBe("new");
  });

  it("knows nothing of another queue's places", () => {
    const queue = new PriorityQueue<string>();
    queue.push("mine", 1);
    const other = new PriorityQueue<string>().push("theirs", 1);
    expect(queue.remove(other)).toBe(false);
    expect(queue.update(other, 0)).toBe(false);
    expect(queue.size).toBe(1);
  });
});

describe("PriorityQueue.update", () => {
  it("puts a value behind its new equals", () => {
    const queue = new PriorityQueue<string>();
    const place = queue.push("moved", 1);
    queue.push("was there", 2);
    expect(queue.update(place, 2)).toBe(true);
    expect(queue.peekPriority()).toBe(2);
    expect(drain(queue)).toEqual(["was there", "moved"]);
    expect(queue.update(place, 2)).toBe(false);
  });

  it("leaves everything as it was if the priority is none", () => {
    const queue = new PriorityQueue<string>();
    const place = queue.push("a", 1);
    queue.push("b", 2);
    expect(() => queue.update(place, Number.NaN)).toThrow(RangeError);
    expect(drain(queue)).toEqual(["a", "b"]);
  });
});

describe("PriorityQueue", () => {
  const operation = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ type: fc.constant("push" as const), priority: fc.integer({ min: 0, max: 5 }) }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("pop" as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("remove" as const), pick: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("update" as const),
        pick: fc.nat(),
        priority: fc.integer({ min: 0, max: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("clear" as const) }) },
  );

  it.each(["numbers", "compare"])(
    "agrees with a list that is sorted, for any order of operations: %s",
    (kind) => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 200, size: "max" }), (operations) => {
          const queue =
            kind === "numbers"
              ? new PriorityQueue<number>()
              : new PriorityQueue<number, number>({ compare: (a, b) => b - a });
          const sign = kind === "numbers" ? 1 : -1;
          let model: { value: number; priority: number; age: number }[] = [];
          const places: PriorityQueuePlace[] = [];
          const sort = () => model.sort((a, b) => sign * (a.priority - b.priority) || a.age - b.age);
          for (const [age, step] of operations.entries()) {
            if (step.type === "push") {
              model.push({ value: places.length, priority: step.priority, age });
              places.push(queue.push(places.length, step.priority));
            } else if (step.type === "pop") {
              expect(queue.pop()).toBe(model.shift()?.value);
            } else if (step.type === "clear") {
              queue.clear();
              model = [];
            } else if (places.length > 0) {
              const value = step.pick % places.length;
              const place = places[value] as PriorityQueuePlace;
              const entry = model.find((other) => other.value === value);
              if (step.type === "remove") {
                model = model.filter((other) => other !== entry);
                expect(queue.remove(place)).toBe(entry !== undefined);
              } else {
                if (entry !== undefined) Object.assign(entry, { priority: step.priority, age });
                expect(queue.update(place, step.priority)).toBe(entry !== undefined);
              }
            }
            sort();
            expect(queue.size).toBe(model.length);
            expect(queue.peek()).toBe(model[0]?.value);
            expect(queue.peekPriority()).toBe(model[0]?.priority);
          }
          expect([...queue]).toEqual(model.map(({ value }) => value));
          expect(drain(queue)).toEqual(model.map(({ value }) => value));
        }),
      );
    },
  );
});

function drain<T>(queue: PriorityQueue<T>): T[] {
  const values: T[] = [];
  while (queue.size > 0) values.push(queue.pop() as T);
  return values;
}
