import { onAbort } from "@pattern-labs/primitives/abort";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import type { Answer, GatewayOptions, Warning } from "../../contract.ts";
import type { Claimant, Permits } from "./permits.ts";

type Fate = { readonly kind: "succeeded"; readonly value: unknown } | { readonly kind: "failed" | "late" };

/** One call of a request. It has a fate as soon as the answer need not wait for it; it may well run on then. */
interface SubCall {
  readonly service: string;
  fate: Fate | undefined;
  /** Only while it runs and has no fate: what is to be told, and stopped, if somebody else decides its fate. */
  running:
    | { readonly controller: AbortController; readonly deadline: number; readonly timer: Timer | undefined }
    | undefined;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * One request, from its arrival to its answer. It is over in one of three ways, and all go through `#end`: each call has
 * a fate, its own deadline has come, or the client has gone.
 */
export class FanOut implements Claimant {
  needed: number;
  readonly #options: GatewayOptions;
  readonly #permits: Permits;
  readonly #signal: AbortSignal;
  readonly #calls: readonly SubCall[];
  readonly #deadline: number;
  readonly #answer = Promise.withResolvers<Answer>();
  #begun = 0;
  #undecided: number;
  #over = false;
  #timer: Timer | undefined = undefined;
  #withdraw = () => {};

  constructor(services: readonly string[], signal: AbortSignal, permits: Permits, options: GatewayOptions) {
    this.#options = options;
    this.#permits = permits;
    this.#signal = signal;
    this.#calls = services.map((service) => ({ service, fate: undefined, running: undefined }));
    this.#deadline = performance.now() + options.requestTimeoutMs;
    this.needed = services.length;
    this.#undecided = services.length;
  }

  /** Call it once, in the step that has found room. */
  run(): Promise<Answer> {
    this.#timer = after(this.#options.requestTimeoutMs, () => this.#expire());
    this.#withdraw = onAbort(this.#signal, () => this.#abandon());
    this.#permits.join(this);
    return this.#answer.promise;
  }

  /** Does not rely on having been told: a listener before ours, or a timer that is behind, may be what has led here. */
  isOver(): boolean {
    if (this.#over) return true;
    if (this.#signal.aborted) this.#abandon();
    else if (performance.now() >= this.#deadline) this.#expire();
    return this.#over;
  }

  begin(): void {
    if (this.isOver()) {
      this.#permits.giveBack();
      return;
    }
    const call = this.#calls[this.#begun];
    if (call === undefined) throw new Error("More permits than calls"); // `needed` sees to it that this never happens.
    this.#begun += 1;
    void this.#ask(call);
  }

  /** Holds the permit to the very end; the fate of the call may be certain long before. */
  async #ask(call: SubCall): Promise<void> {
    const controller = new AbortController();
    const own = performance.now() + this.#options.callTimeoutMs;
    const deadline = Math.min(own, this.#deadline);
    // If the request ends first, its own timer is enough.
    const timer =
      own < this.#deadline ? after(this.#options.callTimeoutMs, () => this.#beLate(call)) : undefined;
    call.running = { controller, deadline, timer };
    let fate: Fate;
    try {
      const value = await this.#options.call(call.service, { signal: controller.signal, deadline });
      fate = { kind: "succeeded", value };
    } catch {
      fate = { kind: "failed" };
    }
    // Its timer may be behind: settled at its deadline is late.
    if (performance.now() >= deadline && !this.isOver()) this.#beLate(call);
    else this.#decide(call, fate);
    this.#permits.giveBack();
  }

  #beLate(call: SubCall): void {
    const controller = this.#decide(call, { kind: "late" });
    controller?.abort(new TimeoutError(this.#options.callTimeoutMs));
  }

  /** The first fate counts. @returns The controller of the call, if it had begun and this has decided its fate. */
  #decide(call: SubCall, fate: Fate): AbortController | undefined {
    if (this.#over || call.fate !== undefined) return undefined;
    call.fate = fate;
    const controller = stop(call);
    this.#undecided -= 1;
    if (this.#undecided === 0) {
      this.#end();
      this.#answer.resolve(combine(this.#calls));
    }
    return controller;
  }

  #expire(): void {
    const controllers = this.#end();
    for (const call of this.#calls) call.fate ??= { kind: "late" };
    this.#answer.resolve(combine(this.#calls));
    const reason = new TimeoutError(this.#options.requestTimeoutMs);
    for (const controller of controllers) controller.abort(reason);
  }

  #abandon(): void {
    const controllers = this.#end();
    this.#answer.reject(this.#signal.reason);
    for (const controller of controllers) controller.abort(this.#signal.reason);
  }

  /**
   * Gives back all that the request holds but the permits, which its calls give back as they settle.
   * Nothing of others runs in here, so that whoever is told to stop afterwards finds the request over.
   *
   * @returns The controllers of the calls that run and had no fate.
   */
  #end(): AbortController[] {
    this.#over = true;
    this.#permits.leave(this);
    clearTimeout(this.#timer);
    this.#withdraw();
    return this.#calls.map(stop).filter((controller) => controller !== undefined);
  }
}

function stop(call: SubCall): AbortController | undefined {
  const { running } = call;
  call.running = undefined;
  clearTimeout(running?.timer);
  return running?.controller;
}

/** Rounded up: `setTimeout` cuts off fractions, and nothing is late before its deadline. */
function after(ms: number, callback: () => void): Timer {
  return setTimeout(callback, Math.ceil(ms));
}

function combine(calls: readonly SubCall[]): Answer {
  const data: [string, unknown][] = [];
  const warnings: Warning[] = [];
  for (const { service, fate } of calls) {
    if (fate?.kind === "succeeded") data.push([service, fate.value]);
    else warnings.push({ service, reason: fate?.kind ?? "late" });
  }
  // `fromEntries` and not an assignment: a service may be called `__proto__`.
  if (data.length > 0) return { status: 200, data: Object.fromEntries(data), warnings };
  if (warnings.some(({ reason }) => reason === "late"))
    return { status: 504, title: "No service answered in time" };
  return { status: 502, title: "All services failed" };
}
