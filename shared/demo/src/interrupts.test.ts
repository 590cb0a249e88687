import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

const program = `
  import { listenForInterrupts } from ${JSON.stringify(new URL("./interrupts.ts", import.meta.url).href)};
  listenForInterrupts();
  setInterval(() => {}, 1_000_000); // It would not end by itself.
  console.log("ready");
`;

describe("listenForInterrupts", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("aborts at the first %s and ends the process at the second", async (signal, status) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    const exited = once(child, "exit");
    try {
      await once(child.stdout, "data");
      child.kill(signal);
      const [said] = await once(child.stderr, "data");
      expect(String(said)).toContain("Once more ends at once.");
      child.kill(signal);
      expect(await exited).toEqual([status, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
