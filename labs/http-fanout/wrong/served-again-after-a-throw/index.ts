import { onAbort } from "@pattern-labs/primitives/abort";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import type { Answer, Gateway, GatewayOptions, Lab, Refused, Warning } from "../../contract.ts";
import { checkOptions } from "../../given/check-options.ts";

export const attempted: Lab["attempted"] = [];

type Fate = { readonly kind: "ok"; readonly value: unknown } | { readonly kind: "failed" | "late" };

interface Running {
  readonly controller: AbortController;
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Request {
  readonly services: readonly string[];
  /** Not begun yet. */
  readonly todo: string[];
  readonly fates: Map<string, Fate>;
  /** Begun, and neither settled nor late. */
  readonly running: Map<string, Running>;
  readonly deadline: number;
  readonly done: (answer: Answer) => void;
  /** Takes back the timer and the listener. */
  cleanUp: () => void;
  over: boolean;
}

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  const { call, callLimit, waitLimit, callTimeoutMs, requestTimeoutMs } = options;
  const known = new Set(options.services);
  const line = new Set<Request>(); // In order of arrival.
  let free = callLimit;

  /** Uses a permit for `request`. Tells whether it is used: if not, it is still in the hand of whoever called. */
  function begin(request: Request): boolean {
    for (let service = request.todo.shift(); service !== undefined; service = request.todo.shift()) {
      const now = performance.now();
      const deadline = Math.min(now + callTimeoutMs, request.deadline);
      const controller = new AbortController();
      let answer: Promise<unknown>;
      try {
        answer = call(service, { signal: controller.signal, deadline });
      } catch {
        decide(request, service, { kind: "failed" });
        continue; // It has not used its permit, so the next one can have it.
      }
      follow(request, service, answer, controller, deadline - now);
      return true;
    }
    return false;
  }

  function follow(
    request: Request,
    service: string,
    answer: Promise<unknown>,
    controller: AbortController,
    ms: number,
  ): void {
    const timer = setTimeout(() => {
      request.running.delete(service);
      controller.abort(new TimeoutError(callTimeoutMs));
      decide(request, service, { kind: "late" });
    }, ms);
    request.running.set(service, { controller, timer });
    const settled = (fate: Fate) => {
      clearTimeout(timer);
      request.running.delete(service);
      decide(request, service, fate);
      release();
    };
    answer.then(
      (value) => settled({ kind: "ok", value }),
      () => settled({ kind: "failed" }),
    );
  }

  function release(): void {
    for (const next of line) {
      line.delete(next);
      const isUsed = begin(next);
      if (!next.over && next.todo.length > 0) line.add(next);
      if (isUsed) return;
    }
    free += 1;
  }

  function decide(request: Request, service: string, fate: Fate): void {
    if (request.over || request.fates.has(service)) return;
    request.fates.set(service, fate);
    if (request.fates.size < request.services.length) return;
    end(request, undefined);
    request.done(combine(request));
  }

  function end(request: Request, reason: unknown): void {
    request.over = true;
    request.cleanUp();
    line.delete(request);
    for (const { controller, timer } of request.running.values()) {
      clearTimeout(timer);
      controller.abort(reason);
    }
    request.running.clear();
  }

  return {
    handle(services, { signal }) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (!areValid(services, known))
        return Promise.resolve(refuse(400, "Ask for 1 to 20 different, known services"));
      if (services.length > free && line.size >= waitLimit) {
        return Promise.resolve({ ...refuse(503, "Too many requests wait"), retryAfterSeconds: 1 });
      }
      return new Promise((resolve, reject) => {
        const request: Request = {
          services: [...services],
          todo: [...services],
          fates: new Map(),
          running: new Map(),
          deadline: performance.now() + requestTimeoutMs,
          done: resolve,
          cleanUp: () => {
            clearTimeout(timer);
            withdraw();
          },
          over: false,
        };
        const timer = setTimeout(() => {
          end(request, new TimeoutError(requestTimeoutMs));
          resolve(combine(request));
        }, requestTimeoutMs);
        const withdraw = onAbort(signal, () => {
          end(request, signal.reason);
          reject(signal.reason);
        });
        while (free > 0 && request.todo.length > 0) {
          free -= 1;
          if (!begin(request)) free += 1;
        }
        if (request.todo.length > 0) line.add(request);
      });
    },
  };
}

function areValid(services: readonly string[], known: ReadonlySet<string>): boolean {
  if (services.length < 1 || services.length > 20) return false;
  return new Set(services).size === services.length && services.every((service) => known.has(service));
}

/** Whatever has no fate by now is late. */
function combine({ services, fates }: Request): Answer {
  const data: Record<string, unknown> = {};
  const warnings: Warning[] = [];
  for (const service of services) {
    const fate = fates.get(service);
    if (fate?.kind === "ok") data[service] = fate.value;
    else warnings.push({ service, reason: fate?.kind ?? "late" });
  }
  if (warnings.length < services.length) return { status: 200, data, warnings };
  const isLate = warnings.some(({ reason }) => reason === "late");
  return isLate ? refuse(504, "No service answered in time") : refuse(502, "All services failed");
}

function refuse(status: Refused["status"], title: string): Refused {
  return { status, title };
}
