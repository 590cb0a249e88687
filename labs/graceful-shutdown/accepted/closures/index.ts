import { setTimeout as sleep } from "node:timers/promises";
import type {
  DrainOptions,
  DrainReport,
  Host,
  HttpResponse,
  HttpServer,
  Lab,
  Lifecycle,
  Notice,
  Resource,
  StopFailure,
  StopReport,
  SuperviseOptions,
} from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

function requireMs(name: string, ms: number): void {
  if (!(ms >= 0 && ms < 2 ** 31)) throw new RangeError(`${name} is out of range: ${ms}`);
}

const GIVEN_UP = Symbol("given up");

/** What `work` comes to, or GIVEN_UP when `ms` are over or `deadline` aborts; then `controller` is aborted, too. */
async function within(
  work: () => Promise<void>,
  ms: number,
  name: string,
  deadline: AbortSignal,
  controller: AbortController,
): Promise<unknown> {
  const over = Promise.withResolvers<typeof GIVEN_UP>();
  const end = (reason: unknown) => {
    controller.abort(reason);
    over.resolve(GIVEN_UP);
  };
  const timer = setTimeout(() => end(named("TimeoutError", `${name} took longer than ${ms} ms`)), ms);
  const onDeadline = () => end(deadline.reason);
  if (deadline.aborted) onDeadline();
  else deadline.addEventListener("abort", onDeadline);
  try {
    const working = work();
    working.catch(() => {});
    // The end of patience first: what has only now been begun cannot win against it.
    return await Promise.race([over.promise, working]);
  } finally {
    clearTimeout(timer);
    deadline.removeEventListener("abort", onDeadline);
  }
}

export function createLifecycle(resources: readonly Resource[]): Lifecycle {
  for (const { name, stopWithinMs } of resources) {
    if (resources.filter((other) => other.name === name).length > 1)
      throw new RangeError(`There are two resources called ${name}`);
    requireMs(`stopWithinMs (of ${name})`, stopWithinMs);
  }
  const deadline = new AbortController();
  const open: Resource[] = [];
  let current: { resource: Resource; controller: AbortController; work: Promise<void> } | undefined;
  let starting: Promise<void> | undefined;
  let report: Promise<StopReport> | undefined;
  let startFailure: StopFailure | undefined;
  const cutShort = Promise.withResolvers<void>();

  async function startAll(): Promise<void> {
    for (const resource of resources) {
      if (report !== undefined) break;
      const controller = new AbortController();
      // An async function within: whatever it throws is in the promise.
      const work = (async () => resource.start?.({ signal: controller.signal }))();
      work.catch(() => {});
      current = { resource, controller, work };
      try {
        await Promise.race([work, cutShort.promise]);
      } catch (cause) {
        if (report !== undefined) break;
        current = undefined;
        startFailure = { name: resource.name, error: cause };
        const stopped = await stop();
        throw named("StartError", `${resource.name} could not be started`, {
          resource: resource.name,
          cause,
          report: stopped,
        });
      }
      if (report !== undefined) break;
      current = undefined;
      open.push(resource);
    }
    if (report === undefined) return;
    await report;
    throw named("StoppedError", "It was stopped before it was ready");
  }

  async function stopAll(): Promise<StopReport> {
    const stopped: string[] = [];
    const failed: StopFailure[] = [];
    const forced: string[] = [];
    if (current !== undefined) {
      const { resource, controller, work } = current;
      controller.abort(named("StoppedError", "The lifecycle is being stopped"));
      const outcome = await within(
        () => work,
        resource.stopWithinMs,
        resource.name,
        deadline.signal,
        controller,
      ).then(
        (value) => (value === GIVEN_UP ? "given up" : "ready"),
        () => "failed",
      );
      if (outcome === "ready") open.push(resource);
      if (outcome === "given up") forced.push(resource.name);
    }
    cutShort.resolve();
    for (const resource of open.toReversed()) {
      const { name, stopWithinMs } = resource;
      const controller = new AbortController();
      const work = async () => resource.stop?.({ signal: controller.signal });
      try {
        const value = await within(work, stopWithinMs, name, deadline.signal, controller);
        if (value === GIVEN_UP) forced.push(name);
        else stopped.push(name);
      } catch (error) {
        failed.push({ name, error });
      }
    }
    return { stopped, failed, forced, startFailure };
  }

  async function stop(options?: { readonly deadlineMs?: number | undefined }): Promise<StopReport> {
    const ms = options?.deadlineMs;
    if (ms !== undefined) requireMs("deadlineMs", ms);
    report ??= Promise.resolve().then(stopAll);
    if (ms === undefined) return await report;
    const timer = setTimeout(() => deadline.abort(named("DeadlineError", `${ms} ms are over`)), ms);
    const result = await report;
    clearTimeout(timer);
    return result;
  }

  return {
    start() {
      starting ??= Promise.resolve().then(startAll);
      return starting;
    },
    stop,
  };
}

export function supervise(
  lifecycle: Lifecycle,
  { host, deadlineMs, flush, flushWithinMs = 1_000, tell }: SuperviseOptions,
): Disposable {
  requireMs("deadlineMs", deadlineMs);
  requireMs("flushWithinMs", flushWithinMs);
  let isFaulty = false;
  let road: Promise<void> | undefined;
  let flushing: Promise<void> | undefined;
  let signals = 0;
  let faults = 0;
  let hasExited = false;

  const say = (notice: Notice) => {
    try {
      tell?.(notice);
    } catch {
      // It cannot be told to anybody.
    }
  };
  const exit = (status: number) => {
    if (hasExited) return;
    hasExited = true;
    host.exit(status);
  };
  const flushOnce = () => {
    flushing ??= (async () => flush())();
    return flushing;
  };
  const takeTheRoad = async () => {
    const report = await lifecycle.stop({ deadlineMs });
    say({ kind: "stopped", report });
    if (report.failed.length + report.forced.length > 0 || report.startFailure) isFaulty = true;
    if (hasExited) return;
    const patience = new AbortController();
    const late = sleep(flushWithinMs, "late", { signal: patience.signal }).catch(() => "cleared");
    const written = flushOnce().then(
      () => "written",
      () => "failed",
    );
    if ((await Promise.race([written, late])) !== "written") isFaulty = true;
    patience.abort();
    exit(isFaulty ? 1 : 0);
  };
  const onSignal = (signal: "SIGTERM" | "SIGINT", number: number) => () => {
    say({ kind: "signal", signal });
    signals += 1;
    if (signals === 1) {
      road ??= takeTheRoad();
      return;
    }
    flushOnce().catch(() => {});
    exit(128 + number);
  };
  const onFault = (error: unknown) => {
    if (road !== undefined && (error as Error | undefined)?.name === "StoppedError") return;
    faults += 1;
    if (faults <= 100) say({ kind: "fault", error });
    isFaulty = true;
    road ??= takeTheRoad();
  };
  const listeners: [Parameters<Host["on"]>[0], (value: unknown) => void][] = [
    ["SIGTERM", onSignal("SIGTERM", 15)],
    ["SIGINT", onSignal("SIGINT", 2)],
    ["uncaughtException", onFault],
    ["unhandledRejection", onFault],
  ];
  for (const [event, listener] of listeners) host.on(event, listener);
  return {
    [Symbol.dispose]() {
      for (const [event, listener] of listeners) host.off(event, listener);
    },
  };
}

export async function drainHttp(
  server: HttpServer,
  { notReady, noticeMs, signal }: DrainOptions,
): Promise<DrainReport> {
  requireMs("noticeMs", noticeMs);
  notReady();
  const sayClose = (_: unknown, response: HttpResponse) => void response.setHeader("connection", "close");
  server.prependListener("request", sayClose);
  let cut = Promise.resolve(0);
  const ended = Promise.withResolvers<void>();
  const end = () => {
    cut = new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    server.closeAllConnections();
    ended.resolve();
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end);
  try {
    await sleep(noticeMs, undefined, { signal });
  } catch {
    // The end has come sooner.
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  let isOpen = true;
  const whenClosed = closed.then(() => {
    isOpen = false;
  });
  while (isOpen) {
    const pause = new AbortController();
    await Promise.race([
      whenClosed,
      ended.promise,
      sleep(80, undefined, { signal: pause.signal }).catch(() => {}),
    ]);
    pause.abort();
    if (signal.aborted) break; // What is still open was upgraded.
    if (isOpen) server.closeIdleConnections();
  }
  signal.removeEventListener("abort", end);
  server.off("request", sayClose);
  return { cut: await cut };
}
