import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SendOptions } from "../given/options.ts";
import { sampleLine } from "../given/sample-lines.ts";

/** What one connection does. It ends when this returns, unless it has broken the connection itself. */
type Prank = (socket: Socket, signal: AbortSignal) => Promise<void>;

const GOOD_LINE = sampleLine("json", 1, 300);

/** Each on a connection of its own; the comments say what a careful receiver makes of it. */
const PRANKS: readonly Prank[] = [
  // Some hundred rejected lines, none of which steers the terminal they are shown in.
  async (socket, signal) => write(socket, randomBytes(100_000), signal),
  // One rejected line, told long before it ends, and a good one.
  async (socket, signal) => {
    for (let piece = 0; piece < 64; piece += 1) {
      await write(socket, Buffer.alloc(65_536, "endless "), signal);
    }
    await write(socket, Buffer.concat([Buffer.from("\n"), GOOD_LINE]), signal);
  },
  // A good line: every character of more than one byte is split.
  async (socket, signal) => {
    socket.setNoDelay(true);
    for (const byte of Buffer.from("2015-07-29 17:41:44,747 - INFO  [tiny] - dög 狐 🦊\r\n")) {
      await write(socket, Buffer.of(byte), signal);
      await sleep(1, undefined, { signal });
    }
  },
  // A good line without its end, and no line more.
  async (socket, signal) => write(socket, GOOD_LINE.subarray(0, -1), signal),
  // A good line, and one that is rejected because it was left in the middle of a character.
  async (socket, signal) =>
    write(socket, Buffer.concat([GOOD_LINE, Buffer.from('{"message":"🦊').subarray(0, -1)]), signal),
  // A good line, and one that is cut off by ECONNRESET.
  async (socket, signal) => {
    await write(socket, Buffer.concat([GOOD_LINE, GOOD_LINE.subarray(0, 99)]), signal);
    await sleep(500, undefined, { signal }); // What has not been read when it breaks is lost.
    socket.resetAndDestroy();
  },
  // Nothing at all.
  async () => {},
  // Three rejected lines: an empty one, bytes that are no UTF-8, and a level that nobody knows.
  async (socket, signal) =>
    write(
      socket,
      Buffer.concat([
        Buffer.from("\n"),
        Buffer.from("M\xfcller\n", "latin1"),
        Buffer.from("2015-07-29 17:41:44,747 - LOUD  [x] - y\n"),
      ]),
      signal,
    ),
];

/** Does all that at once. Never rejects: that a receiver hangs up on it is part of the game. */
export async function mischief({ host, port }: SendOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(PRANKS.map((prank) => play(prank, connect({ host, port }), signal)));
}

async function play(prank: Prank, socket: Socket, signal: AbortSignal): Promise<void> {
  socket.on("error", () => {}); // Whoever waits for the socket is told.
  try {
    await once(socket, "connect", { signal });
    await prank(socket, signal);
    if (socket.destroyed) return;
    socket.end();
    await once(socket, "close", { signal });
  } catch {
  } finally {
    socket.destroy();
  }
}

async function write(socket: Socket, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain", { signal });
}
