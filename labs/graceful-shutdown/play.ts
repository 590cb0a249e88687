/** The scene of this lab: a service under load that is sent SIGTERM, and all that has to happen before it may exit. */

import type { Recorder } from "@pattern-labs/picture";
import { type Scene, scene, type View } from "@pattern-labs/picture/scene";
import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Lab, Resource } from "./contract.ts";
import { SceneHost } from "./given/scene-host.ts";
import { type SceneConnection, SceneServer } from "./given/scene-server.ts";

const { createLifecycle, drainHttp, supervise }: Lab = answer;

const SIGTERM_AT_MS = 1_000;
/** How long each resource needs for its own closing. */
const CLOSING_MS = 150;
const CACHE_WITHIN_MS = 600;
const THINKING_MS = 40;
const CLIENTS = ["client 1", "client 2", "client 3", "client 4"];
const OPENED = ["store", "cache", "workers", "http"] as const;

const controls = {
  cache: {
    kind: "choice",
    label: "the stop of the cache",
    values: ["is well", "throws", "hangs"],
    value: "is well",
    restart: true,
  },
  signals: {
    kind: "choice",
    label: "SIGTERM comes",
    values: ["once", "twice"],
    value: "once",
    restart: true,
  },
  noticeMs: { kind: "range", label: "notice", min: 0, max: 1_000, value: 400, unit: "ms", restart: true },
  answerMs: {
    kind: "range",
    label: "an answer takes",
    min: 50,
    max: 2_000,
    value: 400,
    unit: "ms",
    restart: true,
  },
  streamMs: {
    kind: "range",
    label: "the stream takes",
    min: 500,
    max: 5_000,
    value: 1_200,
    unit: "ms",
    restart: true,
  },
  deadlineMs: {
    kind: "range",
    label: "deadline",
    min: 500,
    max: 5_000,
    value: 4_000,
    unit: "ms",
    restart: true,
  },
} as const;

export default scene({
  title: "What stops first?",
  controls,
  firstGuess: {
    question:
      "A service was started in this order: store, cache, workers, HTTP. At one second it is sent SIGTERM, in the middle of everything. What is closed first?",
    answers: [
      "The store, as it was opened first",
      "HTTP, and the store last",
      "All at once: that is quickest",
    ],
    right: 1,
    why: "Whoever uses something has to end before it: HTTP hands jobs to the workers, and they write to the store. So what was started last stops first.",
    afterMs: 3_000,
  },
  recording: () => ({ rows: [...CLIENTS, "stream", ...OPENED] }),
  lengthMs: 8_000,
  async run({ values, recorder, signal, random, show }) {
    const server = new SceneServer();
    const host = new SceneHost();
    const clients = new Clients(server, recorder, AbortSignal.any([signal, host.ended]));
    show(() => clients.view(host.status));

    const drain: Stop = ({ signal }) => {
      const notReady = () => {
        clients.mayConnect = false;
        recorder.mark("not ready");
      };
      return drainHttp(server, { notReady, noticeMs: values.noticeMs, signal });
    };
    const lifecycle = createLifecycle(resources(recorder, { cache: values.cache, drain, ended: host.ended }));
    const flush = async () => recorder.mark("flush");
    using _ = supervise(lifecycle, { host, deadlineMs: values.deadlineMs, flush });

    await lifecycle.start();
    for (const name of CLIENTS) clients.begin(name, () => values.answerMs * (0.4 + 0.6 * random()));
    clients.begin("stream", () => values.streamMs);
    await sleep(SIGTERM_AT_MS, { signal });
    host.emit("SIGTERM", recorder);
    if (values.signals === "twice") {
      await sleep(values.noticeMs + 200, { signal });
      host.emit("SIGTERM", recorder);
    }
    await host.exited;
    recorder.mark(`exit ${host.status}`, host.status === 0 ? "plain" : "bad");
    server.closeAllConnections(); // As the system does for whoever exits.
    await clients.gone();
  },
}) satisfies Scene<typeof controls>;

type Stop = (options: { readonly signal: AbortSignal }) => Promise<unknown>;

/** In the order in which they start. Each takes a moment to stop; HTTP as long as its drain. */
function resources(
  recorder: Recorder,
  { cache, drain, ended }: { readonly cache: string; readonly drain: Stop; readonly ended: AbortSignal },
): readonly Resource[] {
  const closes: Stop = () => sleep(CLOSING_MS);
  const closesCache: Stop = async (options) => {
    if (cache === "throws") throw new Error("the cache has lost its connection");
    if (cache === "hangs") await new Promise((resolve) => onAbort(options.signal, () => resolve(undefined)));
    await closes(options);
  };
  const stops = { store: closes, cache: closesCache, workers: closes, http: drain };
  return OPENED.map((name) => ({
    name,
    stopWithinMs: name === "cache" ? CACHE_WITHIN_MS : 10_000,
    start: async () => {},
    stop: async (options) => {
      const span = recorder.begin(name, "running", `stop ${name}`);
      onAbort(ended, () => recorder.end(span, "cancelled")); // Whoever is still at it when the process exits.
      try {
        await stops[name](options);
      } catch (error) {
        recorder.end(span, "failed", error);
        throw error;
      }
      recorder.end(span);
    },
  }));
}

/** Each keeps its connection while that is open, and opens another only while the service says that it is ready. */
class Clients {
  mayConnect = true;
  readonly #server: SceneServer;
  readonly #recorder: Recorder;
  readonly #over: AbortSignal;
  readonly #all: Promise<void>[] = [];
  readonly #counts = { sent: 0, answered: 0, lost: 0 };

  constructor(server: SceneServer, recorder: Recorder, over: AbortSignal) {
    this.#server = server;
    this.#recorder = recorder;
    this.#over = over;
  }

  begin(name: string, takesMs: () => number): void {
    this.#all.push(this.#goOn(name, takesMs));
  }

  async gone(): Promise<void> {
    await Promise.all(this.#all);
  }

  view(status: number | undefined): View {
    const { sent, answered, lost } = this.#counts;
    return {
      sum: {
        whole: ["requests", sent],
        parts: [
          ["answered", answered],
          ["lost", lost],
          ["under way", sent - answered - lost],
        ],
      },
      figures: { connections: this.#server.connections, "exit status": status ?? "none yet" },
    };
  }

  async #goOn(name: string, takesMs: () => number): Promise<void> {
    let connection: SceneConnection | undefined;
    while (!this.#over.aborted) {
      if (connection?.isOpen !== true) connection = this.mayConnect ? this.#server.connect() : undefined;
      if (connection === undefined) return;
      await this.#ask(name, connection, takesMs());
      await sleep(THINKING_MS, { signal: this.#over }).catch(() => {});
    }
  }

  async #ask(name: string, connection: SceneConnection, ms: number): Promise<void> {
    this.#counts.sent += 1;
    const span = this.#recorder.begin(name, "running", `r${this.#counts.sent}`);
    const fate = await connection.request((response) => {
      const handled = sleep(ms, { signal: this.#over });
      void handled.then(
        () => response.settle("answered"),
        () => response.settle("lost"),
      );
    });
    this.#counts[fate] += 1;
    this.#recorder.end(span, fate === "answered" ? "ok" : "cancelled");
  }
}
