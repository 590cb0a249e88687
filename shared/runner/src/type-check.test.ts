import { describe, expect, it } from "vitest";
import { copyRoad } from "./testing/fixture-road.ts";
import { checkTypes, parseDiagnostics } from "./type-check.ts";

describe("parseDiagnostics", () => {
  it("reads messages with the lines that explain them", () => {
    const output = [
      "attempt/index.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
      "test/subject.ts(4,14): error TS2741: Property 'createGate' is missing",
      "  in type '{}'.",
      "",
      "Found 2 errors.",
    ].join("\n");
    expect(parseDiagnostics(output)).toEqual([
      {
        file: "attempt/index.ts",
        line: 3,
        column: 7,
        code: "TS2322",
        text: "Type 'string' is not assignable to type 'number'.",
      },
      {
        file: "test/subject.ts",
        line: 4,
        column: 14,
        code: "TS2741",
        text: "Property 'createGate' is missing\n  in type '{}'.",
      },
    ]);
  });
});

describe("checkTypes", () => {
  it.each([
    ["attempt", "attempt"],
    ["reference", "solution"],
  ] as const)("says of the %s what is wrong, where it stands, and nothing else", async (target, folder) => {
    using road = copyRoad({ types: "answer" });
    const reference = road.read("solution/index.ts").trimEnd();
    road.write(`${folder}/index.ts`, `${reference}\nexport const one: string = 1;\n`);
    const line = reference.split("\n").length + 1;
    const problems = await checkTypes(road.lab(), target);
    expect(problems).toMatchObject([{ where: `${folder}/index.ts:${line}:14`, code: "TS2322" }]);
  });

  it("tells what is not exported in the words of the contract", async () => {
    using road = copyRoad({ types: "answer" });
    road.write("attempt/index.ts", "export function createGaet() {}\n");
    const [problem] = await checkTypes(road.lab(), "attempt");
    expect(problem).toMatchObject({ where: "attempt/index.ts", stopsNode: false });
    expect(problem?.text).toContain('export "createGate"');
  });

  it("says what node refuses, each where it stands, and what to write instead", async () => {
    using road = copyRoad({ types: "answer" });
    const refused = [
      ["export enum Colour { Red }", /union of strings/],
      ["export namespace Gates { export const one = 1; }", /module/],
      ["export class Gate { constructor(readonly limit: number) {} }", /constructor's body/],
      ['import { Gate as Type } from "../contract.ts"; export const gates: Type[] = [];', /import type/],
      ['import path = require("node:path"); export { path };', /import x from/],
    ] as const;
    const reference = road.read("solution/index.ts").trimEnd();
    road.write("attempt/index.ts", [reference, ...refused.map(([code]) => code), ""].join("\n"));
    const problems = (await checkTypes(road.lab(), "attempt")).filter(({ stopsNode }) => stopsNode);
    const firstLine = reference.split("\n").length + 1;
    for (const [index, [, advice]] of refused.entries()) {
      const here = problems.find(({ where }) => where.startsWith(`attempt/index.ts:${firstLine + index}:`));
      expect(here?.text).toMatch(advice);
    }
  });

  it("does not mind what is not used yet", async () => {
    using road = copyRoad({ types: "answer" });
    road.write(
      "attempt/index.ts",
      `${road.read("solution/index.ts")}\nfunction later(_a: number, b: number) {}\n`,
    );
    expect(await checkTypes(road.lab(), "attempt")).toEqual([]);
  });

  it("ends at once when it is abandoned", async () => {
    using road = copyRoad();
    const controller = new AbortController();
    const check = checkTypes(road.lab(), "attempt", controller.signal);
    controller.abort();
    expect(await check).toEqual([]);
  });
});
