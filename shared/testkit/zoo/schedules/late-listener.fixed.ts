import { EventEmitter, once } from "node:events";

export async function connect(
  open: (socket: EventEmitter) => void,
  logIn: () => Promise<void>,
): Promise<EventEmitter> {
  const socket = new EventEmitter();
  const opened = once(socket, "open");
  open(socket);
  await logIn();
  await opened;
  return socket;
}
