import type { Gateway, GatewayOptions, Lab } from "../contract.ts";
import { checkOptions } from "../given/check-options.ts";

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  return {
    async handle(_services, _options) {
      throw new Error("TODO 1.1: handle is yours to write");
    },
  };
}

/** The challenges that you take up: "breaker", "coalescing", "cache", "budget", "hedging", "rate", "balancing". */
export const attempted: Lab["attempted"] = [];
