import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "testing", "waiter.ts");

describe("toldToEnd", () => {
  it.each([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGTERM", 143],
    ["SIGTERM", "SIGINT", 130],
  ] as const)("tells of a first %s; a second signal, %s, ends the process", async (first, second, code) => {
    await using waiter = await startProcess(process.execPath, [program]);
    await waiter.line(/waits/);
    waiter.kill(first);
    expect(await waiter.line(/told/)).toBe(`told: ${first}`);
    waiter.kill(second);
    expect(await waiter.exit).toEqual({ code, signal: null });
  });

  it("tells that the process which has started this one is gone", async () => {
    const waiter = fork(program, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    await once(waiter, "message");
    waiter.disconnect();
    const [line] = await once(waiter.stdout?.setEncoding("utf8") as NodeJS.ReadableStream, "data");
    expect(line).toContain("told: whoever had started it has gone");
    waiter.kill("SIGKILL");
    await once(waiter, "exit");
  });
});
