import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

const program = (options = "") => `
  import { listenForInterrupts } from ${JSON.stringify(new URL("./interrupts.ts", import.meta.url).href)};
  listenForInterrupts(${options});
  let told = 0;
  process.on("SIGHUP", () => console.log(\`told \${++told}\`));
  setInterval(() => {}, 1_000_000); // It would not end by itself.
  console.log("ready");
`;
const start = (options?: string) =>
  startProcess(process.execPath, ["--input-type=module", "--eval", program(options)]);

describe("listenForInterrupts", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("aborts at the first %s and ends the process at the second", async (signal, code) => {
    await using child = await start();
    await child.line(/ready/);
    child.kill(signal);
    await child.line(/Once more ends at once\./);
    child.kill(signal);
    expect(await child.exit).toEqual({ code, signal: null });
  });

  it("takes a closed terminal for one wish, however often it is told, and Ctrl-C for another", async () => {
    await using child = await start();
    await child.line(/ready/);
    child.kill("SIGHUP");
    await child.line(/Stopped by the end of its terminal\./);
    await child.line(/told 1/);
    child.kill("SIGHUP");
    await child.line(/told 2/);
    child.kill("SIGINT");
    expect(await child.exit).toEqual({ code: 129, signal: null });
  });

  it("ends a process without a terminal that does not end by itself: nobody can press Ctrl-C again", async () => {
    await using child = await start("{ lastPatienceMs: 1 }");
    await child.line(/ready/);
    child.kill("SIGHUP");
    expect(await child.exit).toEqual({ code: 129, signal: null });
  });
});
