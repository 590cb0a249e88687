/**
 * A hundred who sleep beside ten who read: what does it cost the publisher, and is every drop counted?
 *
 * ```sh
 * npx node bench/slow.ts                    # in memory, and on a NATS server of its own
 * npx node bench/slow.ts --seconds 5 --rate 20000
 * ```
 *
 * It prints counts and rates. Status 1 if a count does not come out; a rate is nobody's fault.
 */
import { parseArgs } from "node:util";
import * as lab from "#lab"; // The attempt, with --conditions attempt.
import type { AnyBroker } from "../engines/any-broker.ts";
import { NatsBroker } from "../engines/nats.ts";
import { openNats } from "./nats-server.ts";

const READERS = 10;
const SLEEPERS = 100;
const BUFFER_LIMIT = 100;
/** The publisher goes on when its readers have these. */
const BATCH = 100;
const TOPIC = "prices.gold";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, rate: { type: "string", default: "5000" } },
});
const seconds = numberOf("seconds", values.seconds);
const rate = numberOf("rate", values.rate);

interface Open extends AsyncDisposable {
  readonly publisher: AnyBroker;
  readonly subscriber: AnyBroker;
}

interface Result {
  readonly published: number;
  readonly perSecond: number;
  readonly read: number;
  readonly dropped: number;
  readonly grownBytes: number;
}

for (const [name, open] of [
  ["in memory", openMemory],
  ["NATS, each with a subscription of its own", () => openNatsBroker(false)],
  ["NATS, one subscription, passed on in memory", () => openNatsBroker(true)],
] as const) {
  for (const paced of [rate, Number.POSITIVE_INFINITY]) {
    const alone = await measured(open, 0, paced);
    const beside = await measured(open, SLEEPERS, paced);
    console.log(
      `${name}, ${paced === rate ? `${count(rate)} a second asked for` : "as quickly as its readers read"}`,
    );
    console.log(`  ${READERS} who read                   ${inWords(alone)}`);
    console.log(`  ${READERS} who read, ${SLEEPERS} who sleep   ${inWords(beside)}`);
    console.log(`  rate beside the sleepers: ${((100 * beside.perSecond) / alone.perSecond).toFixed(1)} %\n`);
    check(alone, 0);
    check(beside, SLEEPERS);
  }
}

async function measured(open: () => Promise<Open>, sleepers: number, perSecond: number): Promise<Result> {
  await using opened = await open();
  const { publisher, subscriber } = opened;
  let read = 0;
  let wanted = 0;
  let caughtUp = () => {};
  const readers = Array.from({ length: READERS }, () => subscriber.subscribe(TOPIC));
  for (const reader of readers) {
    void (async () => {
      for await (const _ of reader) {
        read += 1;
        if (read === wanted) caughtUp();
      }
    })();
  }
  const asleep = Array.from({ length: sleepers }, () =>
    subscriber.subscribe(TOPIC, { bufferLimit: BUFFER_LIMIT }),
  );
  if (subscriber instanceof NatsBroker) await subscriber.flush();

  const before = process.memoryUsage.rss();
  const began = performance.now();
  let published = 0;
  let most = before;
  while (performance.now() - began < 1_000 * seconds) {
    const arrived = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    wanted += BATCH * READERS;
    for (let n = 0; n < BATCH; n += 1) publisher.publish(TOPIC, { price: published + n });
    published += BATCH;
    await arrived;
    most = Math.max(most, process.memoryUsage.rss());
    const early = (1_000 * published) / perSecond - (performance.now() - began);
    await new Promise((resolve) => (early >= 1 ? setTimeout(resolve, early) : setImmediate(resolve)));
  }
  const took = (performance.now() - began) / 1_000;
  if (publisher instanceof NatsBroker) await publisher.flush();
  if (subscriber instanceof NatsBroker) await subscriber.flush();
  const dropped = asleep.reduce((sum, { missed }) => sum + missed, 0);
  for (const subscription of [...readers, ...asleep]) subscription[Symbol.dispose]();
  return { published, perSecond: published / took, read, dropped, grownBytes: most - before };
}

/** What the sleepers have not missed is what lies in their buffers. */
function check({ published, read, dropped }: Result, sleepers: number): void {
  const due = sleepers * (published - Math.min(published, BUFFER_LIMIT));
  if (read === READERS * published && dropped === due) return;
  console.log(`✗ ${count(read)} were read and ${count(dropped)} counted as dropped, not ${count(due)}`);
  process.exitCode = 1;
}

async function openMemory(): Promise<Open> {
  const broker = lab.createBroker();
  return { publisher: broker, subscriber: broker, async [Symbol.asyncDispose]() {} };
}

async function openNatsBroker(isShared: boolean): Promise<Open> {
  const server = await openNats();
  const connect = () => NatsBroker.connect({ url: server.url, onError: console.error });
  const [publisher, remote] = await Promise.all([connect(), connect()]);
  const near = lab.createBroker();
  if (isShared) void passOn(remote, near);
  await remote.flush();
  return {
    publisher,
    subscriber: isShared ? near : remote,
    async [Symbol.asyncDispose]() {
      await publisher[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function passOn(from: NatsBroker, to: AnyBroker): Promise<void> {
  for await (const { topic, payload } of from.subscribe(">", { bufferLimit: 100_000 }))
    to.publish(topic, payload);
}

function inWords({ published, perSecond, read, dropped, grownBytes }: Result): string {
  const memory = `memory +${(grownBytes / 1e6).toFixed(1)} MB`;
  return `${count(published)} published, ${count(perSecond)}/s; ${count(read)} read, ${count(dropped)} dropped and counted; ${memory}`;
}

function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  console.error(`--${name} must be a number above 0, got "${text}"`);
  process.exit(2);
}
