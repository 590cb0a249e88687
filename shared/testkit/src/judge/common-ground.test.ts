import { expect, it } from "vitest";
import { commonGround, expectUnchanged } from "./common-ground.ts";

type Undo = () => unknown;

it.each<[string, () => Undo, string]>([
  [
    "a global function that was replaced",
    () => {
      const { max } = Math;
      Math.max = () => 9;
      return () => {
        Math.max = max;
      };
    },
    "max",
  ],
  [
    "a method that was added",
    () => {
      Object.assign(Array.prototype, { last: () => {} });
      return () => Reflect.deleteProperty(Array.prototype, "last");
    },
    "last",
  ],
  [
    "a getter that was added",
    () => {
      Object.defineProperty(String.prototype, "shout", { get: () => "", configurable: true });
      return () => Reflect.deleteProperty(String.prototype, "shout");
    },
    "shout",
  ],
  [
    "a listener of the process",
    () => {
      const listener = () => {};
      process.on("SIGUSR2", listener);
      return () => process.off("SIGUSR2", listener);
    },
    "1 on SIGUSR2",
  ],
  [
    "an environment variable",
    () => {
      process.env["MOOD"] = "bad";
      return () => Reflect.deleteProperty(process.env, "MOOD");
    },
    "process.env.MOOD=bad",
  ],
])("notices %s", (_, spoil, what) => {
  const before = commonGround();
  const undo = spoil();
  try {
    expect(() => expectUnchanged(before)).toThrow(`It changed what all share: ${what}`);
  } finally {
    undo();
  }
  expectUnchanged(before);
});

it("notices what is gone", () => {
  process.env["MOOD"] = "bad";
  const before = commonGround();
  Reflect.deleteProperty(process.env, "MOOD");
  expect(() => expectUnchanged(before)).toThrow("process.env.MOOD=bad");
});
