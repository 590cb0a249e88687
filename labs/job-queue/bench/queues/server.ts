import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
// biome-ignore lint/style/noRestrictedImports: it only tells where a server is and how it is started; nothing is judged.
import { findProgram, programs } from "@pattern-labs/testkit/service/programs";

export interface Server extends AsyncDisposable {
  readonly url: string;
}

/** However this process ends, by a SIGKILL, too: then the guard reads the end of its stdin, and kills its whole group. */
const GUARD = '("$@"; kill -9 0) & read -r _; kill -9 0';

/**
 * A server of the bench's own, set so that what it acknowledges is on the disk.
 *
 * @throws {Error} If this machine has none: it says how to get it.
 */
export async function openServer(name: "redis" | "postgres"): Promise<Server> {
  const program = programs[name];
  const { path, missing } = findProgram(program);
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), `${name}-bench-`));
  const place = { path, folder, port: await freePort() };
  program.prepare?.(place);
  const { args, env, uid } = program.launch(place);
  const child = spawn("sh", ["-c", GUARD, "sh", path, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    detached: true, // The guard and the server are a group of their own.
    ...(uid !== undefined && { uid }),
  });
  const closed = once(child, "close");
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      if (line.search(program.ready) !== -1) ready.resolve();
    });
  }
  await Promise.race([ready.promise, closed.then(() => Promise.reject(new Error(`${name} did not start`)))]);
  return {
    url: program.url(place.port),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
      await rm(folder, { recursive: true });
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
