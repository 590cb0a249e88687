import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "..");
const bin = join(repository, "node_modules/.bin");
let copy: string;

/** The workspace as turbo sees it: the same packages, files and tasks, but each script only says that it ran. */
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), "pattern-labs-cache-"));
  const left = new Set(["node_modules", ".git", ".turbo", ".results", "attempt", "bug"]);
  cpSync(repository, copy, {
    recursive: true,
    filter: (path) => !left.has(path.slice(dirname(path).length + 1)),
  });
  for (const file of globSync("{docs,{labs,shared}/*}/package.json", { cwd: copy })) {
    const manifest = JSON.parse(readFileSync(join(copy, file), "utf8"));
    // A lab that is only being built has at least its manifest, and counts as one that has all tasks.
    const tasks = file.startsWith("labs") ? ["test", "verify", "typecheck"] : Object.keys(manifest.scripts);
    const scripts = Object.fromEntries(tasks.map((task) => [task, "echo ran"]));
    writeFileSync(join(copy, file), JSON.stringify({ ...manifest, scripts }));
  }
  await git("init", "--quiet");
  await git("add", "--all");
  await git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message=copy");
});

async function git(...args: string[]): Promise<void> {
  await using process = await startProcess("git", args, { cwd: copy });
  const { code } = await process.exit;
  expect(code, process.stderr).toBe(0);
}

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Which tasks ran; the others were replayed. */
async function run(...tasks: string[]): Promise<string[]> {
  await using turbo = await startProcess(
    join(bin, "turbo"),
    ["run", ...tasks, "--summarize", "--no-update-notifier", `--cache-dir=${join(copy, ".cache")}`],
    {
      cwd: copy,
      env: {
        PATH: `${bin}:${process.env["PATH"]}`,
        CI: undefined,
        LAB_TARGET: undefined,
        LAB_TESTS: undefined,
        TURBO_HASH: undefined,
        TURBO_TELEMETRY_DISABLED: "1",
      },
    },
  );
  const { code } = await turbo.exit;
  expect(code, turbo.stdout + turbo.stderr).toBe(0);
  const runs = join(copy, ".turbo/runs");
  const [summary] = globSync("*.json", { cwd: runs });
  const { tasks: told } = JSON.parse(readFileSync(join(runs, summary ?? ""), "utf8"));
  rmSync(runs, { recursive: true });
  return told
    .filter((task: { command: string; cache: { status: string } }) => {
      return task.command !== "<NONEXISTENT>" && task.cache.status === "MISS";
    })
    .map((task: { taskId: string }) => task.taskId);
}

function change(file: string): void {
  writeFileSync(join(copy, file), `${readFileSync(join(copy, file), "utf8")}\n// changed\n`);
}

function startLab(lab: string): void {
  cpSync(join(copy, "labs", lab, "starter"), join(copy, "labs", lab, "attempt"), { recursive: true });
}

describe("turbo's cache", () => {
  it("replays what did not change, and judges anew what did", async () => {
    const labs = globSync("labs/*/package.json", { cwd: copy }).map((file) =>
      dirname(file).slice("labs/".length),
    );
    const tests = labs.map((lab) => `${lab}#test`);
    expect(await run("test", "site", "verify", "typecheck")).toEqual(expect.arrayContaining(tests));
    expect(await run("test", "verify", "typecheck"), "nothing changed").toEqual([]);

    startLab("worker-pool");
    expect(await run("test", "verify", "typecheck"), "an attempt came").toEqual(["worker-pool#test"]);

    change("labs/worker-pool/attempt/index.ts");
    expect(await run("test", "verify", "typecheck"), "an attempt changed").toEqual(["worker-pool#test"]);

    expect(await run("docs#test", "docs#site"), "no page shows an attempt").toEqual([]);

    change("shared/primitives/src/sleep.ts");
    const judgedAnew = await run("test", "verify", "typecheck");
    for (const lab of labs) {
      expect(judgedAnew, "a primitive changed").toEqual(
        expect.arrayContaining([`${lab}#test`, `${lab}#verify`, `${lab}#typecheck`, "docs#test"]),
      );
    }

    change("labs/worker-pool/play.ts");
    expect(await run("docs#test", "docs#site"), "a scene changed").toEqual(
      expect.arrayContaining(["docs#test", "docs#site"]),
    );

    change("shared/testkit/src/explore.ts");
    expect(await run("test", "verify"), "the test kit changed").toEqual(
      expect.arrayContaining([...tests, ...labs.map((lab) => `${lab}#verify`)]),
    );

    change("shared/runner/src/main.ts");
    expect(await run("verify"), "the runner changed").toEqual(
      expect.arrayContaining(labs.map((lab) => `${lab}#verify`)),
    );
  });
});
