import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Answer, Gateway, GatewayOptions, Lab, Warning } from "../../contract.ts";

/** `Promise.allSettled` takes promises: what throws before there is one, is out of its reach. */
export function createGateway(options: GatewayOptions): Gateway {
  const permits = new Semaphore(options.callLimit);
  return {
    async handle(services, { signal }): Promise<Answer> {
      signal.throwIfAborted();
      const known = services.every((service) => options.services.includes(service));
      const different = new Set(services).size === services.length;
      if (services.length < 1 || services.length > 20 || !known || !different) {
        return { status: 400, title: "Bad list of services" };
      }
      const deadline = performance.now() + Math.min(options.requestTimeoutMs, options.callTimeoutMs);
      const held = services.map(() => permits.tryAcquire());
      const told = { signal, deadline };
      const calls = services.map((service, n) =>
        options.call(service, told).finally(() => held[n]?.[Symbol.dispose]()),
      );
      const results = await Promise.allSettled(calls);
      signal.throwIfAborted();
      const data: Record<string, unknown> = {};
      const warnings: Warning[] = [];
      for (const [n, result] of results.entries()) {
        const service = services[n] as string;
        if (result.status === "fulfilled") data[service] = result.value;
        else warnings.push({ service, reason: "failed" });
      }
      if (warnings.length === services.length) return { status: 502, title: "Every service failed" };
      return { status: 200, data, warnings };
    },
  };
}

export const attempted: Lab["attempted"] = [];
