import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Program } from "../program.ts";

let port: MessagePort | undefined;

function openChannel(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on("message", () => {});
  port2.postMessage("hello");
  port = port1;
  return port1;
}

export const messagePort: Program = {
  mistake: "a message port that is listened to and never closed",
  leaves: [{ kind: "handle", in: "openChannel" }],
  async buggy() {
    openChannel();
    await Promise.resolve();
  },
  async fixed() {
    const opened = openChannel();
    await once(opened, "message");
    opened.close();
  },
  cleanUp: () => port?.close(),
};

let worker: Worker | undefined;

function startThread(): Worker {
  worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
  return worker;
}

export const workerThread: Program = {
  mistake: "a thread that waits for messages after all is done",
  leaves: [{ kind: "handle", in: "startThread" }],
  async buggy() {
    await once(startThread(), "online");
  },
  async fixed() {
    const started = startThread();
    await once(started, "online");
    void started.terminate(); // Nobody waits for its end: it is on its way.
  },
  cleanUp: () => worker?.terminate(),
};
