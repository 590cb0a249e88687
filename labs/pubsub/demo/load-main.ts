/** The second process: it listens and publishes. It is started by `LoadProcess`, and ends when that lets go of it. */

import { randomUUID } from "node:crypto";
import { tellStarter } from "@pattern-labs/demo/service";
import { Listener, numberOf } from "./listener.ts";
import { type Group, type LoadFigures, loadSchema, type News, newsSchema, orderSchema } from "./messages.ts";
import { Publisher } from "./publisher.ts";

const options = loadSchema.parse(JSON.parse(process.argv[2] ?? ""));
/** Another hub with the same topics may have a load, too. */
const RUN = randomUUID().slice(0, 8);
const LOOK_EVERY_MS = 20;
const REPORT_EVERY_MS = 200;

let fast: readonly Listener[] = [];
let slow: readonly Listener[] = [];
let publisher: Publisher | undefined;

process.on("message", (message) => {
  const given = orderSchema.parse(message);
  if (given.order === "begin") void begin(new URL(given.url));
  else void finish();
});
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches both processes, and so does its end; when this one ends is for the other to say.
process.on("SIGINT", () => {}).on("SIGHUP", () => {});
tell({ news: "ready" });

async function begin(url: URL): Promise<void> {
  const listen = (name: string, asleep: boolean) =>
    new Listener({ url: new URL(`/events?pattern=load.${RUN}.>&name=${name}`, url), asleep });
  fast = Array.from({ length: options.fast }, (_, n) => listen(`fast-${n + 1}`, false));
  slow = Array.from({ length: options.slow }, (_, n) => listen(`slow-${n + 1}`, true));
  await until(() => everybody().every(({ place }) => place !== ""));
  publisher = new Publisher(new URL("/publish", url), { ...options, prefix: `load.${RUN}` });
  setInterval(() => tell({ news: "figures", figures: figures() }), REPORT_EVERY_MS);
}

/** What was published last reaches everybody as an event, as missed, or by a heartbeat that says how far it is. */
async function finish(): Promise<void> {
  await publisher?.end();
  for (const listener of slow) listener.wake();
  const last = numberOf(publisher?.last ?? "");
  await until(() => everybody().every(({ number }) => number >= last));
  tell({ news: "finished", figures: figures() });
}

function everybody(): readonly Listener[] {
  return [...fast, ...slow];
}

function figures(): LoadFigures {
  const { posted = 0, failed = 0, seconds = 0 } = publisher ?? {};
  return { fast: sumOf(fast, posted), slow: sumOf(slow, posted), posted, failed, seconds };
}

function sumOf(listeners: readonly Listener[], posted: number): Group {
  const sum = (key: "received" | "missed" | "gone" | "twice" | "connections") =>
    listeners.reduce((total, listener) => total + listener[key], 0);
  return {
    listeners: listeners.length,
    complete: listeners.filter((listener) => isComplete(listener, posted)).length,
    received: sum("received"),
    missed: sum("missed"),
    gone: sum("gone"),
    twice: sum("twice"),
    connections: sum("connections"),
  };
}

/** What is gone from the log is counted whatever its topic, so that is a bound. */
function isComplete({ received, missed, gone }: Listener, posted: number): boolean {
  return received + missed <= posted && received + missed + gone >= posted;
}

function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (!holds()) return;
      clearInterval(look);
      resolve();
    }, LOOK_EVERY_MS);
  });
}

function tell(news: News): void {
  tellStarter(newsSchema.parse(news));
}
