import { once } from "node:events";
import { mkdtempSync, rmdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { demoOptions, shutdownLine } from "./options.ts";
import { serve } from "./serve.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string) =>
  startProcess(process.execPath, ["--conditions", "default", script, ...args.split(" ")]);

describe("the demo with --serve", { timeout: 180_000 }, () => {
  it("serves alone, for curl and kill", async () => {
    await using demo = await start("--serve --notice 0");
    const [, pid = ""] = /kill -TERM (\d+)/.exec(await demo.line(/kill -TERM/)) ?? [];
    const [, url = ""] = /curl -i (\S+)\/readyz/.exec(demo.stdout) ?? [];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/jobs`, { method: "POST", body: '{"id":7}' })).json()).toEqual({
      accepted: 7,
    });
    expect((await fetch(`${url}/jobs`, { method: "POST", body: "seven" })).status).toBe(400);
    expect(await (await fetch(`${url}/stream?ms=1`)).text()).toBe("0 ms\nend\n");
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    process.kill(Number(pid), "SIGTERM");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout).toContain("It ended with status 0. Jobs: 1 done, 0 put back.");
  });

  it("heeds a Ctrl-C that comes while the service starts", async () => {
    const options = demoOptions(shutdownLine.read(["--serve"]));
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await serve(options, AbortSignal.abort());
      expect(written.mock.calls.join()).toContain("It ended by SIGINT.");
    } finally {
      written.mockRestore();
    }
  });

  it("refuses a port that is taken in a sentence", async () => {
    await using other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await using demo = await start(`--serve --port ${port}`);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect(demo.stderr).toContain(`--port ${port} is taken: give another one, or 0 for any`);
  });

  it("leaves no folder behind at a second Ctrl-C either", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-"));
    await using demo = await startProcess(
      process.execPath,
      ["--conditions", "default", script, "--serve", "--notice", "600000", "--deadline", "600000"],
      { env: { TMPDIR: folder } },
    );
    await demo.line(/kill -TERM/);
    demo.kill("SIGINT");
    await demo.line(/says 503/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    rmdirSync(folder); // Fails if anything is in it.
  });
});
