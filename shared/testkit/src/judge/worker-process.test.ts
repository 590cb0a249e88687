import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { expect, it } from "vitest";
import type { PoolOptions, WorkerRequest } from "vitest/node";
import { WorkerProcess } from "./worker-process.ts";

/** A test process in the place of vitest's own. */
async function withProcess(script: string, test: (options: PoolOptions) => Promise<void>): Promise<void> {
  const distPath = mkdtempSync(join(tmpdir(), "worker-process-"));
  try {
    mkdirSync(join(distPath, "workers"));
    writeFileSync(join(distPath, "workers", "forks.js"), script);
    await test({
      distPath,
      env: {},
      execArgv: [],
      project: { config: { root: distPath } },
    } as unknown as PoolOptions);
  } finally {
    rmSync(distPath, { recursive: true });
  }
}

it("tells of a death, not of the messages that came too late for it", () =>
  withProcess("process.send('alive'); process.on('message', () => {})", async (options) => {
    const died = Promise.withResolvers<NodeJS.Signals | null>();
    const process = new WorkerProcess(options, {
      onRun: () => {},
      onOutput: () => {},
      onReport: () => {},
      onDeath: (_, { signal }) => died.resolve(signal),
    });
    const errors: unknown[] = [];
    process.on("error", (error) => errors.push(error));
    const ended = new Promise<void>((resolve) => process.on("exit", () => resolve()));
    await new Promise<void>((resolve) => process.on("message", () => resolve()));

    process.kill();
    spawnSync(execPath, ["--version"]); // Meanwhile it dies, and this process has not heard of it.
    process.send({ type: "stop" } as WorkerRequest);

    expect(await died.promise).toBe("SIGKILL");
    await ended;
    expect(errors).toEqual([]);
  }));
