import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attemptHash, copyStarter, hasAttempt, putAttemptAside } from "./attempt.ts";
import { Complaint } from "./complaint.ts";
import { copyRoad } from "./testing/fixture-road.ts";

describe("copyStarter", () => {
  it("copies the starter and nothing else", () => {
    using road = copyRoad();
    copyStarter(road.lab());
    expect(road.read("attempt/index.ts")).toBe(road.read("starter/index.ts"));
    expect(readdirSync(road.lab().folder).filter((name) => name.startsWith(".starting"))).toEqual([]);
  });

  it.each(["attempt/index.ts", "attempt/notes.md"])("never touches an attempt that holds %s", (file) => {
    using road = copyRoad();
    road.write(file, "mine");
    expect(() => copyStarter(road.lab())).toThrow(Complaint);
    expect(road.read(file)).toBe("mine");
  });

  it("fills an empty folder", () => {
    using road = copyRoad();
    copyStarter(road.lab());
    putAttemptAside(road.root, road.lab());
    expect(hasAttempt(road.lab())).toBe(false);
    copyStarter(road.lab());
    expect(hasAttempt(road.lab())).toBe(true);
  });
});

describe("putAttemptAside", () => {
  it("keeps every attempt, even two of the same second, out of Git's way", () => {
    using road = copyRoad();
    road.write("attempt/index.ts", "first");
    const first = putAttemptAside(road.root, road.lab());
    road.write("attempt/index.ts", "second");
    const second = putAttemptAside(road.root, road.lab());

    expect(readFileSync(join(road.root, first, "index.ts"), "utf8")).toBe("first");
    expect(readFileSync(join(road.root, second, "index.ts"), "utf8")).toBe("second");
    expect(readFileSync(join(road.root, ".attempts", ".gitignore"), "utf8")).toMatch(/^\*$/m);
    expect(existsSync(join(road.lab().folder, "attempt"))).toBe(false);
  });
});

describe("attemptHash", () => {
  it("changes with the text, a file's name and a further file, and not with line ends", () => {
    using road = copyRoad();
    const hashOf = (files: Record<string, string>) => {
      for (const [path, text] of Object.entries(files)) road.write(`attempt/${path}`, text);
      const hash = attemptHash(road.lab());
      putAttemptAside(road.root, road.lab());
      return hash;
    };
    const hash = hashOf({ "index.ts": "a\nb" });
    expect(hashOf({ "index.ts": "a\r\nb" })).toBe(hash);
    expect(hashOf({ "index.ts": "a\nc" })).not.toBe(hash);
    expect(hashOf({ "other.ts": "a\nb" })).not.toBe(hash);
    expect(hashOf({ "index.ts": "a\nb", "other.ts": "" })).not.toBe(hash);
  });
});
