import { sleep } from "@pattern-labs/primitives/sleep";
import type { Behaviour } from "../given/downstream.ts";
import { GatewayProcess } from "./gateway-process.ts";
import {
  type BehaveOrder,
  type DownstreamNews,
  downstreamNewsSchema,
  type LoadNews,
  type LoadOrder,
  loadNewsSchema,
  type PhaseFigures,
  type SeenAnswer,
  type ServedNews,
} from "./messages.ts";
import { CALL_LIMIT, SERVICES, WAIT_LIMIT } from "./names.ts";
import { PartProcess } from "./part-process.ts";
import { Scrape } from "./scrape.ts";
import { nameOf, type Step } from "./script.ts";

const SCRAPE_EVERY_MS = 250;
/** In which the processes get warm: it is shown nowhere. */
const WARM_UP_MS = 1_000;
/** What is still under way after so many looks was never told to end. Looks, since the machine may stand still in between. */
const MOST_LOOKS = 400;
/** How long the gateway's shutdown takes is no part of what is judged. */
const SHUTDOWN_MS = 3_600_000;

export interface ActOptions {
  readonly name: "guarded" | "bare";
  readonly title: string;
  /** Which challenges stand around the calls. */
  readonly challenges: readonly string[];
  readonly script: readonly Step[];
  readonly clients: number;
  readonly timeoutMs: number;
  readonly callTimeoutMs: number;
  readonly leavePercent: number;
  readonly seed: number;
  /** The services do something else with each request, and all is kept, to be compared. */
  readonly isShaken?: boolean;
  /** Told of figures as they come. */
  readonly onFigures?: ((act: Act) => void) | undefined;
}

/** What was seen of the gateway's process during one step of the script. */
export interface Phase {
  readonly name: string;
  callsMost: number;
  heapMost: number;
  residentMost: number;
}

/** How the gateway was left when all clients had their answers, and after it had been told to end. */
export interface Ending {
  readonly permits: number;
  readonly calls: number;
  readonly underWay: number;
  /** That of its process; or the signal that has ended it, as what was left would have kept it waiting. */
  readonly status: number | string;
  /** Connections that the services still saw. */
  readonly sockets: number;
}

/** The real service before twenty real services, under load, through one script. */
export class Act {
  readonly options: ActOptions;
  readonly phases: Phase[] = [];
  scrape = new Scrape("");
  /** Of each service, what it has under way, as it counts itself. */
  underWay: readonly number[] = SERVICES.map(() => 0);
  /** What the clients saw, by phase; first comes the time in which all got warm. */
  seen: readonly PhaseFigures[] = [];
  sent = 0;
  sockets = 0;
  behaviour: Behaviour = "well";
  misbehaving = 0;
  ending: Ending | undefined;
  /** What the gateway has logged as an error, if it has. */
  fault: string | undefined;
  readonly answers: SeenAnswer[] = [];
  readonly served: ServedNews[] = [];
  #downstreams: PartProcess<DownstreamNews, BehaveOrder> | undefined;

  constructor(options: ActOptions) {
    this.options = options;
  }

  /** The answer lacks a part: there is nothing to be seen of it. */
  get isUnwritten(): boolean {
    return this.fault?.startsWith("TODO") === true;
  }

  get permitsMost(): number {
    return this.scrape.get("gateway_permits_most");
  }

  /** By hand: the first `services` of them do this until the next step. */
  behave(behaviour: Behaviour, services = SERVICES.length / 2): void {
    this.behaviour = behaviour;
    this.misbehaving = behaviour === "well" ? 0 : services;
    this.#downstreams?.tell({ order: "behave", services, behaviour });
  }

  /** Resolves when all is over and put away. @throws The signal's reason, also then with an ending. */
  async run(signal: AbortSignal): Promise<void> {
    const { clients, leavePercent, seed, isShaken = false } = this.options;
    await using downstreams = new PartProcess<DownstreamNews, BehaveOrder>({
      name: "process of the services",
      script: "./downstreams-main.ts",
      settings: {},
      read: (news) => downstreamNewsSchema.parse(news),
    });
    const { urls } = await downstreams.next("ready");
    this.#downstreams = downstreams;
    downstreams.on("figures", (news) =>
      Object.assign(this, { underWay: news.underWay, sockets: news.sockets }),
    );
    downstreams.on("served", ({ served }) => void this.served.push(...served));
    await using gateway = await GatewayProcess.start(this.#gatewayArgs(urls));
    await using load = new PartProcess<LoadNews, LoadOrder>({
      name: "load generator",
      script: "./load-main.ts",
      settings: { clients, leavePercent, seed, isRecorded: isShaken },
      read: (news) => loadNewsSchema.parse(news),
    });
    await load.next("ready");
    load.on("figures", ({ sent, phases }) => Object.assign(this, { sent, seen: phases }));
    load.on("answers", ({ answers }) => void this.answers.push(...answers));
    try {
      if (isShaken) downstreams.tell({ order: "shake", seed, wellPercent: 70 });
      load.tell({ order: "begin", url: gateway.url });
      await sleep(WARM_UP_MS, { signal });
      await this.#play(gateway, load, signal);
    } finally {
      await this.#end(gateway, load, downstreams);
    }
  }

  #gatewayArgs(urls: readonly string[]): readonly string[] {
    const { challenges, timeoutMs, callTimeoutMs } = this.options;
    const services = SERVICES.map((name, n) => `${name}=${urls[n]}`).join(",");
    const given = {
      ...{ services, port: 0, log: "info", with: challenges.join(",") || "none" },
      ...{ calls: CALL_LIMIT, wait: WAIT_LIMIT, timeout: timeoutMs, "call-timeout": callTimeoutMs },
      deadline: SHUTDOWN_MS,
    };
    return Object.entries(given).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  }

  async #play(
    gateway: GatewayProcess,
    load: PartProcess<LoadNews, LoadOrder>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const step of this.options.script) {
      const name = this.options.isShaken === true ? "at random" : nameOf(step);
      this.phases.push({ name, callsMost: 0, heapMost: 0, residentMost: 0 });
      if (this.options.isShaken !== true) this.behave(step.behaviour, step.services);
      load.tell({ order: "phase" });
      const until = performance.now() + 1_000 * step.seconds;
      for (let left = 1_000 * step.seconds; left > 0; left = until - performance.now()) {
        await sleep(Math.min(left, SCRAPE_EVERY_MS), { signal });
        await this.#look(gateway);
      }
    }
  }

  async #look(gateway: GatewayProcess): Promise<void> {
    this.scrape = (await gateway.scrape()) ?? this.scrape;
    this.fault = gateway.fault;
    if (this.isUnwritten) throw new Error(this.fault);
    const phase = this.phases.at(-1);
    if (phase !== undefined) {
      phase.callsMost = Math.max(phase.callsMost, this.scrape.get("gateway_calls"));
      phase.heapMost = Math.max(phase.heapMost, this.scrape.get("nodejs_heap_size_used_bytes"));
      phase.residentMost = Math.max(phase.residentMost, this.scrape.get("process_resident_memory_bytes"));
    }
    this.options.onFigures?.(this);
  }

  async #end(
    gateway: GatewayProcess,
    load: PartProcess<LoadNews, LoadOrder>,
    downstreams: PartProcess<DownstreamNews, BehaveOrder>,
  ): Promise<void> {
    if (this.isUnwritten) return;
    const answered = load.next("told");
    load.tell({ order: "end" });
    await answered;
    const left = () => [
      this.scrape.get("gateway_permits"),
      this.scrape.get("gateway_calls"),
      this.underWay.reduce((sum, each) => sum + each, 0),
    ];
    const isIdle = await patiently(async () => {
      await Promise.all([this.#look(gateway), downstreams.next("figures")]);
      return left().every((each) => each === 0);
    });
    const [permits = 0, calls = 0, underWay = 0] = left();
    const status = await (isIdle ? gateway.stop() : gateway.kill());
    await patiently(async () => {
      await downstreams.next("figures");
      return this.sockets === 0;
    });
    const told = downstreams.next("told");
    downstreams.tell({ order: "tell" });
    await told;
    this.ending = { permits, calls, underWay, status, sockets: this.sockets };
  }
}

/** Whether it holds after some looks. */
async function patiently(holds: () => Promise<boolean>): Promise<boolean> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) if (await holds()) return true;
  return false;
}
