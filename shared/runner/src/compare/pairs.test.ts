import { describe, expect, it } from "vitest";
import { outlineFile } from "./outline.ts";
import { pairUp } from "./pairs.ts";

const contract = [
  { owner: "Lab", functions: ["createGate"] },
  { owner: "Gate", functions: ["enter", "leave"] },
];

const closures = [
  outlineFile(
    "attempt/index.ts",
    `export function createGate() {
       const enter = () => true;
       return { enter, leave: () => {} };
     }
     export class GateError extends Error {}`,
  ),
];

const classes = [
  outlineFile(
    "solution/index.ts",
    `import { RealGate } from "./gate.ts"; export const createGate = () => new RealGate();`,
  ),
  outlineFile("solution/errors.ts", "export class GateError extends Error {}"),
  outlineFile(
    "solution/gate.ts",
    `class Log { enter() { return 0; } leave() {} close() {} }
     export class RealGate implements Gate { enter() { return true; } leave() {} }`,
  ),
];

const told = (pairs: ReturnType<typeof pairUp>) =>
  pairs.map(({ name, attempt, reference }) => [name, attempt?.file, reference?.file, reference?.text]);

describe("pairUp", () => {
  it("finds the same thing in closures and in classes, in the order of the contract", () => {
    expect(told(pairUp(contract, closures, classes))).toEqual([
      ["createGate", "attempt/index.ts", "solution/index.ts", expect.stringContaining("new RealGate()")],
      ["enter", "attempt/index.ts", "solution/gate.ts", "enter() { return true; }"],
      ["leave", "attempt/index.ts", "solution/gate.ts", "leave() {}"],
      ["GateError", "attempt/index.ts", "solution/errors.ts", "export class GateError extends Error {}"],
    ]);
  });

  it("leaves open what one of them has not, and needs no attempt", () => {
    const [first, second] = pairUp(contract, [], classes);
    expect(first).toMatchObject({ name: "createGate", owner: "Lab" });
    expect(first).not.toHaveProperty("attempt");
    expect(second?.reference?.file).toBe("solution/gate.ts");
  });

  it("passes over values: settings are no programs", () => {
    const settings = [outlineFile("attempt/index.ts", `export const attempted = ["names"];`)];
    expect(pairUp([], settings, [])).toEqual([]);
  });

  it("tells two things with a method of one name apart: by their makers, and by what else they have", () => {
    const several = [
      { owner: "Lab", functions: ["createDoor", "createHatch", "createValve"] },
      { owner: "Door", functions: ["enter", "guard"], madeBy: ["createDoor"] },
      { owner: "Hatch", functions: ["enter"], madeBy: ["createHatch"] },
      { owner: "Valve", functions: ["enter"], madeBy: ["createValve"] },
    ];
    const attempt = outlineFile(
      "attempt/index.ts",
      `export function createDoor() {
         return { enter: () => "door", guard: () => {} };
       }
       export function createHatch() {
         return { enter: () => "hatch" };
       }
       export const createValve = () => new Plug();
       class Plug { enter() { return "valve"; } close() {} }`,
    );
    const found = pairUp(several, [attempt], []).map(({ owner, name, attempt }) => [
      owner,
      name,
      attempt?.text,
    ]);
    expect(found.slice(3)).toEqual([
      ["Door", "enter", expect.stringContaining('"door"')],
      ["Door", "guard", expect.any(String)],
      ["Hatch", "enter", expect.stringContaining('"hatch"')],
      ["Valve", "enter", expect.stringContaining('"valve"')],
    ]);
  });
});
