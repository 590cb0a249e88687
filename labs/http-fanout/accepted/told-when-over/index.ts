import type { Answer, Gateway, GatewayOptions, HandleOptions, Lab } from "../../contract.ts";
import { checkOptions } from "../../given/check-options.ts";
import { FanOut } from "./fan-out.ts";
import { Permits } from "./permits.ts";

const MOST_SERVICES = 20;

export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  const known = new Set(options.services);
  const permits = new Permits(options.callLimit, options.waitLimit);

  function isFit(services: readonly string[]): boolean {
    if (services.length < 1 || services.length > MOST_SERVICES) return false;
    return new Set(services).size === services.length && services.every((service) => known.has(service));
  }

  return {
    // Up to the calls it is one synchronous step: nobody comes between the look at the room and the taking of it.
    async handle(services: readonly string[], { signal }: HandleOptions): Promise<Answer> {
      signal.throwIfAborted();
      if (!isFit(services)) return { status: 400, title: "Ask for 1 to 20 different, known services" };
      if (!permits.hasRoomFor(services.length)) {
        return { status: 503, title: "Too many requests wait", retryAfterSeconds: 1 };
      }
      return await new FanOut(services, signal, permits, options).run();
    },
  };
}

/** The challenges that you take up. */
export const attempted: Lab["attempted"] = [];
