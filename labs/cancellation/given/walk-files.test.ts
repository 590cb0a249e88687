import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { byteNameOf, shownName } from "./byte-name.ts";
import { walkFiles } from "./walk-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "walk-"));
  mkdirSync(join(folder, "über/deep"), { recursive: true });
  for (const name of ["a", "über/b", "über/deep/c"]) writeFileSync(join(folder, name), name);
});
afterEach(() => rmSync(folder, { recursive: true }));

const walk = (problems: string[] = []) =>
  walkFiles(byteNameOf(folder), (name) => problems.push(shownName(name)));

describe("walkFiles", () => {
  it("finds each file once, and follows no link", async () => {
    symlinkSync(folder, join(folder, "circle"));
    symlinkSync(join(folder, "a"), join(folder, "another-a"));
    const names = await Array.fromAsync(walk(), shownName);
    expect(names.sort()).toEqual(["a", "über/b", "über/deep/c"]);
  });

  it("tells of a folder that cannot be read", async () => {
    const problems: string[] = [];
    rmSync(folder, { recursive: true });
    expect(await Array.fromAsync(walk(problems))).toEqual([]);
    expect(problems).toEqual(["/"]);
    mkdirSync(folder);
  });

  // Only Linux tells a process which files it has open, without another program.
  it.runIf(process.platform === "linux")("closes every folder when it is left", async () => {
    for await (const name of walk()) if (name.includes("/")) break;
    const open = readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    });
    expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
  });
});
