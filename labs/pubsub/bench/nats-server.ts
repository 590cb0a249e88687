import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
// biome-ignore lint/style/noRestrictedImports: it only tells where a server is and how it is started; nothing is judged.
import { findProgram, programs } from "@pattern-labs/testkit/service/programs";

/**
 * A NATS server of the bench's own, on this machine, set so that what JetStream acknowledges is on the disk.
 *
 * @throws {Error} If this machine has none: it says how to get it.
 */
export async function openNats(): Promise<{ readonly url: string } & AsyncDisposable> {
  const program = programs.nats;
  const { path, missing } = findProgram(program);
  if (missing !== undefined) throw new Error(missing);
  const place = { path, folder: await mkdtemp(join(tmpdir(), "nats-bench-")), port: await freePort() };
  program.prepare?.(place);
  const child = spawn(path, program.launch(place).args, {
    cwd: place.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill); // However this process ends, the server ends with it.
  const closed = once(child, "close");
  const ready = Promise.withResolvers<void>();
  createInterface(child.stderr).on("line", (line) => {
    if (program.ready.test(line)) ready.resolve();
  });
  await Promise.race([
    ready.promise,
    closed.then(() => Promise.reject(new Error("nats-server did not start"))),
  ]);
  return {
    url: program.url(place.port),
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
      process.off("exit", kill);
      await rm(place.folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
