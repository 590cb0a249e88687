import { describe, expect, it } from "vitest";
import { attemptReference, copyRoad } from "./testing/fixture-road.ts";
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
  it("has nothing to say about the reference, as an answer or as an attempt", async () => {
    using road = copyRoad();
    attemptReference(road);
    expect(await checkTypes(road.lab(), "attempt")).toEqual([]);
    expect(await checkTypes(road.lab(), "reference")).toEqual([]);
  });

  it("tells what is not exported in the words of the contract", async () => {
    using road = copyRoad();
    road.write("attempt/index.ts", "export function createGaet() {}\n");
    const [problem] = await checkTypes(road.lab(), "attempt");
    expect(problem).toMatchObject({ where: "attempt/index.ts", stopsNode: false });
    expect(problem?.text).toContain('export "createGate"');
  });

  it.each([
    ["enum", "export enum Colour { Red }", /union of strings/],
    ["namespace", "export namespace Gates { export const one = 1; }", /module/],
    [
      "parameter properties",
      "export class Gate { constructor(readonly limit: number) {} }",
      /constructor's body/,
    ],
    [
      "import type",
      'import { Gate } from "../contract.ts";\nexport const gates: Gate[] = [];',
      /import type/,
    ],
  ])("says that node refuses %s, and what to write instead", async (_, code, advice) => {
    using road = copyRoad();
    road.write("attempt/index.ts", `${road.read("solution/index.ts")}\n${code}\n`);
    const problems = await checkTypes(road.lab(), "attempt");
    const refused = problems.find((problem) => problem.stopsNode);
    expect(refused?.where).toMatch(/^attempt\/index\.ts:\d+:\d+$/);
    expect(refused?.text).toMatch(advice);
  });

  it("does not mind what is not used yet", async () => {
    using road = copyRoad();
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
