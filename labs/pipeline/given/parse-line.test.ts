import { describe, expect, it } from "vitest";
import type { Format } from "./options.ts";
import { CUT_OFF, parseLine } from "./parse-line.ts";
import { readJson } from "./read-json.ts";
import { readSyslog } from "./read-syslog.ts";
import { sampleLine } from "./sample-lines.ts";

const json = (fields: object) =>
  JSON.stringify({ timestamp: "2015-07-29T17:41:44Z", level: "INFO", source: "db", message: "m", ...fields });

describe("parseLine", () => {
  it("reads a line of JSON, and drops what is not part of an entry", () => {
    expect(parseLine(json({ level: "warning", message: "dög 狐 🦊", pid: 4711 }))).toEqual({
      timestamp: "2015-07-29T17:41:44Z",
      level: "WARN",
      source: "db",
      message: "dög 狐 🦊",
    });
  });

  it.each([
    ["2015-07-29 17:41:44,747 - INFO  [source] - message", "source", "message"],
    [
      "2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:2181] - a [b] - c",
      "QuorumPeer[myid=1]/0:0:2181",
      "a [b] - c",
    ],
    ["2015-07-29 17:41:44.747 - info [s] - ", "s", ""],
    ["2015-07-29 17:41:44,747 - INFO  [s] - ends in CANCEL\x18", "s", "ends in CANCEL\x18"],
  ])("reads the common form: %s", (line, source, message) => {
    expect(parseLine(line)).toEqual({
      timestamp: "2015-07-29T17:41:44.747Z",
      level: "INFO",
      source,
      message,
    });
  });

  // The examples of RFC 5424, section 6.5, and what is allowed beside them.
  it.each([
    [
      "<34>1 2003-10-11T22:14:15.003Z host su - ID47 - 'su root' failed",
      "ERROR",
      "host/su",
      "'su root' failed",
    ],
    [
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 - 8710 - - %% It's time",
      "INFO",
      "192.0.2.1",
      "%% It's time",
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [a@32473 iut="3" b="c\\]\\"\\\\"][p@32473 class="high"] \uFEFFAn event',
      "INFO",
      "host/app",
      "An event",
    ],
    ['<12>1 2003-10-11T22:14:15.003Z - app - - [only@1 data="x"]', "WARN", "app", ""],
    ["<7>1 2003-10-11T22:14:15.003Z - - - - -", "DEBUG", "-", ""],
  ])("reads syslog: %s", (line, level, source, message) => {
    expect(parseLine(line)).toMatchObject({ level, source, message });
  });

  it.each([
    ["", "is empty"],
    ["  ", "is empty"],
    ["\u0000\u0001\u0002", "is in none of the known formats"],
    [`2015-07-29 17:41:44,747 - INFO  [s] - half a mess${CUT_OFF}`, "was cut off before its end"],
    ["{", "is no JSON"],
    ["{}", "timestamp must be text, got nothing"],
    [json({ level: "LOUD" }), 'level must be DEBUG, INFO, WARN or ERROR, got "LOUD"'],
    [json({ level: 30 }), "level must be text, got 30"],
    [json({ source: "" }), 'source must not be empty, got ""'],
    [json({ message: ["a".repeat(99)] }), `message must be text, got ["${"a".repeat(37)}…`],
    [
      json({ timestamp: "yesterday" }),
      'timestamp must be a date and time such as 2015-07-29T17:41:44.747Z, got "yesterday"',
    ],
    [
      "2015-02-30 17:41:44,747 - INFO  [s] - m",
      'timestamp must be a date and time such as 2015-07-29T17:41:44.747Z, got "2015-02-30T17:41:44.747Z"',
    ],
    ["2015-07-29 17:41:44,747 - LOUD  [s] - m", 'level must be DEBUG, INFO, WARN or ERROR, got "LOUD"'],
    ["<192>1 2003-10-11T22:14:15Z h a - - - m", "priority must be from 0 to 191, got 192"],
    ["<034>1 2003-10-11T22:14:15Z h a - - - m", "is no syslog message of RFC 5424: bad header"],
    ["<34>Oct 11 22:14:15 mymachine su: failed", "is no syslog message of RFC 5424: bad header"],
    [
      '<34>1 2003-10-11T22:14:15Z h a - - [x@1 a="]"] m',
      "is no syslog message of RFC 5424: bad structured data",
    ],
    ["83 <34>1 2003-10-11T22:14:15Z h a - - - m", "is counted in octets (RFC 6587): send one message a line"],
  ])("says what is wrong with %j", (line, reason) => {
    expect(() => parseLine(line)).toThrow(expect.objectContaining({ name: "LineError", message: reason }));
  });

  it.each<Format>(["json", "common", "syslog", "mixed"])("reads what a sender of %s makes up", (format) => {
    for (const lineBytes of [200, 201, 202, 203, 1_000]) {
      const line = sampleLine(format, 7, lineBytes);
      expect(line.byteLength).toBeGreaterThan(lineBytes - 4); // Its last character is whole.
      expect(line.byteLength).toBeLessThanOrEqual(lineBytes);
      expect(parseLine(line.toString().trimEnd())).toMatchObject({
        level: "ERROR",
        message: expect.stringMatching(/^line 7: the quick[^\uFFFD]*$/),
      });
    }
  });
});

describe("readJson", () => {
  it("refuses JSON that is no object", () => {
    expect(() => readJson("3")).toThrow("is JSON, but no object");
  });
});

describe("readSyslog", () => {
  it("gives a message without a time the time at which it is read", () => {
    const now = () => new Date("2026-01-02T03:04:05Z");
    expect(readSyslog("<34>1 - host app - - - m", now).timestamp).toBe("2026-01-02T03:04:05.000Z");
  });
});
