import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../contract.ts";

/** Longer than anything takes here: only what hangs would reach it. */
const PATIENCE_MS = 30_000;

export interface Surroundings {
  readonly server: Server;
  readonly notReady: () => void;
  /** 0: no notice is given, and readiness stays as it is; but for the answer, which always turns it off. */
  readonly noticeMs: number;
}

/** Has SIGTERM shut the server down, as the library's own documentation says. */
type Way = (surroundings: Surroundings) => Promise<void> | void;

export const ways: Readonly<Record<string, Way>> = {
  "process.exit": (given) => onSigterm(given, () => process.exit(0)),

  "server.close": (given) => onSigterm(given, () => given.server.close(() => process.exit(0))),

  "close-with-grace": async (given) => {
    const { default: closeWithGrace } = await import("close-with-grace");
    closeWithGrace({ delay: PATIENCE_MS, logger: false }, async () => {
      await notice(given);
      await new Promise<void>((resolve) => void given.server.close(() => resolve()));
    });
  },

  "http-terminator": async (given) => {
    const { createHttpTerminator } = await import("http-terminator");
    const { server } = given;
    const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: PATIENCE_MS });
    onSigterm(given, async () => {
      await terminator.terminate();
      process.exit(0);
    });
  },

  stoppable: async (given) => {
    const { default: stoppable } = await import("stoppable");
    const server = stoppable(given.server, PATIENCE_MS);
    onSigterm(given, () => server.stop(() => process.exit(0)));
  },

  answer: async ({ server, notReady, noticeMs }) => {
    const { createLifecycle, drainHttp, supervise }: Lab = await import("#lab");
    const http = {
      name: "http",
      stopWithinMs: PATIENCE_MS,
      stop: async ({ signal }: { readonly signal: AbortSignal }) => {
        await drainHttp(server, { notReady, noticeMs, signal });
      },
    };
    const lifecycle = createLifecycle([http]);
    supervise(lifecycle, { host: process, deadlineMs: PATIENCE_MS, flush: async () => {} });
    await lifecycle.start();
  },
};

function onSigterm(given: Surroundings, close: () => unknown): void {
  process.once("SIGTERM", async () => {
    await notice(given);
    close();
  });
}

/** What every handbook says to do first, whichever library comes after it. */
async function notice({ notReady, noticeMs }: Surroundings): Promise<void> {
  if (noticeMs === 0) return;
  notReady();
  await sleep(noticeMs);
}
