import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { ConnectionSource, ConnectionWatch, TellConnection } from "../contract.ts";
import { lab } from "./subject.ts";

challenge("connections", lab, () => {
  it("connections.1 each connection is told of as new, then active and idle with each request, then closed", () => {
    const { server, told } = watched();
    const first = connect(server);
    const second = connect(server);
    const answer = ask(server, first);
    answer.emit("close");
    ask(server, first).emit("close");
    ask(server, second);
    second.emit("close");
    first.emit("close");
    expectTold(told, "1 new, 2 new, 1 active, 1 idle, 1 active, 1 idle, 2 active, 2 closed, 1 closed");
  });

  it("connections.2 nothing is told of a connection that has closed, nor of one from before", () => {
    const { server, told } = watched();
    const socket = connect(server);
    const answer = ask(server, socket);
    socket.emit("close");
    answer.emit("close"); // With Node, one may come before or after the other.
    ask(server, new FakeSocket()).emit("close");
    expectTold(told, "1 new, 1 active, 1 closed");
  });

  it("connections.3 `closeNew` closes those that have never asked for anything, and no other", () => {
    const { server, told, watch } = watched();
    const [silent, active, idle] = [connect(server), connect(server), connect(server)];
    ask(server, active);
    ask(server, idle).emit("close");
    watch.closeNew();
    guarantee(silent.isDestroyed && !active.isDestroyed && !idle.isDestroyed, {
      happened: `closed were: ${[silent.isDestroyed && "the new one", active.isDestroyed && "the active one", idle.isDestroyed && "the idle one"].filter(Boolean).join(", ") || "none"}`,
      expected: "the new one",
      why: "A client that stalls in the middle of its request is not idle to Node: it would hold up the close until the deadline.",
    });
    watch.closeNew();
    expectTold(told, "1 new, 2 new, 3 new, 2 active, 3 active, 3 idle, 1 closed");
  });

  it("connections.4 disposing takes all listeners off the server; of those that are open it tells on", () => {
    const { server, told, watch } = watched();
    const before = connect(server);
    watch[Symbol.dispose]();
    const left = server.listenerCount("connection") + server.listenerCount("request");
    guarantee(left === 0, {
      happened: `${left} listeners were left on the server`,
      expected: "none",
      why: "Each watch would stay for as long as the server.",
    });
    connect(server);
    before.emit("close");
    expectTold(told, "1 new, 1 closed");
  });
});

class FakeSocket extends EventEmitter {
  isDestroyed = false;

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }
}

function connect(server: EventEmitter): FakeSocket {
  const socket = new FakeSocket();
  server.emit("connection", socket);
  return socket;
}

function ask(server: EventEmitter, socket: FakeSocket): EventEmitter {
  const response = new EventEmitter();
  server.emit("request", { socket }, response);
  return response;
}

function watched() {
  const server = new EventEmitter();
  const told: string[] = [];
  guarantee(lab.watchConnections !== undefined, {
    happened: "the challenge is named in `attempted`, and `watchConnections` is not exported",
    expected: "it is",
    why: "There is nothing to judge.",
  });
  const tell: TellConnection = (id, state) => told.push(`${id} ${state}`);
  const watch: ConnectionWatch = lab.watchConnections(server, tell);
  return { server, told, watch };
}

function expectTold(told: readonly string[], expected: string): void {
  guarantee(told.join(", ") === expected, {
    happened: `told was: ${told.join(", ")}`,
    expected,
    why: "Whoever asks why a shutdown takes so long looks for the connection that does not close.",
  });
}

/** The real server fits. */
export const realServer: ConnectionSource = createServer();
