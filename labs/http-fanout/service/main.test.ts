import { fileURLToPath } from "node:url";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Downstream } from "../given/downstream.ts";
import { until } from "./testing.ts";

const script = fileURLToPath(new URL("./main.ts", import.meta.url));

interface StartOptions {
  readonly condition?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const start = (args: readonly string[], { condition = "default", env = {} }: StartOptions = {}) =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args], { env });

const behind = () => Downstream.start({ name: "a", latencyMs: 0, slowMs: 20 });
const argsFor = ({ url }: Downstream, ...more: readonly string[]) => [
  ...["--services", `a=${url}`, "--port", "0", "--timeout", "1000000", "--call-timeout", "1000000"],
  ...more,
];

async function urlOf(service: Awaited<ReturnType<typeof start>>): Promise<string> {
  return JSON.parse(await service.line(/"listening"/)).url;
}

// Each test waits for what a process does, not for a time: the limit only ends a hang.
describe("the service as a program", { timeout: 300_000, concurrent: true }, () => {
  it("stops at SIGTERM under load with status 0, and every request that was taken has its answer", async () => {
    await using a = await behind();
    a.behave = () => "slow";
    await using service = await start(argsFor(a, "--deadline", "100000", "--with", "none"));
    const url = await urlOf(service);
    const statuses: (number | "refused")[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      for (;;) {
        const told = await fetch(`${url}ask?services=a`).catch(() => undefined);
        statuses.push(told?.status ?? "refused");
        if (told === undefined) return;
        await told.text(); // It rejects if the answer is cut off.
      }
    });
    await until(() => statuses.length >= 100);
    service.kill("SIGTERM");
    expect(await service.exit).toEqual({ code: 0, signal: null });
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual(Array(8).fill("refused"));
    expect(JSON.parse(await service.line(/"stopped"/))).toMatchObject({ cut: [], permits: 0, calls: 0 });
    await until(() => a.sockets === 0);
  });

  it("says that it is not ready while it stops, and answers all the same", async () => {
    await using a = await behind();
    await using service = await start(argsFor(a, "--notice", "100000000"));
    const url = await urlOf(service);
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    service.kill("SIGTERM");
    await service.line(/"stopping"/);
    await until(async () => (await fetch(`${url}readyz`)).status === 503);
    const { status, headers } = await fetch(`${url}ask?services=a`);
    expect([status, headers.get("connection")]).toEqual([200, "close"]);
    service.kill("SIGTERM");
    expect(await service.exit).toEqual({ code: 143, signal: null });
  });

  it("cuts off at the deadline what does not come to an end, and hangs up on the services, with status 1", async () => {
    await using a = await behind();
    a.behave = () => "stalled";
    await using service = await start(argsFor(a, "--deadline", "200"));
    const asked = fetch(`${await urlOf(service)}ask?services=a`);
    await until(() => a.underWay === 1);
    service.kill("SIGTERM");
    await expect(asked).rejects.toThrow();
    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(JSON.parse(await service.line(/"stopped"/))).toMatchObject({ cut: ["http"] });
    await until(() => a.underWay === 0);
  });

  it.each([
    [["--port", "http"], 2, '--port must be a whole number from 0 to 65535, got "http"\nSee --help.\n'],
    [["--with", "magic"], 2, "--with must be none, or some of breaker"],
    [["--services", "a"], 2, "--services must be services such as"],
  ])("refuses %j", async (args, code, words) => {
    await using service = await start(args, { env: { FANOUT_SERVICES: "a=http://127.0.0.1:1/" } });
    expect(await service.exit).toEqual({ code, signal: null });
    expect([service.stdout, service.stderr]).toEqual(["", expect.stringContaining(words)]);
  });

  it("says that its port is taken", async () => {
    await using a = await behind();
    await using first = await start(argsFor(a));
    const { port } = new URL(await urlOf(first));
    await using late = await start(["--services", `a=${a.url}`, "--port", port]);
    expect([(await late.exit).code, late.stderr]).toEqual([
      2,
      expect.stringContaining(`--port ${port} is taken`),
    ]);
  });

  it("is set up by the environment, too, and tells its options", async () => {
    await using a = await behind();
    await using service = await start([], { env: { FANOUT_SERVICES: `a=${a.url}`, FANOUT_PORT: "0" } });
    expect((await fetch(`${await urlOf(service)}ask?services=a`)).status).toBe(200);
    await using help = await start(["--help"]);
    expect([(await help.exit).code, help.stdout]).toEqual([
      0,
      expect.stringContaining("node service/main.ts"),
    ]);
  });

  it("runs an answer that is half done as far as that goes", async () => {
    await using a = await behind();
    await using service = await start(argsFor(a), { condition: "starter" });
    const told = await fetch(`${await urlOf(service)}ask?services=a`);
    expect([told.status, JSON.stringify(await told.json())]).toEqual([
      500,
      expect.stringContaining("/problems/failed"),
    ]);
    await service.line(/TODO 1\.1/);
  });
});
