/** The tests of the pages find what is wrong in a page, and nothing in a page that is right. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";
import { unknownCommands } from "./commands.ts";
import { deadLinks } from "./links.ts";
import { type Page, repository } from "./pages.ts";
import { writeProject } from "./programs.ts";
import { run } from "./run.ts";
import { agrees } from "./shown.ts";

const results = join(repository, "docs/.results");
mkdirSync(results, { recursive: true });
const folder = mkdtempSync(join(results, "harness-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function projectOf(text: string, path = "docs/page.md") {
  count += 1;
  return writeProject({ path, text }, join(folder, String(count)), join(folder, "no surroundings"));
}

const block = (info: string, ...lines: string[]) => `\`\`\`${info}\n${lines.join("\n")}\n\`\`\`\n`;

describe("blocksOf", () => {
  it("reads what stands behind the fence, the heading, and the block right below", () => {
    const text = `# T\n\n## A\n\n${block("ts simulated", "a();")}\n${block("text varies", "1 ms")}\nWords.\n\n${block("", "b")}`;
    const [first, second, third] = blocksOf({ path: "a.md", text });
    expect(first).toMatchObject({
      place: "a.md:5",
      language: "ts",
      flags: ["simulated"],
      heading: "A",
      code: "a();\n",
    });
    expect(first?.next).toBe(second);
    expect(second).toMatchObject({ language: "text", flags: ["varies"], next: undefined });
    expect(third).toMatchObject({ language: "", code: "b\n" });
  });

  it("takes the margin of a list away", () => {
    const [only] = blocksOf({ path: "a.md", text: "1. First:\n\n   ```ts\n   a();\n     b();\n   ```\n" });
    expect(only?.code).toBe("a();\n  b();\n");
  });
});

describe("a program of a page", () => {
  it("is run, and what it prints is known", async () => {
    const { folder, programs } = projectOf(block("ts", 'console.log("a", 1);', 'console.error("b");'));
    const [program] = programs;
    expect(program).toMatchObject({ place: "docs/page.md:1", endsWell: true });
    expect(await run(program ?? expect.fail(), folder)).toEqual({ printed: "a 1\nb", code: 0 });
  });

  it("that is wrong does not end with status 0", async () => {
    const { folder, programs } = projectOf(
      block("ts fails", "const a: number = 1;", "throw new Error(String(a));"),
    );
    const [program] = programs;
    expect(program?.endsWell).toBe(false);
    const { code, printed } = await run(program ?? expect.fail(), folder);
    expect(code).toBe(1);
    expect(printed).toMatch(/^line-1\.ts:2/);
  });

  it("that waits for ever ends with a status of its own", async () => {
    const { folder, programs } = projectOf(block("ts", "await new Promise(() => {});"));
    expect(await run(programs[0] ?? expect.fail(), folder)).toMatchObject({ code: 13 });
  });

  it("takes no time in simulated time", async () => {
    const code = ["await new Promise((wake) => setTimeout(wake, 1e9));", "console.log(performance.now());"];
    const { folder, programs } = projectOf(block("ts simulated", ...code));
    expect(await run(programs[0] ?? expect.fail(), folder)).toEqual({ printed: "1000000000", code: 0 });
  });

  it("fails in simulated time as it does in real time", async () => {
    const { folder, programs } = projectOf(block("ts simulated", 'throw new Error("no");'));
    expect(await run(programs[0] ?? expect.fail(), folder)).toMatchObject({ code: 1 });
  });

  it("may import a file of the page, and may be run with flags", async () => {
    const one = block("ts", "// one.ts", "export const one = 1;");
    const two = block(
      "ts",
      "// two.ts",
      'import { one } from "./one.ts";',
      "console.log(one, process.execArgv);",
    );
    const { folder, programs } = projectOf(
      `${one}\n${two}\n${block("sh", "node --expose-gc two.ts", "node one.ts # prints nothing")}`,
    );
    expect(programs).toMatchObject([
      { commands: [["--expose-gc", "two.ts"], ["one.ts"]], endsWell: undefined },
    ]);
    const { printed } = await run(programs[0] ?? expect.fail(), folder);
    expect(printed).toBe("1 [ '--expose-gc' ]");
  });

  it("is a test where its name says so, and must fail where that is said", async () => {
    const test = ['import { expect, test } from "vitest";', 'test("a", () => expect(1).toBe(2));'];
    const { folder, programs } = projectOf(block("ts fails", "// a.test.ts", ...test));
    expect(programs).toMatchObject([{ by: "vitest", endsWell: false }]);
    const { code, printed } = await run(programs[0] ?? expect.fail(), folder);
    expect(code).toBe(1);
    expect(agrees(printed, "AssertionError: expected 1 to be 2 …", { part: true })).toBe(true);
  });

  it("is not made of a fragment, nor of a block in a lab's README but the obvious attempt", () => {
    expect(projectOf(block("ts fragment", "a();")).programs).toEqual([]);
    const readme = `## The obvious attempt\n\n${block("ts", "1;")}\n## Steps\n\n${block("ts", "a();")}`;
    expect(projectOf(readme, "labs/no-such-lab/README.md").programs).toHaveLength(1);
    expect(projectOf(readme, "labs/pipeline/README.md").programs).toHaveLength(0); // It has a test of its own.
  });

  it("refuses a flag or a language that nothing would run, and two files of a name", () => {
    expect(() => projectOf(block("ts fragmnet", "a();"))).toThrow(
      'followed by simulated, fails, fragment, got "fragmnet"',
    );
    expect(() => projectOf(block("typescript", "a();"))).toThrow('write "ts"');
    const file = block("ts", "// a.ts", "a();");
    expect(() => projectOf(`${file}\n${file}`)).toThrow("this page has another a.ts");
  });
});

describe("agrees", () => {
  it.each([
    ["a\nb", "a\nb\n", {}, true],
    ["a\nb", "a\n", {}, false],
    ["a\nb", "a\nc\n", {}, false],
    ["a\nb", "b\n", { part: true }, true],
    ["at 10.5 ms (x)", "at … (x)\n", {}, true],
    ["a\nb\nc\nd", "a\n…\nd\n", {}, true],
    ["a\nb\nc\nd", "a\n…\ne\n", {}, false],
    ["took 10.5 ms", "took 7 ms\n", { numbersVary: true }, true],
    ["took 10.5 ms", "took 7 ms\n", {}, false],
    ["took long", "took 7 ms\n", { numbersVary: true }, false],
  ] as const)("%j, shown as %j with %j: %s", (printed, shown, how, expected) => {
    expect(agrees(printed, shown, how)).toBe(expected);
  });
});

describe("deadLinks", () => {
  const other: Page = { path: "docs/other.md", text: "# Other\n\n## Two words\n\n## Two words\n" };
  const linksIn = (text: string) => deadLinks({ path: "docs/page.md", text: `# Here\n\n${text}` }, [other]);

  it("finds none where all lead somewhere", () => {
    const links = [
      "#here",
      "other.md",
      "other.md#two-words",
      "other.md#two-words-1",
      "../README.md",
      "../labs/",
    ];
    const page = { path: "docs/page.md", text: `# Here\n\n${links.map((link) => `[a](${link})`).join(" ")}` };
    expect(deadLinks(page, [page, other])).toEqual([]);
    expect(linksIn("[a](https://example.org/none) `[a](none.md)`")).toEqual([]);
  });

  it("finds a file, a heading and a picture that are not there", () => {
    expect(linksIn("[a](none.md)")).toEqual(["docs/page.md links to none.md, which does not exist"]);
    expect(linksIn("[a](other.md#none)")).toEqual([
      "docs/page.md links to other.md#none, and there is no such heading",
    ]);
    expect(linksIn('<img src="none.svg">')).toHaveLength(1);
    expect(linksIn("[a](../../outside.md)")).toHaveLength(1);
  });
});

describe("unknownCommands", () => {
  const faultsOf = (...lines: string[]) =>
    unknownCommands({ path: "docs/page.md", text: block("sh", ...lines) });

  it("finds none where all exist", () => {
    const lines = ["npx lab", "npx lab start worker-pool", "npx lab test --challenge priority", "npm test"];
    expect(
      faultsOf(...lines, "npx turbo test --filter=pubsub", "npx node scripts/results.ts --measure a"),
    ).toEqual([]);
  });

  it.each([
    ["npx lab strat", "lab has no command strat"],
    ["npx lab start workerpool", "there is no lab workerpool"],
    ["npx lab test --setp 2", "lab test has no option --setp"],
    ["npx turbo tset", "turbo has no task tset"],
    ["npx turbo test --filter=none", "there is no package none"],
    ["npx nothing", "there is no nothing"],
    ["npm run none", "there is no script none"],
    ["npx node scripts/none.ts", "there is no file scripts/none.ts"],
    ["node scripts/results.ts", "it must be npx node, this repository's: the reader's own may be too old"],
  ])("finds %j", (line, fault) => {
    expect(faultsOf(line)).toEqual([`docs/page.md: "${line}": ${fault}`]);
    if (line.startsWith("npx lab")) {
      expect(unknownCommands({ path: "docs/page.md", text: `Type \`${line}\`.` })).toHaveLength(1);
    }
  });
});
