import { describe, expect, it } from "vitest";
import { promisedBy } from "./contract.ts";
import { outlineFile } from "./outline.ts";

const source = `import { onAbort } from "@pattern-labs/primitives/abort";
import { Queue } from "./queue.ts";

// About the gate.
/** Lets two in. */
export const createGate = (limit: number) => {
  const inside = () => limit;
  function leave() {}
  return { enter: () => inside(), leave };
};

export class Door implements Gate {
  /** Opens it. */
  async open(): Promise<void> {}
  readonly shut = () => {};
}

export { Queue as Line };
`;

describe("outlineFile", () => {
  const outline = outlineFile("attempt/index.ts", source);

  it("finds what is exported, under the name that it is exported by, and which primitives are used", () => {
    expect(outline).toMatchObject({ exports: ["createGate", "Door", "Line"], primitives: ["abort"] });
  });

  it("gives each piece with the comment above it, and the line where it begins", () => {
    const [gate] = outline.pieces;
    expect(gate).toMatchObject({ name: "createGate", kind: "function", line: 6, exported: true });
    expect(gate?.text).toMatch(/^\/\/ About the gate\.\n\/\*\* Lets two in/);
  });

  it("tells functions of a file from those inside of another function", () => {
    const kinds = outline.pieces.map(({ name, kind }) => `${kind} ${name}`);
    expect(kinds).toEqual(["function createGate", "closure inside", "function leave", "class Door"]);
  });

  it("gathers the methods of an object, those that are functions beside it too, and of a class", () => {
    const bodies = outline.bodies.map(({ promises, methods }) => [
      ...promises,
      ...methods.map((one) => one.name),
    ]);
    expect(bodies).toEqual([
      ["enter", "leave"],
      ["Gate", "open", "shut"],
    ]);
    expect(outline.bodies[1]?.methods[0]?.text).toBe("/** Opens it. */\nasync open(): Promise<void> {}");
  });

  it("folds the functions inside of a long piece, and says where they stand", () => {
    const body = Array.from({ length: 30 }, (_, n) => `    step(${n});`).join("\n");
    const text = `/** A pool. */\nexport function createPool() {\n  const queue = [];\n  function pump() {\n${body}\n  }\n  return {\n    submit: async (job) => {\n${body}\n    },\n    size: () => queue.length,\n  };\n}\n`;
    const [pool] = outlineFile("attempt/index.ts", text).pieces;
    expect(pool?.text).toContain("step(29)");
    expect(pool?.folded).toBe(
      "/** A pool. */\nexport function createPool() {\n  const queue = [];\n  function pump() { … 30 lines from :5 … }\n  return {\n    submit: async (job) => { … 30 lines from :38 … },\n    size: () => queue.length,\n  };\n}",
    );
  });

  it("leaves a short piece as it is", () => {
    expect(outline.pieces.every((piece) => piece.folded === undefined)).toBe(true);
  });

  it("counts lines, and those that are more than a comment", () => {
    expect(outlineFile("a.ts", "/**\n * Why.\n */\n\nconst a = 1; // one\n// no\n")).toMatchObject({
      lines: 6,
      linesOfCode: 1,
    });
  });

  it("says so where a file is no TypeScript, rather than breaking down", () => {
    const { damage, pieces } = outlineFile("attempt/index.ts", "export const = ");
    expect(damage).toContain("Parse failed");
    expect(pieces).toEqual([]);
  });
});

describe("promisedBy", () => {
  it("lists the functions of Lab, and of what they return, in the order of the contract", () => {
    const contract = `
      interface Options { readonly random?: () => number }
      interface Ticket { readonly result: Promise<void> }
      export interface Pool { submit(job: () => void): Promise<Ticket>; readonly close: () => Promise<void> }
      export interface Lab { createPool(options: Options): Pool; readonly attempted?: string[] }`;
    expect(promisedBy(contract)).toEqual([
      { owner: "Lab", functions: ["createPool"] },
      { owner: "Pool", functions: ["submit", "close"], madeBy: ["createPool"] },
    ]);
  });

  it("reads overloads once, what is returned without a name, and what a type alias stands for", () => {
    const contract = `
      export type Admission = { admitted: true; leave(): void } | { admitted: false };
      interface Base { stop(): void }
      export interface Scope extends Base, AsyncDisposable { child(options: Options): Scope; readonly done: Promise<void> }
      export interface Lab {
        lines(options: { maxBytes: number }): Stage;
        tee<T>(input: AsyncIterable<T>): [AsyncIterable<T>, AsyncIterable<T>];
        openScope(): Scope;
        openScope(ms: number): Scope;
        readonly createAdmission: (limit: number) => { enter(priority: string): Admission };
        readonly attempted?: readonly string[];
      }`;
    expect(promisedBy(contract)).toEqual([
      { owner: "Lab", functions: ["lines", "tee", "openScope", "createAdmission"] },
      { owner: "Scope", functions: ["child", "stop"], madeBy: ["openScope", "child"] },
      { owner: "createAdmission", functions: ["enter"], madeBy: ["createAdmission"] },
      { owner: "Admission", functions: ["leave"], madeBy: ["createAdmission", "enter"] },
    ]);
  });
});
