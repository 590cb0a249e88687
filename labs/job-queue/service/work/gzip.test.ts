import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing.ts";
import { Effects } from "./effects.ts";
import { gzipWork } from "./gzip.ts";

async function openShop() {
  const root = temporaryFolder();
  const [folder = "", out = "", scratch = ""] = ["folder", "out", "scratch"].map((name) =>
    join(root.path, name),
  );
  for (const each of [folder, out, scratch]) mkdirSync(each);
  const effects = await Effects.open(join(root.path, "effects"));
  const work = gzipWork({ folder, out, scratch, effects });
  return {
    ...{ folder, out, scratch, work },
    run: (path: string, id = path, signal = new AbortController().signal) =>
      work.run({ path }, { id, attempt: 1, signal, log: pino({ level: "silent" }) }),
    async [Symbol.asyncDispose]() {
      await effects[Symbol.asyncDispose]();
      root[Symbol.dispose]();
    },
  };
}

describe("gzipWork", () => {
  it("writes the file, compressed, under its own path", async () => {
    await using shop = await openShop();
    mkdirSync(join(shop.folder, "a"));
    writeFileSync(join(shop.folder, "a/b.txt"), "hello ".repeat(1_000));
    const result = await shop.run("a/../a/b.txt");
    const gzipped = readFileSync(join(shop.out, "a/b.txt.gz"));
    expect(gunzipSync(gzipped).toString()).toBe("hello ".repeat(1_000));
    expect(result).toEqual({ file: "a/b.txt.gz", bytes: 6_000, gzipped: gzipped.length });
    expect(readdirSync(shop.scratch)).toEqual([]);
  });

  it("does it once for a job, however often it is run", async () => {
    await using shop = await openShop();
    writeFileSync(join(shop.folder, "a"), "before");
    const first = await shop.run("a", "job 1");
    writeFileSync(join(shop.folder, "a"), "and after");
    expect(await shop.run("a", "job 1")).toEqual(first);
    expect(await shop.run("a", "job 2")).toMatchObject({ bytes: 9 });
  });

  it.each(["../b", "a/../../b", "/etc/passwd", "..", ".", "", "a\0b", "x".repeat(1_025), 7, undefined])(
    "refuses the path %j at the door",
    async (path) => {
      await using shop = await openShop();
      expect(shop.work.schema.safeParse({ path }).success).toBe(false);
    },
  );

  it("takes a name that only looks like the way out", async () => {
    await using shop = await openShop();
    writeFileSync(join(shop.folder, "..a"), "hello");
    expect(shop.work.schema.safeParse({ path: "..a" }).success).toBe(true);
    expect(await shop.run("..a")).toMatchObject({ file: "..a.gz" });
  });

  it("refuses for good what leads outside, is no file, or is not there", async () => {
    await using shop = await openShop();
    writeFileSync(join(shop.folder, "../secret"), "secret");
    symlinkSync("../secret", join(shop.folder, "link"));
    symlinkSync("loop", join(shop.folder, "loop"));
    mkdirSync(join(shop.folder, "folder"));
    for (const [path, rule] of [
      ["link", "it must be in the folder of the service, and leads outside"],
      ["folder", "it must be a file"],
      ["nothing", "there must be a file of this name"],
      ["loop", "there must be a file of this name"],
    ] as const) {
      const refused = await shop.run(path).catch((error: Error) => error);
      expect(refused).toMatchObject({ name: "PermanentError", message: `Cannot gzip ${path}: ${rule}` });
    }
    expect(readdirSync(shop.out)).toEqual([]);
  });

  it("leaves nothing behind when it is told to stop", async () => {
    await using shop = await openShop();
    writeFileSync(join(shop.folder, "a"), "hello");
    const reason = new Error("stop");
    await expect(shop.run("a", "a", AbortSignal.abort(reason))).rejects.toThrow();
    expect([readdirSync(shop.scratch), existsSync(join(shop.out, "a.gz"))]).toEqual([[], false]);
    expect(await shop.run("a")).toMatchObject({ bytes: 5 });
  });
});
