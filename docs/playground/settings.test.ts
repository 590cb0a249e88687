import { expect, it } from "vitest";
import { settingsOf } from "./settings.ts";

const controls = {
  workers: { kind: "range", label: "workers", min: 1, max: 8, value: 4 },
  policy: { kind: "choice", label: "policy", values: ["wait", "drop"], value: "wait" },
} as const;

it.each([
  ["", { workers: 4, policy: "wait" }],
  ["?workers=2&policy=drop", { workers: 2, policy: "drop" }],
  ["?workers=900&policy=explode&other=1", { workers: 8, policy: "wait" }],
  ["?workers=-1", { workers: 1, policy: "wait" }],
  ["?workers=many", { workers: 4, policy: "wait" }],
])("takes from the address %j what there is to choose", (address, settings) => {
  expect(settingsOf(controls, address)).toEqual(settings);
});
