import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "service-process-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A program that has started a service, and exits at SIGTERM without a word to it. */
function ownerOf(args: readonly string[]): string {
  const module = new URL("./service-process.ts", import.meta.url).href;
  return `import { ServiceProcess } from ${JSON.stringify(module)};
    const service = new ServiceProcess(${JSON.stringify(args)}, () => {});
    process.once("SIGTERM", () => process.exit(0));
    console.log(await service.url);`;
}

/** Its answers begin, and never come to an end. */
async function openHook() {
  const server = createServer((_, response) => {
    const drip = setInterval(() => response.write("."), 1_000); // So that nobody takes it for dead.
    response.once("close", () => clearInterval(drip));
    response.writeHead(200).write(".");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    called: once(server, "request") as Promise<[IncomingMessage]>,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe("ServiceProcess", { timeout: 300_000 }, () => {
  it("ends with whoever has started it, whatever it has in hand", async () => {
    using folder = temporaryFolder();
    using hook = await openHook();
    const file = join(folder.path, "owner.ts");
    mkdirSync(join(folder.path, "data"));
    const patient = ["--deadline", "2147483647"];
    const args = ["--port", "0", "--data", join(folder.path, "data"), "--webhooks", hook.origin, ...patient];
    writeFileSync(file, ownerOf(args));
    await using owner = await startProcess(process.execPath, [file]);
    const [url = ""] = /^http:\S+/.exec(await owner.line(/^http:/)) ?? [];
    const body = JSON.stringify({ type: "webhook", payload: { url: hook.origin } });
    const headers = { "Content-Type": "application/json" };
    expect((await fetch(`${url}jobs`, { method: "POST", headers, body })).status).toBe(202);
    const [request] = await hook.called;
    const left = new Promise((resolve) => request.socket.once("close", resolve)); // However it ends: `once` rejects at a reset.
    owner.kill("SIGTERM");
    expect(await owner.exit).toEqual({ code: 0, signal: null });
    await left; // Otherwise it would wait for the answer, and write into a folder that is being removed.
  });
});
