import { once } from "node:events";
import { createServer } from "node:http";
import { announce, explain, PAGE_WIDTH, showLive, widthOf } from "@pattern-labs/demo";
import { listen } from "@pattern-labs/demo/service";
import type { Lab } from "../contract.ts";
import type { Hub } from "./hub.ts";
import { LoadProcess } from "./load-process.ts";
import { MemoryGauge } from "./memory-gauge.ts";
import type { DemoOptions } from "./options.ts";
import type { HubLog } from "./recent.ts";
import { asJson, asText, holds, type Run } from "./report.ts";
import { HubServer } from "./server.ts";
import { isSystemError } from "./system-error.ts";
import { openTopics } from "./topics.ts";
import { liveView, plainLine } from "./view.ts";
import { count } from "./words.ts";

/** How long it may take at the end until somebody has read a little more of what waits for the sleepers. */
const WAKING_MS = 20_000;
/** At the end they need to be told how far they are. */
const LAST_BEATS_MS = 50;

/** The hub, and the load if there is any, until `signal` aborts or the time is over. */
export async function serve(lab: Lab, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const faulty = new AbortController();
  // What is below first: who comes while it is being opened finds nobody, and comes again.
  await using topics = await openTopics(lab, options, (error) => faulty.abort(error));
  const { hub, publish } = topics;
  const { log } = hub;
  const server = createServer();
  await listen(server, { port: options.port });
  await using http = new HubServer(server, {
    hub,
    bodyLimit: options.bodyLimit,
    publish,
    onFault: (error) => {
      if (isSystemError(error)) announce(`Cannot write down what is published: ${error.message}`);
      else faulty.abort(error);
    },
  });
  using beats = new Beats(hub, options.heartbeatMs);
  process.stdout.write(options.json ? "" : welcome(http.url, log, options));

  const memory = new MemoryGauge();
  await using load = hasLoad(options) ? await LoadProcess.start(options.load) : undefined;
  load?.begin(http.url);
  const run = (): Run => ({
    options,
    hub: hub.figures(),
    load: load?.figures,
    grownBytes: memory.grown,
    last: log.last,
  });
  {
    using _memory = memory;
    using _view = showLive(() => liveView(run(), http.url), { plain: () => plainLine(run()) });
    await over([signal, faulty.signal, ...(load === undefined ? [] : [load.lost])], options, load);
    if (load !== undefined && !faulty.signal.aborted) {
      beats.every(LAST_BEATS_MS);
      const isFinished = await load.finish(WAKING_MS);
      if (!isFinished) announce("Not everybody has read to the end in time.");
    }
  }
  const result = run();
  await http.close();
  if (faulty.signal.aborted) {
    process.stderr.write(`${explain(faulty.signal.reason, "broker")}\n`);
    return 1;
  }
  const width = Math.min(PAGE_WIDTH, widthOf(process.stdout));
  process.stdout.write(options.json ? asJson(result) : asText(result, width));
  return holds(result) ? 0 : 1;
}

const hasLoad = ({ load: { fast, slow, rate } }: DemoOptions) => fast + slow + rate > 0;

/** Until one of the signals aborts, the time is over, or all messages are published. */
async function over(
  signals: readonly AbortSignal[],
  { seconds, load: { messages } }: DemoOptions,
  load: LoadProcess | undefined,
): Promise<void> {
  const clock = seconds === undefined ? [] : [AbortSignal.timeout(1_000 * seconds)];
  const first = AbortSignal.any([...signals, ...clock]);
  if (first.aborted) return;
  if (messages === undefined || load === undefined) return void (await once(first, "abort"));
  await load.published(messages, first).catch((error) => {
    if (!first.aborted) throw error;
  });
}

/** Lets the hub give signs of life. */
class Beats implements Disposable {
  readonly #hub: Hub<HubLog>;
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: Hub<HubLog>, everyMs: number) {
    this.#hub = hub;
    this.every(everyMs);
  }

  every(ms: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#hub.beat(), ms);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function welcome(url: URL, log: HubLog, { nats, keep, bufferLimit, whenFull }: DemoOptions): string {
  const from = log.last === 0 ? "begins a new log" : `goes on after event ${count(log.last)} of its log`;
  return `The hub ${from}, of ${count(keep)} messages${nats === undefined ? "" : `, which it shares with all hubs at ${URL.parse(nats)?.host}`}.
${count(bufferLimit)} may wait for each listener (${whenFull}).

  ${url.href} in a browser
  curl -N '${url.href}events?pattern=orders.*'
  curl -d '{"topic":"orders.created","payload":{"id":1}}' ${url.href}publish

Ctrl-C ends it.
`;
}
