import { spawnSync } from "node:child_process";
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
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { byteNameOf } from "./byte-name.ts";
import { type WalkOptions, walkFiles } from "./walk-files.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "walk-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function make(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
}

const walk = (options?: WalkOptions) => walkFiles(byteNameOf(root), options);
const names = async (options?: WalkOptions) => (await Array.fromAsync(walk(options))).sort();

describe("walkFiles", () => {
  it("finds every file, however deep", async () => {
    make("a", "b/c", "b/d/e", "b/d/f/g/h", "z");
    mkdirSync(join(root, "empty"));
    expect(await names()).toEqual(["./a", "./b/c", "./b/d/e", "./b/d/f/g/h", "./z"]);
  });

  it("finds more than it reads at a time", async () => {
    make(...Array.from({ length: 700 }, (_, index) => `many/${index}`));
    expect(new Set(await names()).size).toBe(700);
  });

  it("gives names byte for byte", async () => {
    make("two words", "line\nbreak", "back\\slash", "über");
    expect(await names()).toEqual(["./back\\slash", "./line\nbreak", "./two words", byteNameOf("./über")]);
  });

  it("follows no link, and leaves alone what is no file", async () => {
    make("folder/file");
    symlinkSync("folder/file", join(root, "to-file"));
    symlinkSync("..", join(root, "folder", "in-a-circle"));
    symlinkSync("nowhere", join(root, "broken"));
    spawnSync("mkfifo", [join(root, "pipe")]);
    const others: string[] = [];
    expect(await names({ onOther: (name, kind) => others.push(`${name} ${kind}`) })).toEqual([
      "./folder/file",
    ]);
    expect(others.sort()).toEqual([
      "./broken symbolic link",
      "./folder/in-a-circle symbolic link",
      "./pipe fifo",
      "./to-file symbolic link",
    ]);
  });

  it("tells of a folder that vanished, and goes on", async () => {
    make("one/file", "other/file", "third/file");
    const problems: string[] = [];
    const found = walk({
      onProblem: (name, error) => problems.push(`${name} ${(error as NodeJS.ErrnoException).code}`),
    });
    const first = (await found.next()).value;
    const vanishing = first === "./one/file" ? "other" : "one";
    rmSync(join(root, vanishing), { recursive: true });
    expect(await Array.fromAsync(found)).toHaveLength(1);
    expect(problems).toEqual([`./${vanishing}/ ENOENT`]);
  });

  it("tells of a root that is not there", async () => {
    const problems: string[] = [];
    const found = walkFiles(byteNameOf(join(root, "nowhere")), { onProblem: (name) => problems.push(name) });
    expect([await Array.fromAsync(found), problems]).toEqual([[], ["./"]]);
  });

  it("throws the signal's reason", async () => {
    make("a", "b");
    const controller = new AbortController();
    const found = walk({ signal: controller.signal });
    await found.next();
    controller.abort("enough");
    await expect(found.next()).rejects.toBe("enough");
  });

  // Only Linux tells a process which files it has open, without another program.
  it.runIf(process.platform === "linux")("closes every folder when it is left", async () => {
    make("a", "b/c", "b/d/e");
    for await (const name of walk()) if (name === "./b/d/e") break;
    const open = readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    });
    expect(open.filter((path) => path.startsWith(root))).toEqual([]);
  });
});
