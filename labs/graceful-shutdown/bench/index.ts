import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";
import { openIdle } from "./idle-connections.ts";

/** Longer than any of them needs here. */
const PATIENCE_MS = 20_000;

/** Looks after a server that does not listen yet, and gives what shuts it down. */
type Attach = (server: Server) => () => Promise<unknown>;

const ways: Readonly<Record<string, () => Promise<Attach> | Attach>> = {
  /** Nobody gets an answer any more: the least that can be done. */
  "cut everything": () => (server) => async () => {
    const closed = closeOf(server);
    server.closeAllConnections();
    await closed;
  },

  "server.close": () => (server) => () => closeOf(server),

  "http-terminator": async () => {
    const { createHttpTerminator } = await import("http-terminator");
    return (server) => {
      const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: PATIENCE_MS });
      return () => terminator.terminate();
    };
  },

  stoppable: async () => {
    const { default: stoppable } = await import("stoppable");
    return (server) => {
      const able = stoppable(server, PATIENCE_MS);
      return () => new Promise<void>((resolve) => able.stop(() => resolve()));
    };
  },

  answer: async () => {
    const { drainHttp }: Lab = await import("#lab");
    const { signal } = new AbortController();
    return (server) => () => drainHttp(server, { notReady: () => {}, noticeMs: 0, signal });
  },
};

function closeOf(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

/**
 * Measured from the call that shuts down until the last connection is closed. `npx node bench/restart.ts` times the whole end
 * of real processes, from SIGTERM to the exit, and counts what fails in a rolling restart.
 */
function shutDownWith(connections: number): Workload {
  return {
    title: `shut a server down on which ${connections} connections are kept alive`,
    operations: 1,
    floor: "cut everything",
    strategies: Object.entries(ways).map(([name, load]) => strategy(name, load, connections)),
    check: (result) => (result === connections ? undefined : `${result} connections were closed`),
  };
}

function strategy(name: string, load: () => Promise<Attach> | Attach, connections: number): Strategy {
  return {
    name,
    ...(name === "answer" ? { answer: true } : { ours: false }),
    prepare: async () => {
      const attach = await load();
      let shutDown: () => Promise<unknown>;
      let closed: readonly Promise<unknown>[] = [];
      return {
        before: async () => {
          const server = createServer((_, response) => void response.end("quick"));
          shutDown = attach(server);
          server.listen(0, "127.0.0.1");
          await once(server, "listening");
          const sockets = await openIdle((server.address() as AddressInfo).port, connections);
          closed = sockets.map((socket) => once(socket, "close"));
        },
        run: async () => {
          await shutDown();
          return (await Promise.all(closed)).length;
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

export default defineBench({ title: "Graceful shutdown", workloads: [0, 100, 1_000].map(shutDownWith) });
