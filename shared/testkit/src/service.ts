import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { type RunningProcess, startProcess } from "./process.ts";
import { findProgram } from "./service/find-program.ts";
import { type Place, type Program, programs, type ServiceName } from "./service/programs.ts";

export type { ServiceName } from "./service/programs.ts";

/** A real server, ended and forgotten with all that it stored when its scope is left. */
export interface RunningService extends AsyncDisposable {
  /** Where clients find it: "redis://127.0.0.1:40123". It stays the same when it is started again. */
  readonly url: string;
  /** Ends it as a lost machine would, by SIGKILL; waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again, with what it had stored; waits until it can be spoken to. It must not be running. */
  restart(): Promise<void>;
}

/**
 * Starts a server of the test's own, on a free port and in a new folder, so that it may be killed. What it acknowledges
 * is on the disk: Redis appends with `always`, NATS has JetStream with `sync_interval: always`.
 *
 * @example
 * ```ts
 * await using redis = await startService("redis");
 * const queue = createQueue({ url: redis.url });
 * await redis.kill();
 * await redis.restart();
 * ```
 *
 * @throws {Error} If the program is missing or too old: it says what to type to get it. Or if it does not start: then
 *   it says what it printed.
 */
export async function startService(name: ServiceName): Promise<RunningService> {
  const program = programs[name];
  const { path, missing } = findProgram(program);
  if (missing !== undefined) throw new Error(`Cannot start a service: ${missing}`);
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const service = new Service(program, { path, folder, port: await freePort() });
  try {
    program.prepare?.(service.place);
    await service.restart();
    return service;
  } catch (error) {
    await service[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * The address of a server for tests that neither kill it nor mind what others keep there: the one that `REDIS_URL`,
 * `NATS_URL` or `PG_URL` gives, or else a server of the test's own.
 */
export async function serviceAddress(name: ServiceName): Promise<{ readonly url: string } & AsyncDisposable> {
  const url = process.env[programs[name].variable];
  return url ? { url, [Symbol.asyncDispose]: async () => {} } : await startService(name);
}

/**
 * `describe` for tests that need a server. Where its program is missing the suite is skipped, and a line says so and what
 * to type to get it; with `REQUIRE_SERVICES=1`, as in CI, that is a failure.
 */
export function describeService(name: ServiceName, title: string, body: () => void): void {
  const { missing } = findProgram(programs[name]);
  if (missing === undefined) return void describe(title, body);
  if (process.env["REQUIRE_SERVICES"] === "1") {
    describe(title, () =>
      it(`has its ${name} server`, () => {
        throw new Error(missing);
      }),
    );
    return;
  }
  console.warn(`SKIPPED: ${title}. ${missing}`);
  // Why it is skipped stands in the line above and in the title; with REQUIRE_SERVICES=1 it fails instead.
  describe.skip(`${title} (skipped: ${missing})`, body);
}

class Service implements RunningService {
  readonly place: Place;
  readonly #program: Program;
  #process: RunningProcess | undefined;

  constructor(program: Program, place: Place) {
    this.#program = program;
    this.place = place;
  }

  get url(): string {
    return this.#program.url(this.place.port);
  }

  async restart(): Promise<void> {
    if (this.#process !== undefined) throw new Error(`Cannot start ${this.#program.command}: it is running`);
    const { args, env, uid } = this.#program.launch(this.place);
    this.#process = await startProcess(this.place.path, args, {
      cwd: this.place.folder,
      ...(env && { env }),
      ...(uid !== undefined && { uid }),
    });
    await this.#process.line(this.#program.ready);
  }

  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    process?.kill("SIGKILL");
    await process?.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.place.folder, { recursive: true, force: true });
  }
}

/** One that was free a moment ago: the system gives them in turn, so that nobody else is given it soon. */
async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return await promise;
}
