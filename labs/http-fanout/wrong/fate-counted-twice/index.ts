import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import type {
  Answer,
  Gateway,
  GatewayOptions,
  HandleOptions,
  Lab,
  Refused,
  Warning,
} from "../../contract.ts";
import { checkOptions } from "../../given/check-options.ts";

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  return new FanOut(options);
}

export const attempted: Lab["attempted"] = [];

type Fate = { readonly kind: "ok"; readonly value: unknown } | { readonly kind: "failed" | "late" };

class FanOut implements Gateway {
  readonly #options: GatewayOptions;
  readonly #known: ReadonlySet<string>;
  readonly #line = new LinkedList<Page>();
  #free: number;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#known = new Set(options.services);
    this.#free = options.callLimit;
  }

  handle(services: readonly string[], { signal }: HandleOptions): Promise<Answer> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (!this.#isValid(services))
      return Promise.resolve(refused(400, "Ask for 1 to 20 different, known services"));
    if (services.length > this.#free && this.#line.size >= this.#options.waitLimit) {
      return Promise.resolve({ ...refused(503, "Too many requests wait"), retryAfterSeconds: 1 });
    }
    return new Promise((resolve, reject) => {
      const page = new Page([...services], this.#options, resolve, reject);
      page.watch(signal, () => this.#leave(page));
      while (page.hasMore && this.#free > 0) {
        this.#free -= 1;
        this.#begin(page);
      }
      if (page.hasMore) page.place = this.#line.push(page);
    });
  }

  #isValid(services: readonly string[]): boolean {
    const different = new Set(services);
    if (different.size !== services.length || services.length < 1 || services.length > 20) return false;
    return services.every((service) => this.#known.has(service));
  }

  /** With a permit in hand. */
  #begin(page: Page): void {
    void page.runNext().then(() => this.#release());
  }

  #release(): void {
    const next = this.#line.shift();
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    next.place = undefined;
    this.#begin(next);
    if (next.hasMore) next.place = this.#line.push(next);
  }

  #leave(page: Page): void {
    if (page.place !== undefined) this.#line.remove(page.place);
    page.place = undefined;
  }
}

class Page {
  place: LinkedListNode<Page> | undefined;
  readonly #services: readonly string[];
  readonly #options: GatewayOptions;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #fates: (Fate | undefined)[];
  /** Those whose fate is open, by their number. */
  readonly #running = new Map<
    number,
    { controller: AbortController; timer: ReturnType<typeof setTimeout> }
  >();
  readonly #deadline: number;
  #pending: number;
  #next = 0;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #withdraw: () => void = () => {};
  #leaveLine: () => void = () => {};

  constructor(
    services: readonly string[],
    options: GatewayOptions,
    resolve: (answer: Answer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#services = services;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#fates = services.map(() => undefined);
    this.#pending = services.length;
    this.#deadline = performance.now() + options.requestTimeoutMs;
  }

  get hasMore(): boolean {
    return !this.#over && this.#next < this.#services.length;
  }

  watch(signal: AbortSignal, leaveLine: () => void): void {
    this.#leaveLine = leaveLine;
    this.#timer = setTimeout(() => this.#tooLate(), this.#options.requestTimeoutMs);
    this.#withdraw = onAbort(signal, () => {
      if (this.#over) return;
      this.#end(signal.reason);
      this.#reject(signal.reason);
    });
  }

  /** Calls the next service. Resolves when that call has settled, however it does. */
  async runNext(): Promise<void> {
    const n = this.#next;
    this.#next += 1;
    const service = this.#services[n] as string;
    const now = performance.now();
    const deadline = Math.min(now + this.#options.callTimeoutMs, this.#deadline);
    const controller = new AbortController();
    const timer = setTimeout(() => {
      this.#running.delete(n);
      controller.abort(new TimeoutError(this.#options.callTimeoutMs));
      this.#decide(n, { kind: "late" });
    }, deadline - now);
    this.#running.set(n, { controller, timer });
    let fate: Fate;
    try {
      fate = {
        kind: "ok",
        value: await this.#options.call(service, { signal: controller.signal, deadline }),
      };
    } catch {
      fate = { kind: "failed" };
    }
    clearTimeout(timer);
    this.#running.delete(n);
    this.#decide(n, fate);
  }

  #decide(n: number, fate: Fate): void {
    if (this.#over) return;
    this.#fates[n] ??= fate; // The first one counts.
    this.#pending -= 1;
    if (this.#pending === 0) this.#answer();
  }

  #tooLate(): void {
    if (this.#over) return;
    this.#answer(new TimeoutError(this.#options.requestTimeoutMs));
  }

  #answer(reason?: unknown): void {
    this.#end(reason);
    const data: Record<string, unknown> = {};
    const warnings: Warning[] = [];
    for (const [n, service] of this.#services.entries()) {
      const fate = this.#fates[n] ?? { kind: "late" };
      if (fate.kind === "ok") data[service] = fate.value;
      else warnings.push({ service, reason: fate.kind });
    }
    if (warnings.length < this.#services.length) this.#resolve({ status: 200, data, warnings });
    else if (warnings.some(({ reason }) => reason === "late"))
      this.#resolve(refused(504, "No service answered in time"));
    else this.#resolve(refused(502, "All services failed"));
  }

  /** The one way out: everything that the request holds, but for permits, is given back. */
  #end(reason: unknown): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#withdraw();
    this.#leaveLine();
    for (const { controller, timer } of this.#running.values()) {
      clearTimeout(timer);
      controller.abort(reason);
    }
    this.#running.clear();
  }
}

function refused(status: Refused["status"], title: string): Refused {
  return { status, title };
}
