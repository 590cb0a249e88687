/**
 * The package as strangers get it: packed, unpacked into a project elsewhere, and used there from JavaScript and from
 * TypeScript. What belongs to it is read from the folder, so a new primitive is tried without being listed here.
 */
import { execFile } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = dirname(import.meta.dirname);
const entries = globSync("src/*.ts", { cwd: root })
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => file.slice("src/".length, -".ts".length))
  .toSorted();

/** A project of somebody else's, with the package in its node_modules. */
let project = "";
let unpacked = "";
let tarball = "";

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "uses-primitives-")));
  unpacked = join(project, "node_modules", "@pattern-labs", "primitives");
  mkdirSync(unpacked, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "stranger", type: "module" }));
  await run(process.execPath, [pnpmPath(), "pack", "--pack-destination", project], root);
  tarball = join(project, globSync("*.tgz", { cwd: project })[0] ?? "");
  mkdirSync(join(project, "node_modules", "@types"));
  symlinkSync(join(root, "node_modules", "@types", "node"), join(project, "node_modules", "@types", "node"));
  await run("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"], project);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  it("has nothing to be found fault with by publint", async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([]);
  });

  it("has what is needed, and nothing of what it was tested with", () => {
    const files = globSync("**/*", { cwd: unpacked, withFileTypes: false });
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => /\.test\.|under-test|bench|tsconfig|vitest/.test(file))).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
    expect(manifest).not.toHaveProperty("dependencies");
    expect(manifest).not.toHaveProperty("private");
  });

  it("names no TypeScript file at run time: node would refuse it", () => {
    const naming = filesOf("dist/**/*.js").filter((file) =>
      /["'`]\.{1,2}\/[^"'`]*\.ts["'`]/.test(textOf(file)),
    );
    expect(naming).toEqual([]);
  });

  it("has the source that every map points to", () => {
    const missing = filesOf("dist/**/*.map").flatMap((file) => {
      const { sources } = JSON.parse(textOf(file)) as { sources: string[] };
      return sources
        .map((source) => join(unpacked, dirname(file), source))
        .filter((path) => !existsSync(path));
    });
    expect(missing).toEqual([]);
  });

  it("has links in its README only to what is in it, or out to the web", () => {
    const links = [...textOf("README.md").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const inside = links.filter((target) => !/^(https?:|#)/.test(target));
    expect(inside.filter((target) => !existsSync(join(unpacked, target.replace(/#.*/, ""))))).toEqual([]);
  });
});

describe("a project that uses the package", () => {
  it("imports every entry from plain JavaScript, and gets what the source exports", async () => {
    const fromSource = (name: string) => pathToFileURL(join(root, "src", `${name}.ts`)).href;
    const [packed, source] = await Promise.all([
      runProgram("packed.mjs", exportsProgram(specifier)),
      runProgram("source.mjs", exportsProgram(fromSource)),
    ]);
    expect(JSON.parse(packed)).toEqual(JSON.parse(source));
    expect(Object.keys(JSON.parse(packed))).toEqual(entries);
  });

  it("cannot import what the entries are made of", async () => {
    const inner = globSync("src/*/", { cwd: root }).filter((folder) => !/-under-test/.test(folder));
    const files = inner.flatMap((folder) => globSync(`${folder}/*.ts`, { cwd: root }));
    const names = files.filter((file) => !file.endsWith(".test.ts")).map((file) => file.slice(4, -3));
    const tries = names.map(
      (name) => `await import("${specifier(name)}").then(() => console.log("${name}"), () => {});`,
    );
    expect(names.length).toBeGreaterThan(0);
    expect(await runProgram("inner.mjs", tries)).toBe("");
  });

  it("runs what the README shows", async () => {
    const blocks = [...textOf("README.md").matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
    expect(blocks.length).toBeGreaterThan(0);
    const runs = blocks.map((code, index) => runProgram(`readme-${index}.ts`, [code]));
    await expect(Promise.all(runs)).resolves.toBeDefined();
  });

  it("starts threads from plain JavaScript: their file is found", async () => {
    const told = await runProgram("threads.mjs", [
      `import { ThreadPool } from "${specifier("thread-pool")}";`,
      'await using pool = new ThreadPool(new URL("data:text/javascript,export default (n) => n * n"), { limit: 1 });',
      "console.log(await pool.run(12));",
    ]);
    expect(told).toBe("144\n");
  });

  it.each([
    { where: "in Node", module: "nodenext", moduleResolution: "nodenext", lib: [], types: ["node"] },
    { where: "in a browser", module: "esnext", moduleResolution: "bundler", lib: ["dom"], types: [] },
  ])("type-checks strictly $where, moduleResolution $moduleResolution", async ({ where, lib, ...how }) => {
    const folder = mkdtempSync(join(project, "types-"));
    const usable = entries.filter((name) => where === "in Node" || !name.startsWith("thread-"));
    const names = usable.map((name, index) => `import * as entry${index} from "${specifier(name)}";`);
    const used = `export const all = [${usable.map((_, index) => `entry${index}`).join(", ")}];`;
    writeFileSync(join(folder, "use.ts"), [...names, used, typedUse].join("\n"));
    const compilerOptions = {
      ...how,
      target: "es2024",
      lib: ["es2024", "esnext.disposable", ...lib],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false, // Our declarations are looked at as well.
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(await complaintsOf([tsc, "-p", folder, "--singleThreaded"])).toBe("");
  });
});

/** What a caller's types see: the wrong use must be an error. */
const typedUse = `
import { Channel } from "@pattern-labs/primitives/channel";
import { Mutex } from "@pattern-labs/primitives/mutex";

const channel = new Channel<number>(1);
// @ts-expect-error A channel of numbers takes no text.
void channel.send("text");
export const held: Promise<Disposable> = new Mutex().lock({ signal: undefined });
`;

/** Prints what every entry exports. */
function exportsProgram(from: (name: string) => string): string[] {
  const each = entries.map((name) => `out["${name}"] = Object.keys(await import("${from(name)}")).sort();`);
  return ["const out = {};", ...each, "console.log(JSON.stringify(out));"];
}

function specifier(name: string): string {
  return `@pattern-labs/primitives/${name}`;
}

function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: unpacked });
}

function textOf(file: string): string {
  return readFileSync(join(unpacked, file), "utf8");
}

/** The workspace's own pnpm, whatever the machine has. */
function pnpmPath(): string {
  const workspace = createRequire(join(root, "..", "..", "package.json"));
  return join(dirname(workspace.resolve("pnpm/package.json")), "bin", "pnpm.mjs");
}

async function runProgram(name: string, lines: readonly string[]): Promise<string> {
  writeFileSync(join(project, name), lines.join("\n"));
  return await run(process.execPath, [name], project);
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  // A vitest process has settings of its own, which are no business of what it starts.
  const env = { ...process.env, NODE_OPTIONS: "" };
  try {
    return (await promisify(execFile)(command, [...args], { cwd, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}${stderr}`);
  }
}

async function complaintsOf(args: readonly string[]): Promise<string> {
  return await run(process.execPath, args, project).then(
    () => "",
    (error: Error) => error.message,
  );
}
