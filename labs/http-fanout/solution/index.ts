import type { Gateway, GatewayOptions, Lab, RateLimit, RateLimitOptions } from "../contract.ts";
import { checkOptions } from "../given/check-options.ts";
import { QuotaPerKey } from "./challenges/rate.ts";
import { FanOutGateway } from "./gateway.ts";

export { balance } from "./challenges/balancing.ts";
export { protect } from "./challenges/breaker.ts";
export { retry } from "./challenges/budget.ts";
export { cache } from "./challenges/cache.ts";
export { coalesce } from "./challenges/coalescing.ts";
export { hedge } from "./challenges/hedging.ts";

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  return new FanOutGateway(options);
}

export function createRateLimit(options: RateLimitOptions): RateLimit {
  return new QuotaPerKey(options);
}

export const attempted: Lab["attempted"] = [
  "breaker",
  "coalescing",
  "cache",
  "budget",
  "hedging",
  "rate",
  "balancing",
];
