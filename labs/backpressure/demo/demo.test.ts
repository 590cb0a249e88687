import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { Counts } from "../contract.ts";
import { addsUp } from "./figures.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string, condition = "default") =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args.split(" ").filter(Boolean)]);

interface Report {
  readonly untried: readonly string[];
  readonly policies: readonly {
    readonly policy: string;
    readonly problem: string | null;
    readonly counts: Counts;
    readonly ownCounts: Counts | null;
    readonly sent: number;
    readonly shed: number;
    readonly unread: number;
    readonly levels: readonly { readonly load: number }[];
  }[];
}

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: 600_000, concurrent: true }, () => {
  it("tries every policy under every load, and loses sight of no event", async () => {
    await using demo = await start("--seconds 0.9 --capacity 200 --json");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const { policies, untried }: Report = JSON.parse(demo.stdout);
    expect(untried).toEqual([]);
    expect(policies.map(({ policy }) => policy)).toEqual([
      ...["naive", "block", "drop-newest", "drop-oldest", "refuse", "shed"],
    ]);
    for (const { policy, problem, counts, ownCounts, sent, shed, unread, levels } of policies) {
      expect(problem).toBeNull();
      expect(levels.map(({ load }) => load)).toEqual([0.5, 1, 2, 5, 10]);
      expect(addsUp(counts)).toBe(true);
      if (policy !== "naive") expect(ownCounts).toEqual(counts);
      expect(sent).toBe(counts.offered + shed + unread);
      expect(counts.waiting).toBe(0);
    }
  });

  it("stops at Ctrl-C, and prints what it has", async () => {
    await using demo = await start("--seconds 3600 --policy block");
    await demo.line(/block at/); // The first plain line: it is under way.
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stderr).toContain("Stopped by Ctrl-C.");
    expect(demo.stdout).toMatch(/^offered = delivered .*\nblock +[\d,]+ = .*✓$/m);
  });

  it("serves alone, for curl", async () => {
    await using demo = await start("--serve --port 0 --policy refuse");
    const [, url = ""] = /^POST (\S+),/.exec(await demo.line(/^POST /)) ?? [];
    const response = await fetch(url, { method: "POST", body: '{"kind":"hello"}\nnonsense\n' });
    expect(await response.json()).toMatchObject({
      accepted: 1,
      invalid: { lines: [{ line: 2, problem: "not JSON" }] },
    });
    await using late = await start(`--serve --port ${new URL(url).port}`);
    expect(await late.exit).toEqual({ code: 2, signal: null });
    expect(late.stderr).toMatch(/^--port \d+ is taken: /);

    demo.kill("SIGTERM");
    expect(await demo.exit).toEqual({ code: 143, signal: null });
    expect(demo.stdout).toMatch(/^offered 1 = delivered [01] /m);
  });

  it("draws the policies side by side", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-"));
    try {
      const file = join(folder, "run.svg");
      await using demo = await start(`--seconds 0.5 --policy refuse --picture ${file}`);
      expect((await demo.exit).code).toBe(0);
      expect(readFileSync(file, "utf8")).toMatch(/^<svg.*[\s\S]*>refuse<\/text>/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["--limit 0", '--limit must be a whole number from 1 to 1000000, got "0"\nSee --help.\n'],
    ["--picture /nowhere/at/all.svg", "--picture must be in a folder that can be written to"],
    ["--serve --json", "--json has no effect with --serve\n"],
    ["--serve --picture run.svg", "--picture has no effect with --serve\n"],
    ["--port 8080", "--port has no effect without --serve\n"],
  ])("refuses %s in a sentence", async (args, words) => {
    await using demo = await start(args);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect(demo.stdout).toBe("");
    expect(demo.stderr).toContain(words);
  });

  it("runs on an answer that is half done, and says what is missing", async () => {
    await using demo = await start("--seconds 0.5 --policy drop-newest", "starter");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout.replaceAll("\n", " ")).toContain("the buffer does not count yet");
  });
});
