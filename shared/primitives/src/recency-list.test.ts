import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecencyList } from "./recency-list.ts";

describe("RecencyList", () => {
  it("agrees with an array, for any order of operations, and uses no slot beyond the limit", () => {
    const operation = fc.record({ type: fc.constantFrom("add", "add", "touch", "remove"), pick: fc.nat() });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(operation, { maxLength: 120, size: "max" }),
        (limit, steps) => {
          const list = new RecencyList(limit);
          const model: number[] = [];
          for (const { type, pick } of steps) {
            const slot = model[pick % model.length];
            if (type === "add" && model.length < limit) {
              const added = list.add();
              expect(model).not.toContain(added);
              expect(added).toBeLessThanOrEqual(limit);
              model.push(added);
            } else if (type !== "add" && slot !== undefined) {
              model.splice(model.indexOf(slot), 1);
              if (type === "touch") {
                list.touch(slot);
                model.push(slot);
              } else {
                list.remove(slot);
              }
            }
            const order: number[] = [];
            for (let next = list.oldest; next !== 0; next = list.newerThan(next)) order.push(next);
            expect(order).toEqual(model);
          }
        },
      ),
    );
  });

  it("begins anew when it is cleared", () => {
    const list = new RecencyList(2);
    list.add();
    list.remove(list.add());
    list.clear();
    expect(list.oldest).toBe(0);
    expect([list.add(), list.add()]).toEqual([1, 2]);
  });
});
