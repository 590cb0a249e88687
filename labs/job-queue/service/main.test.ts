import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { temporaryFolder, until } from "./testing.ts";
import { keysIn } from "./work/effects.ts";

const script = fileURLToPath(new URL("./main.ts", import.meta.url));

interface StartOptions {
  readonly condition?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const start = (args: readonly string[], { condition = "default", env = {} }: StartOptions = {}) =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args], { env });

type Service = Awaited<ReturnType<typeof start>>;

/** A folder with some files to gzip, and arguments that keep all else in it. */
function place(more: readonly string[] = [], port = "0") {
  const root = temporaryFolder();
  const folder = join(root.path, "files");
  const data = join(root.path, "data");
  mkdirSync(folder);
  for (let n = 0; n < 10; n += 1) writeFileSync(join(folder, `${n}.txt`), `file ${n} `.repeat(20_000));
  const args = ["--port", port, "--folder", folder, "--data", data, ...more];
  return { ...root, folder, data, args };
}

async function urlOf(service: Service): Promise<string> {
  return JSON.parse(await service.line(/"listening"/)).url;
}

/** Posts one job after the other until the service is not there any more; gives the ids that were acknowledged. */
async function postWhileItLasts(url: string, onAcknowledged: () => void): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; ; n += 1) {
    const response = await post(url, { path: `${n % 10}.txt` }).catch(() => undefined);
    if (response?.status !== 202) return ids;
    const body = await response.json().catch(() => undefined);
    if (body === undefined) return ids;
    ids.push((body as { id: string }).id);
    onAcknowledged();
  }
}

const post = (url: string, payload: object) =>
  fetch(`${url}jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ type: "gzip", payload }),
  });

async function stateOf(url: string, id: string): Promise<string> {
  return ((await (await fetch(`${url}jobs/${id}`)).json()) as { state: string }).state;
}

// Each test waits for what a process does, not for a time: the limit only ends a hang.
describe("the service as a program", { timeout: 300_000, concurrent: true }, () => {
  it("stops at SIGTERM under load with status 0; what it has acknowledged is done, now or by the next one", async () => {
    using at = place(["--deadline", "100000"]);
    let acknowledged = 0;
    await using first = await start(at.args);
    const url = await urlOf(first);
    const clients = [1, 2, 3, 4].map(() =>
      postWhileItLasts(url, () => {
        acknowledged += 1;
      }),
    );
    await until(() => acknowledged >= 100);
    first.kill("SIGTERM");
    expect(await first.exit).toEqual({ code: 0, signal: null });
    const ids = (await Promise.all(clients)).flat();
    expect(JSON.parse(await first.line(/"stopped"/))).toMatchObject({ stillRunning: 0 });

    await using second = await start(at.args);
    const next = await urlOf(second);
    for (const id of ids) await until(async () => (await stateOf(next, id)) === "completed");
    const keys = keysIn(readFileSync(join(at.data, "effects.jsonl"), "utf8"));
    expect(ids.filter((id) => !keys.includes(id))).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
    second.kill("SIGTERM");
    await second.exit;
    expect(readdirSync(join(at.data, "scratch"))).toEqual([]);
  });

  it("gives back at the deadline what does not come to an end, and ends at a second signal", async () => {
    const { createServer } = await import("node:http");
    const hook = createServer(() => {}).listen(0, "127.0.0.1"); // It never answers.
    await until(() => hook.listening);
    const origin = `http://127.0.0.1:${(hook.address() as { port: number }).port}`;
    using at = place(["--webhooks", origin]);
    const call = (url: string) =>
      fetch(`${url}jobs`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ type: "webhook", payload: { url: origin } }),
      });
    await using first = await start([...at.args, "--deadline", "1000"]);
    const { id } = (await (await call(await urlOf(first))).json()) as { id: string };
    await first.line(/"job begins"/);
    first.kill("SIGTERM");
    expect(await first.exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(await first.line(/"job pending again"/))).toMatchObject({ job: id, attempts: 0 });

    await using second = await start([...at.args, "--deadline", "100000"]);
    await second.line(/"job begins"/);
    second.kill("SIGTERM");
    await second.line(/"stopping"/);
    second.kill("SIGTERM");
    expect(await second.exit).toEqual({ code: 143, signal: null });
    hook.close();
    hook.closeAllConnections();
  });

  it("says that it is not ready while it stops, and answers all the same", async () => {
    using at = place(["--notice", "100000000"]);
    await using service = await start(at.args);
    const url = await urlOf(service);
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    service.kill("SIGTERM");
    await service.line(/"stopping"/);
    await until(async () => (await fetch(`${url}readyz`)).status === 503);
    const { status, headers } = await post(url, { path: "0.txt" });
    expect([status, headers.get("connection")]).toEqual([202, "close"]);
  });

  it("is set up by the environment, too", async () => {
    using at = place();
    const env = { JOBS_PORT: "0", JOBS_FOLDER: at.folder, JOBS_DATA: at.data, JOBS_BODY_LIMIT: "10" };
    await using service = await start([], { env });
    expect((await post(await urlOf(service), { path: "0.txt" })).status).toBe(413);
  });

  it.each([
    ["--port http", '--port must be a whole number from 0 to 65535, got "http"\nSee --help.\n'],
    ["--port 0 --port 0", "--port is given twice\n"],
    ["--port 0 --folder /nowhere/at/all", '--folder must be a folder that is there, got "/nowhere/at/all"'],
    [
      "--port 0 --data /dev/null/jobs",
      '--data must be a folder that can be written to, got "/dev/null/jobs"',
    ],
    ["--port 0 --folder . --host nowhere.invalid", '--host must be an address of this machine, got "nowhere'],
    ["--port 0 --store redis", "--store must be sqlite, memory, or the address of a server, redis://"],
  ])("refuses %s", async (more, words) => {
    using at = place();
    const data = more.includes("--data") ? [] : ["--data", at.data];
    await using service = await start([...more.split(" "), ...data]);
    expect(await service.exit).toEqual({ code: 2, signal: null });
    expect([service.stdout, service.stderr]).toEqual(["", expect.stringContaining(words)]);
  });

  it("refuses to do again what a damaged line tells of, and cuts off one that was being written", async () => {
    using at = place();
    const file = join(at.data, "effects.jsonl");
    mkdirSync(at.data);
    writeFileSync(file, '{"key":"a","result":1}\nnonsense\n');
    await using refused = await start(at.args);
    expect(await refused.exit).toEqual({ code: 2, signal: null });
    expect(refused.stderr).toContain(`--data cannot be used: ${file}:2 must be an effect, `);
    writeFileSync(file, '{"key":"a","result":1}\n{"key":"b"');
    await using service = await start(at.args);
    expect(await service.line(/"warn"/)).toContain("ended in the middle of line 2");
    await service.line(/"listening"/);
    expect(readFileSync(file, "utf8")).toBe('{"key":"a","result":1}\n');
  });

  it("refuses to start where there is nothing to do, and where its port is taken", async () => {
    using at = place();
    await using idle = await start(["--port", "0", "--data", at.data]);
    expect([(await idle.exit).code, idle.stderr]).toEqual([
      2,
      expect.stringContaining("--folder or --webhooks"),
    ]);
    await using first = await start(at.args);
    const { port } = new URL(await urlOf(first));
    using other = place([], port);
    await using late = await start(other.args);
    expect([(await late.exit).code, late.stderr]).toEqual([
      2,
      expect.stringContaining(`--port ${port} is taken`),
    ]);
  });

  it("refuses a folder that another service holds, and takes it over from one that was killed", async () => {
    using at = place();
    await using first = await start(at.args);
    await urlOf(first);
    await using second = await start(at.args);
    expect([(await second.exit).code, second.stderr]).toEqual([
      2,
      expect.stringContaining(`--data must be used by one service only, and another has ${at.data} open`),
    ]);
    first.kill("SIGKILL");
    await first.exit;
    await using third = await start(at.args);
    expect((await fetch(`${await urlOf(third)}readyz`)).status).toBe(200);
  });

  it("keeps jobs in memory where it is told to, and says so", async () => {
    using at = place(["--store", "memory"]);
    await using service = await start(at.args);
    const url = await urlOf(service);
    expect(service.stdout).toContain("jobs are kept in memory");
    const { id } = (await (await post(url, { path: "0.txt" })).json()) as { id: string };
    await until(async () => (await stateOf(url, id)) === "completed");
    expect(await (await fetch(`${url}metrics`)).text()).toContain('jobs_stored{state="completed"} 1');
    expect(readdirSync(at.data)).not.toContain("jobs.db");
  });

  it("says which file is damaged, and leaves it as it is", async () => {
    using at = place();
    mkdirSync(at.data);
    const file = join(at.data, "jobs.db");
    writeFileSync(file, "not a database ".repeat(1_000));
    await using service = await start(at.args);
    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toContain(file);
    expect(readFileSync(file, "utf8")).toBe("not a database ".repeat(1_000));
  });

  it("says which server is not there", async () => {
    using at = place(["--store", "redis://:secret@127.0.0.1:1"]);
    await using service = await start(at.args);
    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toMatch(
      /^Cannot open queue "jobs": 127\.0\.0\.1:1 must answer, and does not: .*\.$/m,
    );
    expect(service.stderr).not.toContain("secret");
  });

  it("ends at SIGTERM though it waits for a server that never answers", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    using at = place(["--store", `redis://127.0.0.1:${port}`]);
    await using service = await start(at.args);
    await once(silent, "connection");
    service.kill("SIGTERM");
    expect(await service.exit).toEqual({ code: 0, signal: null });
    silent.close();
  });

  it("says what is missing in an answer that is half done", async () => {
    using at = place();
    await using service = await start(at.args, { condition: "starter" });
    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toContain("This queue is not ready for the demo: TODO 1.1");
  });
});
