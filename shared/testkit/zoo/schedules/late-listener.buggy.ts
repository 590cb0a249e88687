import { EventEmitter, once } from "node:events";

export async function connect(
  open: (socket: EventEmitter) => void,
  logIn: () => Promise<void>,
): Promise<EventEmitter> {
  const socket = new EventEmitter();
  open(socket);
  await logIn();
  await once(socket, "open"); // Wrong: it may have happened during the login.
  return socket;
}
