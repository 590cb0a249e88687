import { sceneRandom } from "@pattern-labs/picture/scene";
import { Histogram } from "@pattern-labs/primitives/histogram";
import type { EventBuffer, Lab } from "../contract.ts";
import { type Clock, openConnection, realClock } from "../given/sink.ts";
import { createUnbounded } from "../given/unbounded.ts";

/** A store of ten connections, each of which takes 10 ms for a request: a thousand a second. */
export const CONNECTIONS = 10;
export const WORK_MS = 10;
export const CAPACITY = (1_000 * CONNECTIONS) / WORK_MS;
/** Requests that may be buffered; and, where requests are shed, that may wait beside those that are worked on. */
export const LIMIT = 10;
/** An answer that takes longer is of no use. */
export const PATIENCE_MS = 100;

export interface Request {
  readonly at: number;
  /** Called when it has been worked on. */
  readonly leave?: () => void;
}

/** What stands between the requests and the store. */
export interface Front {
  readonly buffer: EventBuffer<Request>;
  /** Takes a request, or does what it does with one too many. Never rejects. */
  take(): Promise<void>;
}

export const fronts: Readonly<Record<string, (lab: Lab, clock: Clock) => Front>> = {
  "no limit": (_, clock) => plain(createUnbounded(), clock),
  // New clients keep coming, however many wait already: then a line at the door is no shorter than one inside.
  block: ({ createBuffer }, clock) => plain(createBuffer({ limit: LIMIT }), clock),
  "drop-newest": ({ createBuffer }, clock) =>
    plain(createBuffer({ limit: LIMIT, policy: "drop-newest" }), clock),
  "drop-oldest": ({ createBuffer }, clock) =>
    plain(createBuffer({ limit: LIMIT, policy: "drop-oldest" }), clock),
  refuse: ({ createBuffer }, clock) => plain(createBuffer({ limit: LIMIT, policy: "refuse" }), clock),
  shed: ({ createBuffer, createAdmission }, clock) => {
    const buffer = createBuffer<Request>({ limit: LIMIT });
    const admission = createAdmission({ limit: CONNECTIONS + LIMIT, keptForHigh: 0 });
    return {
      buffer,
      async take() {
        const entrance = admission.enter("normal");
        if (entrance.admitted) await buffer.offer({ at: clock.now(), leave: entrance.leave });
      },
    };
  },
};

function plain(buffer: EventBuffer<Request>, clock: Clock): Front {
  return { buffer, take: () => buffer.offer({ at: clock.now() }).catch(() => {}) };
}

/** What came of a run. Latencies are those of requests that were answered. */
export interface Overload {
  readonly offered: number;
  readonly answered: number;
  readonly inTime: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ms: number;
}

/**
 * Offers `load` times the capacity at random moments, the same ones each time, until `offers` requests were offered or
 * `enough` were answered in time.
 */
export async function overload(
  { buffer, take }: Front,
  { load, offers, enough = Number.POSITIVE_INFINITY }: { load: number; offers: number; enough?: number },
  clock: Clock = realClock,
): Promise<Overload> {
  const latencies = new Histogram();
  const began = clock.now();
  let inTime = 0;
  let isOver = false;
  const loops = Array.from({ length: CONNECTIONS }, async () => {
    const write = openConnection(WORK_MS, clock);
    for await (const { at, leave } of buffer) {
      await write(undefined);
      leave?.();
      if (isOver) return;
      const ms = clock.now() - at;
      latencies.record(ms);
      if (ms <= PATIENCE_MS) inTime += 1;
    }
  });
  let offered = 0;
  const random = sceneRandom();
  const gap = () => (-Math.log(1 - random()) * 1_000) / (load * CAPACITY);
  let due = began + gap();
  while (offered < offers && inTime < enough) {
    await clock.sleep(due - clock.now());
    for (; due <= clock.now() && offered < offers; due += gap()) {
      offered += 1;
      void take();
    }
  }
  isOver = true;
  const ms = clock.now() - began;
  const { count: answered } = latencies;
  const result = {
    offered,
    answered,
    inTime,
    p50Ms: latencies.percentile(50),
    p99Ms: latencies.percentile(99),
    ms,
  };
  buffer.close();
  await Promise.all(loops);
  return result;
}
