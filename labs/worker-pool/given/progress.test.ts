import { afterEach, describe, expect, it, vi } from "vitest";
import { showProgress } from "./progress.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function recordedStream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

describe("showProgress", () => {
  it("paints one line, narrower than the terminal, and wipes it in the end", () => {
    vi.stubEnv("NO_COLOR", "");
    const stream = recordedStream(true, 10);
    showProgress(() => "a line that is too long", stream)[Symbol.dispose]();
    expect(stream.written).toEqual(["\ra line th\x1b[K", "\r\x1b[K"]);
  });

  it("sends nothing but plain lines to a pipe, or with NO_COLOR", () => {
    vi.stubEnv("NO_COLOR", "1");
    for (const stream of [recordedStream(false), recordedStream(true)]) {
      showProgress(() => "a line", stream)[Symbol.dispose]();
      expect(stream.written).toEqual([]);
    }
  });
});
