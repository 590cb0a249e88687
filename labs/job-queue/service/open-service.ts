import { listen } from "@pattern-labs/demo/service";
import type { Logger } from "pino";
import type { Lab } from "../contract.ts";
import { StoreError } from "../stores/sqlite-store.ts";
import { holdDataFolder } from "./data-folder.ts";
import { Health } from "./health.ts";
import { JobLog } from "./job-log.ts";
import { JobService } from "./job-service.ts";
import { Jobs } from "./jobs.ts";
import { Metrics } from "./metrics.ts";
import { openQueue } from "./open-queue.ts";
import { jobType } from "./order.ts";
import type { Settings } from "./settings.ts";
import { shutDown } from "./shutdown.ts";
import { openTypes } from "./types.ts";
import { isPermanent } from "./work/work.ts";

export interface OpenService {
  readonly url: URL;
  readonly metrics: Metrics;
  /** Resolves if the service cannot go on, and has to be stopped: with the reason. */
  readonly failed: Promise<unknown>;
  /** Resolves when everything is stopped or given back, and closed: with how many handlers still run. */
  stop(): Promise<number>;
}

/**
 * Starts a queue of the lab's with its store below and HTTP above. What begins first ends last.
 *
 * @throws {StoreError} If the store cannot be opened. @throws {EngineError} If there is no such server.
 * @throws {UsageError} If a folder cannot be used, or the port is taken.
 */
export async function openService(lab: Lab, settings: Settings, log: Logger): Promise<OpenService> {
  await using opening = new AsyncDisposableStack();
  opening.use(await holdDataFolder(settings.data));
  const failed = Promise.withResolvers<unknown>();
  const health = new Health(log);
  const onError = (error: unknown) => {
    health.failed(error, "the queue has failed");
    if (error instanceof StoreError && error.fault === "thread died") failed.resolve(error);
  };
  const types = await openTypes(settings, opening, (what) => log.warn(what));
  const metrics = new Metrics();
  const jobLog = new JobLog(log, metrics);
  const queue = opening.use(
    await openQueue(lab, settings, {
      types: Object.fromEntries(
        Object.entries(types).map(([name, work]) => [name, jobType(name, work, jobLog)]),
      ),
      ...{ isPermanent, onError, onEvent: (event, job) => jobLog.tell(event, job) },
      concurrency: settings.concurrency,
      retries: settings.retries,
      crashRetries: settings["crash-retries"],
      baseDelayMs: settings["base-delay"],
      leaseMs: settings.lease,
      pollMs: settings.poll,
    }),
  );
  metrics.watch(queue, onError);
  if (settings.store === "memory") log.warn("jobs are kept in memory: they end with this process");
  if (settings.store.includes(":")) log.info("jobs are kept by a server: the lab's queue has no part in it");
  const jobs = new Jobs({ queue, types });
  const service = new JobService({
    ...{ jobs, queue, metrics, health, log, bodyLimit: settings["body-limit"] },
  });
  const url = await listen(service.server, settings);
  queue.start();
  service.isReady = true;

  const below = opening.move();
  const end = async () => {
    await shutDown(service, queue, { noticeMs: settings.notice, deadlineMs: settings.deadline });
    const stillRunning = await metrics.running();
    await below.disposeAsync();
    return stillRunning;
  };
  let ending: Promise<number> | undefined;
  return {
    url,
    metrics,
    failed: failed.promise,
    stop() {
      ending ??= end();
      return ending;
    },
  };
}
