import { describe, expect, it } from "vitest";
import { readOptions, UsageError, usage } from "./options.ts";

describe("readOptions", () => {
  it("has a default for everything", () => {
    expect(readOptions([])).toEqual({
      url: undefined,
      depth: 3,
      maxPages: 100,
      workers: 8,
      ratePerSecond: 20,
      burst: 8,
      retries: 3,
      timeLimitMs: 1_000,
      json: false,
      picture: undefined,
      help: false,
    });
  });

  it("is gentler and more patient with a site that is not its own", () => {
    const { url, ratePerSecond, timeLimitMs } = readOptions(["--url", "https://example.com"]);
    expect([url?.href, ratePerSecond, timeLimitMs]).toEqual(["https://example.com/", 5, 10_000]);
  });

  it("takes what it is given", () => {
    const args = "--rate=0.5 --timeout 2.5 --workers 3 --max-pages 7 --json -h".split(" ");
    expect(readOptions(args)).toMatchObject({
      ratePerSecond: 0.5,
      timeLimitMs: 2_500,
      workers: 3,
      maxPages: 7,
      json: true,
      help: true,
    });
  });

  it.each([
    [
      "--picture run.png",
      '--picture must be the name of a file that ends in .html, .svg or .json, got "run.png"',
    ],
    ["--picture", "--picture must be the name of a file that ends in .html, .svg or .json, got nothing"],
    ["--workers 0", '--workers must be a whole number from 1 to 256, got "0"'],
    ["--workers -1", '--workers must be a whole number from 1 to 256, got "-1"'],
    ["--workers many", '--workers must be a whole number from 1 to 256, got "many"'],
    ["--workers 1e2", '--workers must be a whole number from 1 to 256, got "1e2"'],
    ["--workers", "--workers must be a whole number from 1 to 256, got nothing"],
    ["--burst 1.5", '--burst must be a whole number from 1 to 1000, got "1.5"'],
    ["--rate 0", '--rate must be a number from 0.1 to 1000, got "0"'],
    ["--timeout NaN", '--timeout must be a number from 0.1 to 600, got "NaN"'],
    ["--json=yes", '--json takes no value, got "yes"'],
    ["--colour", "unknown option --colour"],
    ["-x", "unknown option -x"],
    ["extra", 'unexpected argument "extra": every option has a name, as in --url'],
  ])("refuses %j", (line, message) => {
    expect(() => readOptions(line.split(" "))).toThrow(new UsageError(message));
  });

  it.each(["nonsense", "ftp://example.com/", "http://me:secret@example.com/", ""])(
    "refuses the address %j",
    (url) => {
      expect(() => readOptions(["--url", url])).toThrow(`got ${JSON.stringify(url)}`);
    },
  );

  it("is described in the usage, option by option", () => {
    const names = [
      "url",
      "depth",
      "max-pages",
      "workers",
      "rate",
      "burst",
      "retries",
      "timeout",
      "json",
      "help",
    ];
    for (const name of names) expect(usage).toContain(`  --${name} `);
  });
});
