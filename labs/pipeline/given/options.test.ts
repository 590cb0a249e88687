import { describe, expect, it } from "vitest";
import { collectorLine, demoOptions } from "./options.ts";

const read = (line: string) => demoOptions(collectorLine.read(line.split(" ").filter(Boolean)));

describe("demoOptions", () => {
  it("is a show when it is told nothing", () => {
    expect(read("")).toMatchObject({
      mode: "show",
      collect: { port: 0, slots: 64, workers: 64, buffer: 16, lookupMs: 10, out: undefined },
      send: { senders: 3, lines: 15_000, lineBytes: 1_000, format: "mixed", mischief: false },
    });
    expect(read("")).toMatchObject({ collect: { stall: { afterLines: 10_000, seconds: 3 } } });
  });

  it("serves where it is told to, and does not rest unless it is told to", () => {
    expect(read("--serve --port 7070")).toMatchObject({
      mode: "serve",
      collect: { port: 7070, stall: undefined },
    });
    expect(read("--serve --stall-after 5")).toMatchObject({
      collect: { stall: { afterLines: 5, seconds: 3 } },
    });
  });

  it("sends where it is told to", () => {
    expect(read("--send localhost:7070 --senders 2 --format json --mischief")).toMatchObject({
      mode: "send",
      send: { host: "localhost", port: 7070, senders: 2, format: "json", mischief: true },
    });
  });

  it.each([
    ["", ["INFO", "WARN", "ERROR"]],
    ["--threshold ERROR", ["ERROR"]],
    ["--levels DEBUG,ERROR", ["DEBUG", "ERROR"]],
  ])("keeps with %j the levels %j", (line, levels) => {
    expect(read(line)).toMatchObject({ collect: { levels: new Set(levels) } });
  });

  it.each([
    [
      "--levels INFO,LOUD",
      '--levels must be some of DEBUG,INFO,WARN,ERROR, with commas between them, got "INFO,LOUD"',
    ],
    ["--threshold LOUD", '--threshold must be one of DEBUG, INFO, WARN, ERROR, got "LOUD"'],
    ["--port 70000", '--port must be a whole number from 0 to 65535, got "70000"'],
    ["--send 7070", '--send must be a host and a port, as in 127.0.0.1:7070, got "7070"'],
    ["--send a:0", '--send must be a host and a port, as in 127.0.0.1:7070, got "a:0"'],
    ["--host a/b", '--host must be a host name or an address, got "a/b"'],
    ["--workers 0", '--workers must be a whole number from 1 to 10000, got "0"'],
    ["--out=", '--out must be the name of a file, got ""'],
    ["--levels INFO --threshold INFO", "--levels and --threshold exclude each other"],
    ["--send a:1 --serve", "--send and --serve exclude each other"],
    ["--serve --stall-for 1", "--stall-for needs --stall-after"],
    ["--serve --lines 5", "--lines has no effect with --serve"],
    ["--port 7070", "--port has no effect without --serve"],
    ["--send a:1 --stall-after 5", "--stall-after has no effect with --send"],
  ])("refuses %j", (line, message) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ name: "UsageError", message }));
  });
});
