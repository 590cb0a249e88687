import { describe, expect, it } from "vitest";
import { initialValues, scene, sceneRandom } from "./scene.ts";

describe("initialValues", () => {
  it("gives what each control says at first", () => {
    const doors = scene({
      title: "Doors",
      controls: {
        doors: { kind: "range", label: "doors", min: 1, max: 9, value: 3 },
        policy: { kind: "choice", label: "policy", values: ["wait", "drop"], value: "wait" },
      },
      recording: ({ doors }) => ({ limits: { doors } }),
      lengthMs: 100,
      run: async () => {},
    });
    expect(initialValues(doors)).toEqual({ doors: 3, policy: "wait" });
  });
});

describe("sceneRandom", () => {
  it("gives the same numbers each time, from 0 up to but not including 1", () => {
    const [one, other] = [sceneRandom(7), sceneRandom(7)];
    const numbers = Array.from({ length: 1_000 }, one);
    expect(numbers).toEqual(Array.from({ length: 1_000 }, other));
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
