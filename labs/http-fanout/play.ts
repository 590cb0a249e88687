/** The scene of this lab: requests that ask six services each, some of which stall for a while. */

import type { Recorder } from "@pattern-labs/picture";
import { type Scene, scene } from "@pattern-labs/picture/scene";
import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Call, Lab } from "./contract.ts";

const lab: Lab = answer;

const SERVICES = ["users", "orders", "prices", "stock", "reviews", "ads"];
const STALLED_FROM_MS = 1_500;
const STALLED_UNTIL_MS = 5_500;
const WAIT_LIMIT = 12;
const BREAKER = { limitPerService: 3, failuresInARow: 3, coolDownMs: 800 };

const controls = {
  guard: {
    kind: "choice",
    label: "for each service",
    values: ["nothing", "bulkhead and breaker"],
    value: "nothing",
    restart: true,
  },
  stalled: { kind: "range", label: "services that stall", min: 0, max: 6, value: 3, restart: true },
  every: { kind: "range", label: "a request comes every", min: 40, max: 1_000, value: 100, unit: "ms" },
  permits: { kind: "range", label: "permits", min: 1, max: 30, value: 12, restart: true },
  callTimeoutMs: {
    kind: "range",
    label: "a call may take",
    min: 100,
    max: 2_000,
    value: 600,
    unit: "ms",
    restart: true,
  },
  leave: { kind: "range", label: "clients that leave", min: 0, max: 100, value: 10, unit: "%" },
} as const;

export default scene({
  title: "What do three services that stall cost the others?",
  controls,
  firstGuess: {
    question:
      "Each request asks six services, and twelve calls may run at once. At 1.5 s three of the six stall; a call is given up after 600 ms. What becomes of the other three?",
    answers: [
      "They answer as before: each has calls of its own",
      "They have time, but are asked late and less often",
      "They get all the more calls",
    ],
    right: 1,
    why: "Permits go to whoever asks, and a call that stalls keeps its permit a hundred times as long as one that is well. Soon all twelve belong to the three that stall. A bulkhead leaves them three each; a breaker then stops asking them.",
    afterMs: 4_000,
  },
  recording: ({ permits }) => ({ limits: { calls: permits }, rows: ["requests", ...SERVICES, "calls"] }),
  lengthMs: 8_000,
  async run({ values, recorder, signal, random, show }) {
    const counts = { whole: 0, partial: 0, "no service": 0, refused: 0, "client left": 0, "under way": 0 };
    const services = new Services(recorder, random);
    const stall = [
      setTimeout(() => services.stall(values.stalled), STALLED_FROM_MS),
      setTimeout(() => services.stall(0), STALLED_UNTIL_MS),
    ];
    let came = 0;
    show(() => ({
      sum: { whole: ["requests", came], parts: Object.entries(counts) },
      figures: { "calls under way": services.underWay },
    }));
    const gateway = lab.createGateway({
      services: SERVICES,
      call: values.guard === "nothing" ? services.call : protectedCall(services.call),
      callLimit: values.permits,
      waitLimit: WAIT_LIMIT,
      requestTimeoutMs: values.callTimeoutMs + 200,
      callTimeoutMs: values.callTimeoutMs,
    });

    const request = async (name: string, patienceMs: number | undefined): Promise<End> => {
      const span = recorder.begin("requests", "running", name);
      const client = new AbortController();
      const leave = () => {
        recorder.mark(`${name} leaves`, "stop");
        client.abort(LEFT);
      };
      const timer = patienceMs === undefined ? undefined : setTimeout(leave, patienceMs);
      const withdraw = onAbort(signal, () => client.abort(signal.reason));
      try {
        const end = endOf(await gateway.handle(SERVICES, { signal: client.signal }));
        recorder.end(span, end === "whole" || end === "partial" ? "ok" : "failed", end);
        return end;
      } catch (error) {
        recorder.end(span, "cancelled", error);
        if (!client.signal.aborted) throw error;
        return "client left";
      } finally {
        withdraw();
        clearTimeout(timer);
      }
    };

    const requests: Promise<void>[] = [];
    try {
      while (!signal.aborted) {
        came += 1;
        counts["under way"] += 1;
        const patienceMs = 100 * random() < values.leave ? values.callTimeoutMs * random() : undefined;
        const ended = request(`r${came}`, patienceMs).then((end) => {
          counts["under way"] -= 1;
          counts[end] += 1;
        });
        requests.push(ended);
        await Promise.race([sleep(values.every, { signal }).catch(() => {}), failureOf(ended)]);
      }
    } finally {
      for (const timer of stall) clearTimeout(timer);
      await Promise.all(requests);
    }
  },
}) satisfies Scene<typeof controls>;

const LEFT = new Error("the client has left");

type End = "whole" | "partial" | "no service" | "refused" | "client left";

function endOf(answer: Awaited<ReturnType<ReturnType<Lab["createGateway"]>["handle"]>>): End {
  if (answer.status === 200) return answer.warnings.length === 0 ? "whole" : "partial";
  return answer.status === 503 ? "refused" : "no service";
}

/** Never resolves: an answer that throws ends the scene at once. */
function failureOf(task: Promise<void>): Promise<never> {
  return new Promise((_, reject) => void task.catch(reject));
}

function protectedCall(call: Call): Call {
  if (lab.protect === undefined)
    throw new Error("This answer has no bulkhead and breaker: it is a challenge.");
  return lab.protect(call, BREAKER);
}

/** A bar for each call: whoever is told to stop ends in that turn. */
class Services {
  underWay = 0;
  readonly #recorder: Recorder;
  readonly #random: () => number;
  #stalled = 0;
  #calls = 0;

  constructor(recorder: Recorder, random: () => number) {
    this.#recorder = recorder;
    this.#random = random;
  }

  /** From now on the first `services` of them take calls and answer none; what they have, they keep. */
  stall(services: number): void {
    if (services !== this.#stalled) this.#recorder.mark(services > 0 ? `${services} stall` : "all are well");
    this.#stalled = services;
  }

  readonly call: Call = (service, { signal }) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#calls += 1;
    const span = this.#recorder.begin(service, "running", `c${this.#calls}`);
    this.#count(1);
    const isStalled = SERVICES.indexOf(service) < this.#stalled;
    const timer = isStalled ? undefined : setTimeout(() => end("ok"), 40 + 60 * this.#random());
    const withdraw = onAbort(signal, () => end("cancelled"));
    const end = (outcome: "ok" | "cancelled") => {
      clearTimeout(timer);
      withdraw();
      this.#recorder.end(span, outcome);
      this.#count(-1);
      if (outcome === "ok") resolve(service);
      else reject(signal.reason);
    };
    return promise;
  };

  #count(change: number): void {
    this.underWay += change;
    this.#recorder.level("calls", this.underWay);
  }
}
