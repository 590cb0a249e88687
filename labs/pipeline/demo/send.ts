import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { count, duration, folded, grouped, megabytes, showLive, widthOf } from "@pattern-labs/demo";
import type { SendOptions } from "../given/options.ts";
import { sampleLine } from "../given/sample-lines.ts";
import { mischief } from "./mischief.ts";

const CHUNK_BYTES = 16_384;

/** What has become of all connections together. */
export interface SendTally {
  lines: number;
  /** Bytes that the operating system has taken. */
  bytes: number;
  /** How long, at most, a connection had to wait until it could go on writing, in milliseconds. */
  longestWaitMs: number;
  /** Connections that sent all that they had. */
  complete: number;
  /** Why the others did not. */
  readonly failures: string[];
}

/** Sends log lines over several connections at once, each as fast as it is read. */
export async function sendLines(options: SendOptions, signal: AbortSignal): Promise<number> {
  const tally: SendTally = { lines: 0, bytes: 0, longestWaitMs: 0, complete: 0, failures: [] };
  const began = performance.now();
  {
    using _view = showLive((width) => folded(summaryOf(tally, performance.now() - began), width).join("\n"));
    const connections = Array.from({ length: options.senders }, () => sendOver(options, tally, signal));
    if (options.mischief) connections.push(mischief(options, signal));
    await Promise.all(connections);
  }
  const ms = performance.now() - began;
  const report = options.json
    ? [JSON.stringify({ ...tally, ms: Math.round(ms) })]
    : folded(summaryOf(tally, ms), widthOf(process.stdout));
  process.stdout.write(`${report.join("\n")}\n`);
  for (const failure of new Set(tally.failures)) process.stderr.write(`A connection failed: ${failure}\n`);
  return tally.failures.length === 0 ? 0 : 1;
}

/** Never rejects: what goes wrong with one connection is none of the others' business. */
async function sendOver(options: SendOptions, tally: SendTally, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: options.host, port: options.port });
  using _end = endWith(signal, socket);
  const pushed = () => socket.bytesWritten - socket.writableLength;
  let counted = 0;
  const countBytes = () => {
    tally.bytes += pushed() - counted;
    counted = pushed();
  };
  const counting = setInterval(countBytes, 100);
  try {
    await once(socket, "connect", { signal });
    for (const { bytes, lines } of chunks(options)) {
      if (!socket.write(bytes)) await drained(socket, tally, signal);
      tally.lines += lines;
    }
    socket.end();
    await once(socket, "close", { signal });
    tally.complete += 1;
  } catch (error) {
    if (!signal.aborted) tally.failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    clearInterval(counting);
    countBytes();
    socket.destroy();
  }
}

function endWith(signal: AbortSignal, socket: Socket): Disposable {
  const end = () => socket.destroy();
  signal.addEventListener("abort", end);
  socket.on("error", () => {}); // Whoever waits for the socket is told.
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", end) };
}

async function drained(socket: Socket, tally: SendTally, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const look = () => {
    tally.longestWaitMs = Math.max(tally.longestWaitMs, Math.round(performance.now() - began));
  };
  const looking = setInterval(look, 100);
  try {
    await once(socket, "drain", { signal });
  } finally {
    clearInterval(looking);
    look();
  }
}

/** The lines in pieces of one size, whatever that cuts in two. */
function* chunks({ lines, lineBytes, format }: SendOptions): Generator<{ bytes: Buffer; lines: number }> {
  let piece: Buffer[] = [];
  let size = 0;
  let began = 0;
  for (let number = 1; number <= lines; number += 1) {
    const line = sampleLine(format, number, lineBytes);
    piece.push(line);
    size += line.byteLength;
    if (size < CHUNK_BYTES) continue;
    const bytes = Buffer.concat(piece);
    const whole = bytes.byteLength - (bytes.byteLength % CHUNK_BYTES);
    yield { bytes: bytes.subarray(0, whole), lines: number - began };
    began = number;
    piece = [bytes.subarray(whole)];
    size = bytes.byteLength - whole;
  }
  if (size > 0) yield { bytes: Buffer.concat(piece), lines: lines - began };
}

function summaryOf({ lines, bytes, longestWaitMs, complete, failures }: SendTally, ms: number): string {
  const parts = [`sent ${grouped(lines)} lines`, megabytes(bytes), duration(ms)];
  if (complete > 0) parts.push(`${count(complete, "connection")} complete`);
  if (failures.length > 0) parts.push(`${failures.length} failed`);
  return [...parts, `longest wait ${duration(longestWaitMs)}`].join(" · ");
}
