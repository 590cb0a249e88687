import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChecksumFile, checksumLine, partOf } from "./checksum-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sums-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = "0123456789abcdef".repeat(4);

describe("checksumLine", () => {
  it.each([
    ["./two words", `${hash}  ./two words\n`],
    ["./line\nbreak", `\\${hash}  ./line\\nbreak\n`],
    ["./carriage\rreturn", `\\${hash}  ./carriage\\rreturn\n`],
    ["./back\\slash", `\\${hash}  ./back\\\\slash\n`],
    ["./back\\n", `\\${hash}  ./back\\\\n\n`],
    ["./caf\xe9", `${hash}  ./caf\xe9\n`],
  ])("writes %j as sha256sum does", (name, line) => {
    expect(checksumLine(name, hash)).toBe(line);
  });
});

describe("ChecksumFile", () => {
  it("takes its name when it is whole, and replaces what had it", async () => {
    const path = join(folder, "SHA256SUMS");
    writeFileSync(path, "old");
    await using sums = await ChecksumFile.create(path);
    for (let index = 0; index < 2_000; index += 1) await sums.add(`./${index}\xe9`, hash);
    expect(readFileSync(path, "utf8")).toBe("old");
    await sums.finish();
    expect(sums.lines).toBe(2_000);
    expect(readdirSync(folder)).toEqual(["SHA256SUMS"]);
    const expected = Array.from({ length: 2_000 }, (_, index) => checksumLine(`./${index}\xe9`, hash)).join(
      "",
    );
    expect(readFileSync(path, "latin1")).toBe(expected);
  });

  it("leaves nothing behind when it is left half done", async () => {
    const path = join(folder, "SHA256SUMS");
    {
      await using sums = await ChecksumFile.create(path);
      await sums.add("./a", hash);
      expect(existsSync(partOf(path))).toBe(true);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["sums", "sums.part"])("replaces nothing but a file: where %s is something else", async (other) => {
    mkdirSync(join(folder, "folder"));
    symlinkSync("folder", join(folder, other));
    const error = {
      name: "ChecksumFileError",
      message: expect.stringMatching(`/${other} is there, and no file$`),
    };
    await expect(ChecksumFile.create(join(folder, "sums"))).rejects.toMatchObject(error);
    rmSync(join(folder, other));
    mkdirSync(join(folder, other));
    await expect(ChecksumFile.create(join(folder, "sums"))).rejects.toMatchObject(error);
    expect(readdirSync(folder).sort()).toEqual(["folder", other]);
  });

  it("says why it cannot be written", async () => {
    await expect(ChecksumFile.create(join(folder, "nowhere", "sums"))).rejects.toMatchObject({
      name: "ChecksumFileError",
      message: expect.stringMatching(/^Cannot write the checksums to .*nowhere.*ENOENT/),
    });
  });
});
