import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startSite } from "../given/site.ts";

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: 600_000 }, () => {
  it("fetches a whole site, and makes a row of whatever goes wrong", async () => {
    await using site = await startSite({ latencyMs: () => 0, patienceMs: 20 });
    await using demo = start(`--url ${site.url} --rate 1000 --burst 1000 --retries 2 --json`);

    const { status, stdout } = await demo.ended;

    expect(status).toBe(0);
    const report: Report = JSON.parse(stdout);
    expect(report).toMatchObject({ neverBegun: 0, notFollowed: { otherSites: 2, tooDeep: 0, tooMany: 0 } });
    const paths = (state: string, retries: number) =>
      report.pages
        .filter((page) => page.state === state && page.retries === retries)
        .map((page) => new URL(page.url).pathname.replace("/attic/", ""))
        .filter((path) => !path.startsWith("/"))
        .sort();
    expect(report.pages.filter((page) => /^\/(shelf|$)/.test(new URL(page.url).pathname))).toHaveLength(29);
    expect(paths("fetched", 0)).toEqual([
      ...["base", "compressed", "empty", "klingon", "latin", "latin-by-meta", "links", "moved", "scribble"],
    ]);
    expect(paths("fetched", 2)).toEqual(["flaky-1", "flaky-2", "flaky-3"]);
    expect(paths("failed", 0)).toEqual([
      ...["abroad", "bomb", "damaged", "endless", "gone", "huge", "huge-by-header", "loop-a", "never-was"],
      ...["nowhere", "photo", "untyped"],
    ]);
    expect(paths("failed", 2)).toEqual(["broken", "busy", "cut-off", "drip", "hangs-up", "silent"]);
  });

  it("serves a site of its own when it is given none", async () => {
    await using demo = start("--depth 0");
    const { status, stdout } = await demo.ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/ {2}The library\n/);
    expect(stdout).toContain("links left alone: 5 beyond --depth");
  });

  it("makes a row of a refused connection", async () => {
    await using site = await startSite();
    await using demo = start(`--url ${site.annex} --retries 1`);
    const { status, stdout } = await demo.ended;
    expect(status).toBe(1);
    expect(stdout).toContain("failed: connection refused");
    expect(stdout).toContain("retries: 1,");
  });

  it("gives up a page that does not answer in time", async () => {
    await using server = await serve(() => {});
    await using demo = start(`--url ${server.url} --timeout 100 --retries 0`);
    expect((await demo.ended).stdout).toContain("failed: took too long");
  });

  it.each([
    ["SIGINT", 130, "Ctrl-C"],
    ["SIGTERM", 143, "SIGTERM"],
  ] as const)("stops at %s and prints what it has", async (signal, exitStatus, name) => {
    const { promise: bothBusy, resolve } = Promise.withResolvers<void>();
    let silent = 0;
    await using server = await serve((request, response) => {
      if (request.url === "/") {
        response.writeHead(200, { "content-type": "text/html" }).end(linksTo(30));
      } else {
        silent += 1;
        if (silent === 2) resolve();
      }
    });
    await using demo = start(`--url ${server.url} --workers 2 --timeout 600000`);

    await bothBusy;
    demo.kill(signal);

    const { status, stdout, stderr } = await demo.ended;
    expect(status).toBe(exitStatus);
    expect(stdout).toContain("1 fetched, 2 stopped midway, 28 never begun");
    expect(stderr).toContain(`Stopped by ${name}.`);
  });

  it("ends quietly when nobody reads its output any more", async () => {
    await using demo = start("--depth 0");
    demo.stopReading();
    const { status, stderr } = await demo.ended;
    expect(status).toBe(141);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it("refuses a bad option in a sentence", async () => {
    await using demo = start("--workers many");
    const stderr = '--workers must be a whole number from 1 to 256, got "many"\nSee --help.\n';
    expect(await demo.ended).toEqual({ status: 2, stdout: "", stderr });
  });

  it("draws who fetched what when", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-"));
    try {
      const file = join(folder, "run.html");
      await using demo = start(`--depth 0 --picture ${file}`);
      expect((await demo.ended).status).toBe(0);
      expect(readFileSync(file, "utf8")).toMatch(/The polite scraper[\s\S]*1 task/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("prints its usage", async () => {
    await using demo = start("--help");
    expect(await demo.ended).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: /),
      stderr: "",
    });
  });

  it("says in a sentence that a pool is not written yet", async () => {
    await using demo = start("", "starter");
    const { status, stderr } = await demo.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^This pool is not ready for the demo: TODO 1\.1: [^\n]*\.\n$/);
  });
});

interface Report {
  readonly pages: readonly { readonly url: string; readonly state: string; readonly retries: number }[];
}

interface Demo extends AsyncDisposable {
  readonly ended: Promise<{ status: number | null; stdout: string; stderr: string }>;
  kill(signal: NodeJS.Signals): void;
  stopReading(): void;
}

/** Runs the demo in a process of its own, on the reference or under another condition. */
function start(args: string, condition = "default"): Demo {
  const script = fileURLToPath(new URL("./index.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions", condition, script, ...args.split(" ").filter(Boolean)],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = once(child, "exit");
  const output = Promise.all([text(child.stdout).catch(() => ""), text(child.stderr)]);
  const end = async () => {
    const [status] = await exited;
    const [stdout, stderr] = await output;
    return { status, stdout, stderr };
  };
  return {
    ended: end(),
    kill: (signal) => child.kill(signal),
    stopReading: () => child.stdout.destroy(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL"); // Does nothing once it has ended.
      await exited;
    },
  };
}

function linksTo(pages: number): string {
  return Array.from({ length: pages }, (_, page) => `<a href="/${page + 1}">`).join("");
}

async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
