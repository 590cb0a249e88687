import { listen } from "@pattern-labs/demo/service";
import type { Logger } from "pino";
import type { Call, Lab } from "../contract.ts";
import { callWith, challengesOf } from "./challenges.ts";
import { drain } from "./drain.ts";
import { GatewayService } from "./gateway-service.ts";
import { HttpCalls } from "./http-calls.ts";
import { Metrics } from "./metrics.ts";
import { openQuota } from "./quota.ts";
import type { Settings } from "./settings.ts";
import { type Part, type ShutdownReport, shutDown } from "./shutdown.ts";

export interface OpenService {
  readonly url: URL;
  readonly metrics: Metrics;
  /** Resolves when everything is closed, or cut off. Calling it again is the same. */
  stop(): Promise<ShutdownReport>;
}

/**
 * Starts a gateway of the lab's with HTTP above and below it. What begins first ends last.
 *
 * @throws {UsageError} If the port is taken, or a challenge is asked for that the answer has not attempted.
 */
export async function openService(lab: Lab, settings: Settings, log: Logger): Promise<OpenService> {
  const used = challengesOf(lab, settings);
  const metrics = new Metrics({ sockets: () => http.sockets });
  const http = new HttpCalls({
    answerLimit: settings["answer-limit"],
    connectTimeoutMs: settings["call-timeout"],
    metrics,
  });
  const replicas = new Map(
    [...settings.services].map(([name, urls]) => [name, urls.map((url) => http.to(url))] as const),
  );
  const gateway = lab.createGateway({
    services: [...settings.services.keys()],
    call: countPermits(callWith(lab, used, { replicas, settings }), metrics),
    callLimit: settings.calls,
    waitLimit: settings.wait,
    requestTimeoutMs: settings.timeout,
    callTimeoutMs: settings["call-timeout"],
  });
  const quota = openQuota(lab, used, { settings, log });
  const service = new GatewayService({ gateway, metrics, log, quota });
  const parts: readonly Part[] = [
    { name: "quota", close: async () => await quota?.[Symbol.asyncDispose]?.() },
    { name: "calls", close: ({ signal }) => http.close({ signal }) },
    { name: "http", close: ({ signal }) => drain(service, { noticeMs: settings.notice, signal }) },
  ];
  const url = await listen(service.server, settings);
  service.isReady = true;
  log.info({ challenges: [...used] }, "ready");
  let stopping: Promise<ShutdownReport> | undefined;
  return {
    url,
    metrics,
    stop() {
      stopping ??= shutDown(parts, settings.notice + settings.deadline);
      return stopping;
    },
  };
}

/** Counted where the gateway calls: from outside of it, so that it is true of any answer. */
function countPermits(call: Call, { permits, permitSeconds }: Metrics): Call {
  return async (service, options) => {
    const began = performance.now();
    permits.enter();
    try {
      return await call(service, options);
    } finally {
      permits.leave();
      permitSeconds.observe((performance.now() - began) / 1_000);
    }
  };
}
