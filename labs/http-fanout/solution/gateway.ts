import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Answer, Gateway, GatewayOptions, HandleOptions } from "../contract.ts";
import { FAILED, type Fate, LATE, toAnswer } from "./answer.ts";
import { Patience } from "./deadline.ts";

const MOST_SERVICES = 20;

export class FanOutGateway implements Gateway {
  readonly #options: GatewayOptions;
  readonly #services: ReadonlySet<string>;
  /** One for each call that runs. */
  readonly #permits: Semaphore;
  /** One for each request that waits for permits. */
  readonly #places: Semaphore;
  #requests = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#services = new Set(options.services);
    this.#permits = new Semaphore(options.callLimit);
    this.#places = new Semaphore(options.waitLimit);
  }

  async handle(services: readonly string[], { signal: client }: HandleOptions): Promise<Answer> {
    client.throwIfAborted();
    if (!this.#canAsk(services))
      return { status: 400, title: `Ask 1 to ${MOST_SERVICES} known services, each once` };
    const mustWait = services.length > this.#permits.available;
    const place = mustWait ? this.#places.tryAcquire() : undefined;
    if (mustWait && place === undefined) return this.#full();

    const deadline = performance.now() + this.#options.requestTimeoutMs;
    using request = new Patience(deadline, client);
    const first = this.#nextFirst(services.length);
    const calls = turned(await this.#beginAll(turned(services, first), request, place), -first);
    const fates = await Promise.all(calls);
    client.throwIfAborted();
    return toAnswer(services, fates);
  }

  #canAsk(services: readonly string[]): boolean {
    const asked = new Set(services);
    const { length } = services;
    return (
      length >= 1 && length <= MOST_SERVICES && asked.size === length && asked.isSubsetOf(this.#services)
    );
  }

  /** By then every request that waits now has left the line, one way or another. */
  #full(): Answer {
    const retryAfterSeconds = Math.ceil(this.#options.requestTimeoutMs / 1_000);
    return { status: 503, title: "Too many requests wait already", retryAfterSeconds };
  }

  /** Requests that take turns, and all begin with the same service, go through the services in step: all ask the same. */
  #nextFirst(length: number): number {
    this.#requests += 1;
    return this.#requests % length;
  }

  /**
   * Asks for one permit at a time. So each request stands once in the line of the permits, however many it needs, and
   * goes to its end for the next: first come, first served among calls becomes taking turns among requests.
   */
  async #beginAll(
    services: readonly string[],
    request: Patience,
    place: Disposable | undefined,
  ): Promise<readonly Promise<Fate>[]> {
    using _place = place;
    const calls: Promise<Fate>[] = [];
    for (const service of services) {
      // What is free is taken before `handle` returns: nobody can come in between the look and the grasp.
      const permit = this.#permits.tryAcquire() ?? (await this.#waitForPermit(request.signal));
      calls.push(permit === undefined ? Promise.resolve(LATE) : this.#begin(service, permit, request));
    }
    return calls;
  }

  /** `undefined` if the request is over before. */
  #waitForPermit(signal: AbortSignal): Promise<Disposable | undefined> {
    return this.#permits.acquire({ signal }).catch(() => undefined);
  }

  /** Tells the fate of the call as soon as it is certain: when the call settles, or is told to stop. */
  #begin(service: string, permit: Disposable, request: Patience): Promise<Fate> {
    return new Promise((decide) => void this.#run(service, permit, request, decide));
  }

  /** Ends when the call has really ended. The permit does not come back before: the connection is still in use. */
  async #run(
    service: string,
    permit: Disposable,
    request: Patience,
    decide: (fate: Fate) => void, // Only the first time counts.
  ): Promise<void> {
    const deadline = Math.min(request.deadline, performance.now() + this.#options.callTimeoutMs);
    const patience = new Patience(deadline, request.signal, () => decide(LATE));
    try {
      patience.signal.throwIfAborted(); // The permit was granted, and before we woke the request was over.
      decide({ is: "succeeded", value: await this.#options.call(service, patience) });
    } catch {
      decide(FAILED);
    } finally {
      patience[Symbol.dispose](); // Not two `using`: they cost each call up to a microsecond more.
      permit[Symbol.dispose]();
    }
  }
}

/** The same list, begun `by` places further on. */
function turned<T>(list: readonly T[], by: number): readonly T[] {
  return [...list.slice(by), ...list.slice(0, by)];
}
