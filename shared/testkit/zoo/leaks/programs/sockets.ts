import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Program } from "../program.ts";

let server: Server | undefined;
let socket: Socket | undefined;

async function listen(): Promise<Server> {
  server = createServer((connection) => connection.pipe(connection)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function dial(to: Server): Promise<Socket> {
  socket = connect((to.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function cleanUp(): Promise<void> {
  socket?.destroy();
  if (server?.listening) await new Promise((resolve) => server?.close(resolve));
}

async function talkAndHangUp(): Promise<void> {
  const listening = await listen();
  const connection = await dial(listening);
  connection.write("hello");
  await once(connection, "data");
  connection.end();
  listening.close(); // Nobody waits for it: it is on its way.
}

export const serverNotClosed: Program = {
  mistake: "a server that is left listening",
  leaves: [{ kind: "handle", in: "listen" }],
  buggy: listen,
  fixed: talkAndHangUp,
  cleanUp,
};

export const socketNotClosed: Program = {
  mistake: "the server was told to close, but the connection to it stays",
  leaves: [
    { kind: "handle", in: "dial" },
    { kind: "handle", in: "listen" },
  ],
  async buggy() {
    const listening = await listen();
    await dial(listening);
    listening.close();
  },
  fixed: talkAndHangUp,
  cleanUp,
};
