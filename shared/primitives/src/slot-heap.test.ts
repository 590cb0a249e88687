import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlotHeap } from "./slot-heap.ts";

describe("SlotHeap", () => {
  it.each([
    ["arrival", undefined],
    ["compare", (slotA: number, slotB: number) => (slotB % 3) - (slotA % 3)],
  ])("agrees with a sorted array, for any order of operations, equals by %s", (_name, compare) => {
    const operation = fc.record({
      type: fc.constantFrom("add", "add", "add", "move", "remove"),
      key: fc.constantFrom(-Infinity, 0, 1, 2.5, Infinity),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 150, size: "max" }), (operations) => {
        const heap = new SlotHeap(compare);
        let most = 0;
        let model: { slot: number; key: number; arrival: number }[] = [];
        for (const { type, key, pick } of operations) {
          const entry = model[pick % model.length];
          if (type === "add") {
            const slot = heap.free;
            expect(model.map((each) => each.slot)).not.toContain(slot);
            model.push({ slot, key, arrival: heap.add(key) });
            most = Math.max(most, model.length);
            expect(slot).toBeLessThan(most); // Slots are used again.
          } else if (entry !== undefined && type === "move") {
            const before = entry.arrival;
            Object.assign(entry, { key, arrival: heap.move(entry.slot, key) });
            expect(heap.holds(entry.slot, before)).toBe(false);
          } else if (entry !== undefined) {
            heap.remove(entry.slot);
            expect(heap.holds(entry.slot, entry.arrival)).toBe(false);
            model = model.filter((each) => each !== entry);
          }
          model.sort((a, b) => {
            if (a.key !== b.key) return a.key < b.key ? -1 : 1;
            return compare?.(a.slot, b.slot) || a.arrival - b.arrival;
          });
          const [first] = model;
          // All of it in one go: it is asked a hundred thousand times.
          expect([
            heap.sorted(),
            model.every(({ slot, arrival }) => heap.holds(slot, arrival)),
            heap.size,
            ...(first === undefined ? [] : [heap.first, heap.firstKey]),
          ]).toEqual([
            model.map(({ slot }) => slot),
            true,
            model.length,
            ...(first === undefined ? [] : [first.slot, first.key]),
          ]);
        }
        for (const { slot } of model) {
          expect(heap.first).toBe(slot);
          heap.remove(slot);
        }
      }),
    );
  });

  it("does not take for the same what has its slot after a clear", () => {
    const heap = new SlotHeap();
    const slot = heap.free;
    const arrival = heap.add(1);
    heap.clear();
    expect([heap.size, heap.free, heap.holds(slot, arrival)]).toEqual([0, slot, false]);
    heap.add(1);
    expect(heap.holds(slot, arrival)).toBe(false);
  });
});
