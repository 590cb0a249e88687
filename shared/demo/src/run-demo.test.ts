import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

const demo = (run: string) => `
  import { commandLine, flag, runDemo } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  const line = commandLine({ does: "Bakes.", options: { loud: flag("say more") }, notes: "" });
  await runDemo({ commandLine: line, noun: "oven", run: ${run} }, process.argv.slice(1));
`;
const start = (run: string, ...args: string[]) =>
  startProcess(process.execPath, ["--input-type=module", "--eval", demo(run), "--", ...args]);

describe("runDemo", () => {
  it("ends with the status that the demo resolves to", async () => {
    await using child = await start("async (given) => given.loud ? 3 : 4", "--loud");
    expect(await child.exit).toEqual({ code: 3, signal: null });
  });

  it("refuses a bad option with status 2", async () => {
    await using child = await start("async () => 0", "--colour");
    expect(await child.exit).toEqual({ code: 2, signal: null });
    expect(child.stderr).toBe("unknown option --colour\nSee --help.\n");
  });

  it.each([
    ["async () => { throw new Error('TODO 1.1: bake is yours to write') }"],
    [
      "async () => { setImmediate(() => { throw new Error('TODO 1.1: bake is yours to write') }); await new Promise(() => {}) }",
    ],
  ])("says in a sentence what an answer throws: %s", async (run) => {
    await using child = await start(run);
    expect(await child.exit).toEqual({ code: 1, signal: null });
    expect(child.stderr).toBe("This oven is not ready for the demo: TODO 1.1: bake is yours to write.\n");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "turns %s into an abort and its status, whether the demo returns or rejects",
    async (signal, code) => {
      for (const end of ["resolve(0)", "reject(signal.reason)"]) {
        await using child = await start(`(given, { signal }) => new Promise((resolve, reject) => {
        const timer = setInterval(() => {}, 1_000_000);
        signal.onabort = () => { clearInterval(timer); ${end}; };
        console.log("baking");
      })`);
        await child.line(/baking/);
        child.kill(signal);
        expect(await child.exit).toEqual({ code, signal: null });
      }
    },
  );
});
