import { existsSync, mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { makeTemporaryFolder } from "./temporary-folder.ts";

describe("makeTemporaryFolder", () => {
  it("makes a folder that is gone, with all that is in it, when its scope is left", async () => {
    let path = "";
    {
      await using folder = await makeTemporaryFolder("bakery");
      path = folder.path;
      mkdirSync(join(path, "deep"));
      writeFileSync(join(path, "deep", "file"), "");
    }
    expect(path).toContain("bakery-");
    expect(existsSync(path)).toBe(false);
  });

  it("is removed when the process exits before that", async () => {
    const parent = mkdtempSync(join(tmpdir(), "exit-"));
    try {
      const module = JSON.stringify(new URL("./temporary-folder.ts", import.meta.url).href);
      const program = `import { makeTemporaryFolder } from ${module};
        console.log((await makeTemporaryFolder("bakery")).path);
        process.exit();`;
      await using child = await startProcess(process.execPath, ["--input-type=module", "--eval", program], {
        env: { TMPDIR: parent },
      });
      const path = await child.line(/bakery-/);
      expect(dirname(path)).toBe(parent);
      await gone(path);
    } finally {
      rmSync(parent, { recursive: true });
    }
  });
});

/** Resolves when there is no such folder any more. */
async function gone(path: string): Promise<void> {
  const changes = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), () => {
    if (!existsSync(path)) changes.resolve();
  });
  watcher.on("error", changes.reject);
  if (!existsSync(path)) changes.resolve();
  await changes.promise;
  watcher.close();
  expect(basename(path)).toMatch(/^bakery-/);
}
