import { describe, expect, it } from "vitest";
import { demoOptions, scraperLine } from "./options.ts";

const read = (...args: string[]) => demoOptions(scraperLine.read(args));

describe("demoOptions", () => {
  it("has a default for everything", () => {
    expect(read()).toEqual({
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
    });
  });

  it("is gentler and more patient with a site that is not its own", () => {
    const { url, ratePerSecond, timeLimitMs } = read("--url", "https://example.com");
    expect([url?.href, ratePerSecond, timeLimitMs]).toEqual(["https://example.com/", 5, 10_000]);
  });

  it("takes what it is given", () => {
    expect(read(..."--rate=0.5 --timeout 2500 --workers 3 --max-pages 7 --json".split(" "))).toMatchObject({
      ratePerSecond: 0.5,
      timeLimitMs: 2_500,
      workers: 3,
      maxPages: 7,
      json: true,
    });
  });

  it.each([
    ["--workers 0", '--workers must be a whole number from 1 to 256, got "0"'],
    ["--burst 1.5", '--burst must be a whole number from 1 to 1000, got "1.5"'],
    ["--rate 0", '--rate must be a number from 0.1 to 1000, got "0"'],
    ["--timeout 2.5", '--timeout must be a whole number from 1 to 600000, got "2.5"'],
    ["extra", 'unexpected argument "extra": every option has a name, as in --url'],
  ])("refuses %j", (line, message) => {
    expect(() => read(...line.split(" "))).toThrow(message);
  });
});
