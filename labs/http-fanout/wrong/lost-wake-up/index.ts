import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import type { Answer, Gateway, GatewayOptions, Lab, Warning } from "../../contract.ts";
import { checkOptions } from "../../given/check-options.ts";

type Fate = { readonly kind: "succeeded"; readonly value: unknown } | { readonly kind: "failed" | "late" };

interface Run {
  readonly service: string;
  readonly controller: AbortController;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  const { callLimit, waitLimit, requestTimeoutMs, callTimeoutMs } = options;
  const known = new Set(options.services);
  const line = new LinkedList<Page>();
  let free = callLimit;

  function giveBack(): void {
    free += 1;
    grant();
  }

  /** Each free permit goes to the front, who goes to the end if it needs more. */
  function grant(): void {
    while (free > 0) {
      const page = line.shift();
      if (page === undefined) return;
      free -= 1;
      page.unassigned -= 1;
      page.place = page.unassigned > 0 ? line.push(page) : undefined;
      // In a microtask: no service is called from within the end of another's call.
      queueMicrotask(() => page.begin());
    }
  }

  class Page {
    readonly #services: readonly string[];
    readonly #client: AbortSignal;
    readonly #answer = Promise.withResolvers<Answer>();
    readonly #deadline = performance.now() + requestTimeoutMs;
    readonly #timer = setTimeout(() => this.#expire(), requestTimeoutMs);
    readonly #leave = () => this.#abandon();
    readonly #fates = new Map<string, Fate>();
    readonly #running = new Set<Run>();
    #begun = 0;
    #over = false;
    /** How many of its calls have no permit yet. While there are any, it has a place in the line. */
    unassigned: number;
    place: LinkedListNode<Page> | undefined;

    constructor(services: readonly string[], client: AbortSignal) {
      this.#services = services;
      this.#client = client;
      this.unassigned = services.length;
      client.addEventListener("abort", this.#leave, { once: true });
    }

    /** What it can have, and its place, are its own before anybody is called. */
    start(permits: number): Promise<Answer> {
      free -= permits;
      this.unassigned -= permits;
      if (this.unassigned > 0) this.place = line.push(this);
      for (let n = 0; n < permits; n += 1) this.begin();
      return this.#answer.promise;
    }

    /** Has a permit, for the next of its calls. */
    begin(): void {
      const service = this.#services[this.#begun];
      if (this.#over || service === undefined) {
        free += 1;
        return;
      }
      this.#begun += 1;
      const now = performance.now();
      const deadline = Math.min(now + callTimeoutMs, this.#deadline);
      const run: Run = { service, controller: new AbortController(), timer: undefined };
      this.#running.add(run);
      // If the request's deadline is the earlier one, its timer does.
      if (deadline < this.#deadline) run.timer = setTimeout(() => this.#miss(run), callTimeoutMs);
      const settled = (fate: Fate) => {
        this.#decide(run, fate);
        giveBack();
      };
      new Promise((resolve) =>
        resolve(options.call(service, { signal: run.controller.signal, deadline })),
      ).then(
        (value) => settled({ kind: "succeeded", value }),
        () => settled({ kind: "failed" }),
      );
    }

    #miss(run: Run): void {
      this.#decide(run, { kind: "late" });
      run.controller.abort(timeoutError());
    }

    /** The first fate is the one. */
    #decide(run: Run, fate: Fate): void {
      if (!this.#running.delete(run)) return;
      clearTimeout(run.timer);
      this.#fates.set(run.service, fate);
      if (this.#fates.size === this.#services.length) {
        this.#answer.resolve(this.#combine());
        this.#close();
      }
    }

    #expire(): void {
      this.#answer.resolve(this.#combine());
      this.#close(timeoutError());
    }

    #abandon(): void {
      this.#answer.reject(this.#client.reason);
      this.#close(this.#client.reason);
    }

    /** The one way out. */
    #close(reason?: unknown): void {
      this.#over = true;
      clearTimeout(this.#timer);
      this.#client.removeEventListener("abort", this.#leave);
      if (this.place !== undefined) line.remove(this.place);
      const running = [...this.#running];
      this.#running.clear();
      for (const run of running) {
        clearTimeout(run.timer);
        run.controller.abort(reason);
      }
    }

    /** Who has no fate by now is late. */
    #combine(): Answer {
      const succeeded: [string, unknown][] = [];
      const warnings: Warning[] = [];
      for (const service of this.#services) {
        const fate = this.#fates.get(service) ?? { kind: "late" };
        if (fate.kind === "succeeded") succeeded.push([service, fate.value]);
        else warnings.push({ service, reason: fate.kind });
      }
      if (succeeded.length > 0) return { status: 200, data: Object.fromEntries(succeeded), warnings };
      if (warnings.some(({ reason }) => reason === "late"))
        return { status: 504, title: "The services are too slow" };
      return { status: 502, title: "All services failed" };
    }
  }

  return {
    handle(services, { signal }) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const asked = new Set(services);
      const isProper = services.length >= 1 && services.length <= 20 && asked.size === services.length;
      if (!isProper || !asked.isSubsetOf(known)) {
        return Promise.resolve({ status: 400, title: "Ask for 1 to 20 different, known services" });
      }
      const permits = line.size > 0 ? 0 : Math.min(free, services.length);
      if (permits < services.length && line.size >= waitLimit) {
        return Promise.resolve({ status: 503, title: "Too many requests wait", retryAfterSeconds: 1 });
      }
      return new Page([...services], signal).start(permits);
    },
  };
}

function timeoutError(): DOMException {
  return new DOMException("The deadline has passed", "TimeoutError");
}

/** The challenges that you take up. */
export const attempted: Lab["attempted"] = [];
