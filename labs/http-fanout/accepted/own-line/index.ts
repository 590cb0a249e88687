import type { Answer, Gateway, GatewayOptions, Lab, Warning } from "../../contract.ts";

/**
 * One line of requests, served by one synchronous function; a request is a plain object, and everything that ends it
 * goes through one place. Without any primitive.
 */
interface Request {
  /** The services that have not been called. */
  readonly toCall: string[];
  readonly values: Map<string, unknown>;
  readonly warnings: Map<string, Warning["reason"]>;
  readonly running: Map<string, AbortController>;
  readonly deadline: number;
  readonly changed: () => void;
}

export function createGateway(options: GatewayOptions): Gateway {
  for (const name of ["callLimit", "waitLimit", "requestTimeoutMs", "callTimeoutMs"] as const) {
    if (!(options[name] >= 1))
      throw new RangeError(`Cannot create gateway: ${name} must be at least 1, got ${options[name]}`);
  }
  const known = new Set(options.services);
  let line: Request[] = [];
  let free = options.callLimit;

  function serve(): void {
    while (free > 0) {
      const request = line.shift();
      if (request === undefined) return;
      begin(request, request.toCall.shift() as string);
      if (request.toCall.length > 0) line.push(request);
    }
  }

  function begin(request: Request, service: string): void {
    free -= 1;
    const controller = new AbortController();
    const deadline = Math.min(request.deadline, performance.now() + options.callTimeoutMs);
    const decide = (note: () => void) => {
      if (!request.running.delete(service)) return; // Its fate was decided before.
      clearTimeout(timer);
      note();
      request.changed();
    };
    const timer = setTimeout(() => {
      decide(() => request.warnings.set(service, "late"));
      controller.abort(new DOMException("The call took too long", "TimeoutError"));
    }, deadline - performance.now());
    // Found by whoever ends the request before its time.
    controller.signal.addEventListener("abort", () => clearTimeout(timer));
    request.running.set(service, controller);
    const comeBack = () => {
      free += 1;
      serve();
    };
    Promise.try(() => options.call(service, { signal: controller.signal, deadline })).then(
      (value) => {
        comeBack();
        decide(() => request.values.set(service, value));
      },
      () => {
        comeBack();
        decide(() => request.warnings.set(service, "failed"));
      },
    );
  }

  function handle(
    services: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Answer> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const isFine = services.length > 0 && services.length <= 20 && new Set(services).size === services.length;
    if (!isFine || !services.every((service) => known.has(service)))
      return Promise.resolve({ status: 400, title: "Bad list of services" });
    if (services.length > free && line.length >= options.waitLimit)
      return Promise.resolve({ status: 503, title: "Busy", retryAfterSeconds: 1 });

    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request: Request = {
      toCall: [...services],
      values: new Map(),
      warnings: new Map(),
      running: new Map(),
      deadline: performance.now() + options.requestTimeoutMs,
      changed: () => {
        if (request.running.size > 0 || request.toCall.length > 0) return;
        end();
        resolve(answer(services, request));
      },
    };
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    };
    const stopAll = (reason: unknown) => {
      line = line.filter((other) => other !== request);
      request.toCall.length = 0;
      const running = [...request.running.values()];
      request.running.clear();
      for (const controller of running) controller.abort(reason);
    };
    const leave = () => {
      end();
      stopAll(signal.reason);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      for (const service of services) {
        if (!request.values.has(service) && !request.warnings.has(service))
          request.warnings.set(service, "late");
      }
      stopAll(new DOMException("The request took too long", "TimeoutError"));
      request.changed();
    }, options.requestTimeoutMs);
    signal.addEventListener("abort", leave);
    line.push(request);
    serve();
    return promise;
  }

  return { handle };
}

function answer(services: readonly string[], { values, warnings }: Request): Answer {
  if (values.size === 0) {
    const isLate = [...warnings.values()].includes("late");
    return isLate ? { status: 504, title: "Too late" } : { status: 502, title: "All failed" };
  }
  return {
    status: 200,
    data: Object.fromEntries(values),
    warnings: services.flatMap((service) => {
      const reason = warnings.get(service);
      return reason === undefined ? [] : [{ service, reason }];
    }),
  };
}

export const attempted: Lab["attempted"] = [];
