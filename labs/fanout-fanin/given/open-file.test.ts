import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteNameOf } from "@pattern-labs/demo/files";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileGauge, fileOpener } from "./open-file.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "open-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes down what it hears. */
function listener() {
  const heard: string[] = [];
  const gauge: FileGauge = {
    opened(name) {
      heard.push(`opens ${name}`);
      return (error) => heard.push(error === undefined ? "closed" : `failed: ${(error as Error).message}`);
    },
    read: (bytes) => heard.push(`reads ${bytes}`),
  };
  return { heard, open: fileOpener(byteNameOf(root), gauge) };
}

const { signal } = new AbortController();

async function contentOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) copies.push(Uint8Array.from(chunk)); // It is overwritten by the next.
  return Buffer.concat(copies);
}

describe("fileOpener", () => {
  const chunk = 256 * 1_024;
  it.each([0, 1, 4_096, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 7])(
    "reads %i bytes",
    async (size) => {
      const content = Buffer.alloc(size, "abcdefg");
      writeFileSync(join(root, "file"), content);
      const { heard, open } = listener();
      expect((await contentOf(open("./file", { signal }))).equals(content)).toBe(true);
      expect(heard.at(0)).toBe("opens ./file");
      expect(heard.filter((one) => one === "closed")).toHaveLength(1);
      expect(heard.at(-1)).toBe("closed");
    },
  );

  it("opens a name that is no UTF-8", async () => {
    const { open } = listener();
    await expect(contentOf(open("./caf\xe9", { signal }))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("follows no link, and reads nothing that is no file", async () => {
    mkdirSync(join(root, "folder"));
    symlinkSync("/dev/null", join(root, "link"));
    const { heard, open } = listener();
    await expect(contentOf(open("./link", { signal }))).rejects.toMatchObject({ code: "ELOOP" });
    await expect(contentOf(open("./folder", { signal }))).rejects.toThrow("it is no file any more");
    await expect(contentOf(fileOpener("/dev")("zero", { signal }))).rejects.toThrow("it is no file any more");
    expect(heard).toEqual([
      "opens ./link",
      expect.stringMatching(/^failed: ELOOP/),
      "opens ./folder",
      "failed: it is no file any more",
    ]);
  });

  it("is closed when the loop is left", async () => {
    writeFileSync(join(root, "file"), Buffer.alloc(2 * chunk));
    const { heard, open } = listener();
    for await (const _ of open("./file", { signal })) break;
    expect(heard).toEqual(["opens ./file", `reads ${chunk}`, "closed"]);
  });

  it("is closed when it is given back unread", async () => {
    const { heard, open } = listener();
    await open("./file", { signal })[Symbol.asyncIterator]().return?.();
    expect(heard).toEqual(["opens ./file", "closed"]);
  });

  it("throws the signal's reason, before it opens and between two reads", async () => {
    writeFileSync(join(root, "file"), Buffer.alloc(2 * chunk));
    const { heard, open } = listener();
    await expect(contentOf(open("./file", { signal: AbortSignal.abort("enough") }))).rejects.toBe("enough");
    const controller = new AbortController();
    const chunks = open("./file", { signal: controller.signal })[Symbol.asyncIterator]();
    await chunks.next();
    controller.abort("enough");
    await expect(chunks.next()).rejects.toBe("enough");
    expect(heard.filter((one) => one.startsWith("reads"))).toEqual([`reads ${chunk}`]);
  });
});
