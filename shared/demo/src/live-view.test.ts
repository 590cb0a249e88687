import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { announce, showLive } from "./live-view.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

function recordedStream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const write = (text: unknown) => written.push(String(text)) > 0;
  return { isTTY, columns, rows: 24, written, write };
}

describe("showLive", () => {
  it("paints every line narrower than the terminal, and wipes them in the end", () => {
    vi.stubEnv("NO_COLOR", "");
    const stream = recordedStream(true, 10);
    using view = showLive(() => "a line that is too long\n\x1b[31mso is this one\x1b[39m", { stream });
    expect(stripVTControlCharacters(stream.written.join("")).trimEnd()).toBe("a line t…\nso is th…");
    expect(stream.written.join("")).toContain("\x1b[31mso is th\x1b[39m…");
    view[Symbol.dispose]();
    expect(stream.written.at(-1)).toBe("\x1b[2A\r\x1b[J");
  });

  it("paints over the frame before, also where a terminal that was made narrower has wrapped it", () => {
    vi.useFakeTimers();
    vi.stubEnv("NO_COLOR", "");
    const stream = recordedStream(true, 80);
    const widths: number[] = [];
    using _view = showLive(
      (width) => {
        widths.push(width);
        return `${"x".repeat(70)}\nshort\n`;
      },
      { stream },
    );
    vi.advanceTimersByTime(100);
    expect(stream.written.at(-1)?.startsWith("\x1b[3A\r\x1b[2Kx")).toBe(true);
    stream.columns = 30;
    vi.advanceTimersByTime(100); // 70 columns are three rows now.
    expect(stream.written.at(-1)?.startsWith(`\x1b[5A\r\x1b[2K${"x".repeat(28)}…\n\x1b[2Kshort`)).toBe(true);
    vi.advanceTimersByTime(100);
    expect(stream.written.at(-1)?.startsWith("\x1b[3A\r\x1b[2Kx")).toBe(true);
    expect(widths).toEqual([79, 79, 29, 29]);
  });

  it("takes a terminal that does not know its width for one of 80 columns", () => {
    vi.stubEnv("NO_COLOR", "");
    const stream = recordedStream(true, 0);
    showLive(() => "x".repeat(100), { stream })[Symbol.dispose]();
    expect(stripVTControlCharacters(stream.written[0] ?? "").trimEnd()).toHaveLength(79);
  });

  it("sends a plain line every two seconds to a pipe, or with NO_COLOR", () => {
    vi.useFakeTimers();
    vi.stubEnv("NO_COLOR", "1");
    for (const stream of [recordedStream(false), recordedStream(true)]) {
      using _view = showLive(() => "the first line\nthe second", { stream });
      vi.advanceTimersByTime(4_000);
      expect(stream.written).toEqual(["the first line\n", "the first line\n"]);
    }
  });

  it("prints what is meant for a pipe, if that is something else", () => {
    vi.useFakeTimers();
    const stream = recordedStream(false);
    using _view = showLive(() => "a table", { plain: () => "a line", stream });
    vi.advanceTimersByTime(2_000);
    expect(stream.written).toEqual(["a line\n"]);
  });
});

describe("announce", () => {
  it("writes a line above the view that is being painted, which goes on below", () => {
    vi.stubEnv("NO_COLOR", "");
    const stream = recordedStream(true);
    using _view = showLive(() => "a view", { stream });
    stream.written.length = 0;
    announce("Stopped.", stream);
    const written = stream.written.join("");
    const line = written.indexOf("Stopped.\n");
    expect(written.slice(0, line)).toBe("\x1b[1A\r\x1b[J");
    expect(stripVTControlCharacters(written.slice(line))).toMatch(/^Stopped\.\n.*a view/);
  });

  it("writes a line where there is no view, or no more", () => {
    const stream = recordedStream(true);
    showLive(() => "a view", { stream })[Symbol.dispose]();
    stream.written.length = 0;
    announce("Stopped.", stream);
    expect(stream.written).toEqual(["Stopped.\n"]);
  });
});
