/**
 * What testing.md promises to somebody who takes the test kit along: packed, unpacked in a project elsewhere, and used
 * there with the configuration that the page shows.
 */
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blocksOf, nameOf } from "./blocks.ts";
import { repository } from "./pages.ts";
import { run } from "./run.ts";

const page = { path: "docs/testing.md", text: readFileSync(join(repository, "docs/testing.md"), "utf8") };
const packages = ["testkit", "picture"];
let project = "";

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "own-project-")));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "own", type: "module" }));
  for (const name of packages) await unpack(name);
  symlinkSync(
    realpathSync(join(repository, "docs/node_modules/vitest")),
    join(project, "node_modules/vitest"),
  );
  const config = blocksOf(page).find((block) => nameOf(block) === "vitest.config.ts");
  writeFileSync(
    join(project, "vitest.config.ts"),
    config?.code ?? expect.fail("the page shows no configuration"),
  );
  writeFileSync(join(project, "own.test.ts"), ownTests);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

async function unpack(name: string): Promise<void> {
  const folder = join(project, "node_modules/@pattern-labs", name);
  mkdirSync(folder, { recursive: true });
  const pnpm = join(repository, "node_modules/.bin/pnpm");
  await succeed(pnpm, ["pack", "--pack-destination", project], join(repository, "shared", name));
  const tarballs = globSync(`*${name}*.tgz`, { cwd: project });
  expect(tarballs).toHaveLength(1);
  await succeed("tar", ["-xzf", tarballs[0] ?? "", "-C", folder, "--strip-components=1"], project);
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  await using process = await startProcess(command, args, { cwd });
  const { code } = await process.exit;
  expect(code, process.stdout + process.stderr).toBe(0);
}

const ownTests = `
import { explore, guarantee, noLeaks, simulate, startProcess } from "@pattern-labs/testkit";
import { describeService, serviceAddress, startService } from "@pattern-labs/testkit/service";
import { expect, test } from "vitest";

test("simulate", () =>
  simulate(async (sim) => {
    await new Promise((wake) => setTimeout(wake, 7_200_000));
    expect(sim.now()).toBe(7_200_000);
  }));

test("explore and guarantee", async () => {
  const counting = explore(async (sim) => {
    let count = 0;
    const add = async () => {
      const seen = await sim.io("read", () => count);
      await sim.io("write", () => (count = seen + 1));
    };
    await Promise.all([sim.spawn("Ann", add), sim.spawn("Bob", add)]);
    guarantee(count === 2, { happened: count + " is counted", expected: "2", why: "the poll" });
  });
  await expect(counting).rejects.toThrow("1 is counted");
});

test("noLeaks", async () => {
  await expect(noLeaks(async () => void setTimeout(() => {}, 60_000))).rejects.toThrow("a timer of 60000 ms");
});

test("startProcess", async () => {
  await using child = await startProcess(process.execPath, ["--print", "1"]);
  expect(await child.exit).toEqual({ code: 0, signal: null });
});

test("services", () => {
  for (const entry of [describeService, serviceAddress, startService]) expect(entry).toBeTypeOf("function");
});
`;

it("the test kit works in a project elsewhere", async () => {
  const { code, printed } = await run({ by: "vitest", commands: [["own.test.ts"]] }, project);
  expect(printed).toMatch(/Tests {2}5 passed \(5\)/);
  expect(code).toBe(0);
});
