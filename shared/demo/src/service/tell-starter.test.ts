import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "testing", "teller.ts");

function startTeller() {
  const teller = fork(program, { stdio: ["pipe", "pipe", "pipe", "ipc"] });
  const [output, errors] = [teller.stdout, teller.stderr].map((stream) =>
    text(stream as NodeJS.ReadableStream),
  );
  return { teller, output, errors, exited: once(teller, "exit") };
}

describe("tellStarter", { timeout: 120_000 }, () => {
  it("tells whoever has started the process", async () => {
    const { teller, exited } = startTeller();
    const heard: unknown[] = [];
    teller.on("message", (news) => {
      heard.push(news);
      if (heard.length === 3) teller.disconnect();
    });
    teller.stdin?.end();
    await exited;
    expect(heard).toEqual([{ news: "ready" }, { news: "one" }, { news: "two" }]);
  });

  it("is no error when that has gone, noticed or not", async () => {
    const { teller, output, errors, exited } = startTeller();
    await once(teller, "message");
    teller.disconnect();
    teller.stdin?.end();
    expect([await exited, await output, await errors]).toEqual([[0, null], "has ended well\n", ""]);
  });
});
