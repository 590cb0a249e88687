/**
 * The thread that has the file open. SQLite waits for the disk, and for other processes, without letting go of its
 * thread; this one has nothing else to do, and the main thread's event loop never stands still.
 */
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { failureOf } from "./failure.ts";
import { openDatabase } from "./open-database.ts";
import type { FileSettings, Message, Reply, Request } from "./protocol.ts";
import { Writer } from "./writer.ts";

const settings: FileSettings = workerData;

try {
  const db = openDatabase(settings);
  serve(db, new Writer(db, settings));
  reply({ opened: true });
} catch (error) {
  reply({ failed: failureOf(error, settings) });
}

/**
 * While a batch is being written the next calls come together: the busier it is, the more of them share one transaction.
 * No timer is needed to collect them, and a single call waits for nobody.
 */
function serve(db: DatabaseSync, writer: Writer): void {
  let waiting: Request[] = [];
  let isClosing = false;
  let isPlanned = false;

  parentPort?.on("message", (message: Message) => {
    if (message === "close") isClosing = true;
    else waiting.push(...message);
    plan();
  });

  /** An immediate comes after all messages that have arrived. */
  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(work);
  }

  function work(): void {
    isPlanned = false;
    const requests = waiting;
    waiting = [];
    for (const batch of batchesOf(requests)) reply(writer.answer(batch));
    if (isClosing) {
      db.close();
      parentPort?.close();
      return;
    }
    if (requests.length === 0) writer.sweep();
    if (writer.mayHaveMoreToSweep) plan();
  }
}

function* batchesOf(requests: readonly Request[]): Generator<readonly Request[]> {
  for (let n = 0; n < requests.length; n += settings.batchLimit) {
    yield requests.slice(n, n + settings.batchLimit);
  }
}

function reply(message: Reply): void {
  parentPort?.postMessage(message);
}
