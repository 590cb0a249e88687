import type {
  ClosingSocket,
  ConnectionSource,
  ConnectionState,
  ConnectionWatch,
  ServedListener,
  TellConnection,
} from "../../contract.ts";

export function watchConnections(server: ConnectionSource, tell: TellConnection): ConnectionWatch {
  const open = new Map<ClosingSocket, Connection>();
  let seen = 0;
  const connected = (socket: ClosingSocket) => {
    seen += 1;
    const connection = new Connection(seen, tell);
    open.set(socket, connection);
    socket.on("close", () => {
      open.delete(socket);
      connection.become("closed");
    });
  };
  const requested: ServedListener = ({ socket }, response) => {
    const connection = open.get(socket); // None if it is older than the watch.
    connection?.asked();
    response.on("close", () => connection?.answered());
  };
  server.on("connection", connected);
  server.prependListener("request", requested);
  return {
    closeNew: () => {
      for (const [socket, { state }] of [...open]) if (state === "new") socket.destroy();
    },
    [Symbol.dispose]: () => {
      server.off("connection", connected);
      server.off("request", requested);
    },
  };
}

class Connection {
  readonly #id: number;
  readonly #tell: TellConnection;
  #state: ConnectionState = "new";
  /** More than one if the client does not wait for its answers. */
  #underWay = 0;

  constructor(id: number, tell: TellConnection) {
    this.#id = id;
    this.#tell = tell;
    tell(id, "new");
  }

  get state(): ConnectionState {
    return this.#state;
  }

  asked(): void {
    this.#underWay += 1;
    this.become("active");
  }

  answered(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.become("idle");
  }

  /** Closed is for good: the last answer of a connection that has gone may end after it. */
  become(state: ConnectionState): void {
    if (this.#state === "closed" || this.#state === state) return;
    this.#state = state;
    this.#tell(this.#id, state);
  }
}
