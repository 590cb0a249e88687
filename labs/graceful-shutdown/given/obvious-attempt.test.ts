import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { startProcess } from "@pattern-labs/testkit";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [, code = "", output = ""] =
  /## The obvious attempt\n+```ts\n([\s\S]*?)```\n+```\n([\s\S]*?)```/.exec(readme) ?? [];

it("the obvious attempt in the README prints what stands below it", async () => {
  const onFreePort = code.replaceAll("8080", String(await freePort()));
  const args = ["--input-type=module-typescript", "--eval", onFreePort];
  await using attempt = await startProcess(process.execPath, args);
  await attempt.exit;
  expect(anySeconds(attempt.stdout)).toBe(anySeconds(output));
});

/** How long it takes is the client's affair, and the machine's; but it takes some seconds. */
const anySeconds = (text: string) => text.replace(/after [1-9]\d* s/, "after some s");

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
