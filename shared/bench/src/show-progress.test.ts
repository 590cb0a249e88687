import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { showProgress } from "./show-progress.ts";

const one = { workload: "lists", strategy: "array", doing: "round 1 of 5", done: 3, total: 12 };

describe("showProgress", () => {
  it("repaints one line in a terminal, cut to its width, and takes it away", () => {
    const { stream, text } = collect({ isTTY: true, columns: 21 });
    const progress = showProgress(stream);
    progress.show(one);
    progress.show({ ...one, done: 4 });
    progress[Symbol.dispose]();
    expect(text()).toBe("\r\u001b[K 25 % · array · roun\r\u001b[K 33 % · array · roun\r\u001b[K");
  });

  it("writes a plain line for each workload elsewhere", () => {
    const { stream, text } = collect({});
    const progress = showProgress(stream);
    for (const workload of ["lists", "lists", "maps"]) progress.show({ ...one, workload });
    progress[Symbol.dispose]();
    expect(text()).toBe("3 of 12 · lists\n3 of 12 · maps\n");
  });
});

function collect(traits: { isTTY?: boolean; columns?: number }) {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, traits), text: () => chunks.join("") };
}
