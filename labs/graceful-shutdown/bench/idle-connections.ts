import { once } from "node:events";
import { connect, type Socket } from "node:net";

const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const AT_ONCE = 50;

/** Opens so many connections, each of which has asked once, and now is kept open for the next time. */
export async function openIdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  const loops = Array.from({ length: Math.min(AT_ONCE, count) }, async () => {
    while (sockets.length < count) {
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket);
      socket.on("error", () => {});
      socket.write(REQUEST);
      await once(socket, "data");
      socket.resume(); // So that it sees the end, and closes its own side.
    }
  });
  await Promise.all(loops);
  return sockets;
}
