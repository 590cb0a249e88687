import type {
  DrainOptions,
  DrainReport,
  HostEvent,
  HttpResponse,
  HttpServer,
  Lab,
  Lifecycle,
  Resource,
  StopFailure,
  StopOptions,
  StopReport,
  SuperviseOptions,
} from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

class StartError extends Error {
  override readonly name = "StartError";
  readonly resource: string;
  readonly report: StopReport;
  constructor(resource: string, cause: unknown, report: StopReport) {
    super(`"${resource}" did not start`, { cause });
    this.resource = resource;
    this.report = report;
  }
}

class StoppedError extends Error {
  override readonly name = "StoppedError";
}
class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}
class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

function duration(name: string, ms: number): number {
  if (Number.isNaN(ms) || ms < 0 || ms > 2_147_483_647)
    throw new RangeError(`${name}: ${ms} ms cannot be waited for`);
  return ms;
}

interface Call {
  readonly resource: Resource;
  readonly controller: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A machine that is moved by what happens: "start", "ready", "refused", "stop", "ended", "failed", "timeout",
 * "deadline". Nothing in it waits; each event looks at where it is and does the next thing.
 */
class Machine implements Lifecycle {
  readonly #all: readonly Resource[];
  #next = 0;
  #mode: "new" | "starting" | "started" | "stopping" | "stopped" = "new";
  readonly #stack: Resource[] = [];
  readonly #report = {
    stopped: [] as string[],
    failed: [] as StopFailure[],
    forced: [] as string[],
    startFailure: undefined as StopFailure | undefined,
  };
  readonly #begun = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<StopReport>();
  #startFailure: { resource: string; cause: unknown } | undefined;
  #deadline: DeadlineError | undefined;
  readonly #deadlineTimers = new Set<NodeJS.Timeout>();
  /** The call under way. It is not any more as soon as something ends it, so whatever comes late finds another here. */
  #call: Call | undefined;

  constructor(all: readonly Resource[]) {
    this.#all = all;
    this.#begun.promise.catch(() => {});
  }

  start(): Promise<void> {
    if (this.#mode === "new") {
      this.#mode = "starting";
      this.#startNext();
    }
    return this.#begun.promise;
  }

  #startNext(): void {
    const resource = this.#all[this.#next];
    if (resource === undefined) {
      this.#mode = "started";
      this.#begun.resolve();
      return;
    }
    this.#next += 1;
    this.#make("start", resource, new AbortController());
  }

  #make(kind: "start" | "stop", resource: Resource, controller: AbortController): void {
    const call: Call = { resource, controller, timer: undefined };
    this.#call = call;
    if (kind === "stop") this.#limit();
    if (this.#call !== call) return; // It was given up before it was made.
    const { signal } = controller;
    const done = (happened: () => void) => {
      if (this.#call !== call) return;
      clearTimeout(call.timer);
      this.#call = undefined;
      happened();
    };
    const made = new Promise<void>((resolve) => {
      resolve(kind === "start" ? resource.start?.({ signal }) : resource.stop?.({ signal }));
    });
    made.then(
      () => done(() => (kind === "start" ? this.#ready(resource) : this.#stopped(resource))),
      (error: unknown) =>
        done(() => (kind === "start" ? this.#refused(resource, error) : this.#failed(resource, error))),
    );
  }

  #ready(resource: Resource): void {
    this.#stack.push(resource);
    if (this.#mode === "stopping") this.#stopNext();
    else this.#startNext();
  }

  #refused(resource: Resource, cause: unknown): void {
    if (this.#mode !== "stopping") {
      this.#startFailure = { resource: resource.name, cause };
      this.#report.startFailure = { name: resource.name, error: cause };
      this.#mode = "stopping";
    }
    this.#stopNext();
  }

  stop({ deadlineMs }: StopOptions = {}): Promise<StopReport> {
    if (deadlineMs !== undefined) {
      try {
        duration("deadlineMs", deadlineMs);
      } catch (error) {
        return Promise.reject(error);
      }
      if (this.#mode !== "stopped") {
        const ring = () => this.#atDeadline(new DeadlineError(`${deadlineMs} ms have passed`));
        this.#deadlineTimers.add(setTimeout(ring, deadlineMs));
      }
    }
    if (this.#mode === "stopping" || this.#mode === "stopped") return this.#over.promise;
    const wasStarting = this.#mode === "starting";
    this.#mode = "stopping";
    if (wasStarting && this.#call !== undefined) {
      this.#limit();
      this.#call.controller.abort(new StoppedError("Stop starting"));
    } else if (!wasStarting) this.#stopNext();
    return this.#over.promise;
  }

  #stopNext(): void {
    const resource = this.#stack.pop();
    if (resource === undefined) this.#end();
    else if (this.#deadline === undefined) this.#make("stop", resource, new AbortController());
    else this.#callInVain(resource, this.#deadline);
  }

  #callInVain(resource: Resource, deadline: DeadlineError): void {
    const { signal } = abortedWith(deadline);
    this.#report.forced.push(resource.name);
    Promise.try(async () => await resource.stop?.({ signal })).catch(() => {});
    this.#stopNext();
  }

  #stopped({ name }: Resource): void {
    this.#report.stopped.push(name);
    this.#stopNext();
  }

  #failed({ name }: Resource, error: unknown): void {
    this.#report.failed.push({ name, error });
    this.#stopNext();
  }

  #limit(): void {
    const call = this.#call;
    if (call === undefined) return;
    const { name, stopWithinMs } = call.resource;
    call.timer = setTimeout(
      () => this.#giveUp(new TimeoutError(`${name}: ${stopWithinMs} ms have passed`)),
      stopWithinMs,
    );
  }

  #giveUp(reason: Error): void {
    const call = this.#call;
    if (call === undefined) return;
    clearTimeout(call.timer);
    this.#call = undefined;
    this.#report.forced.push(call.resource.name);
    call.controller.abort(reason);
    this.#stopNext();
  }

  #atDeadline(error: DeadlineError): void {
    if (this.#mode !== "stopping" || this.#deadline !== undefined) return;
    this.#deadline = error;
    this.#giveUp(error);
  }

  #end(): void {
    this.#mode = "stopped";
    for (const timer of this.#deadlineTimers) clearTimeout(timer);
    this.#over.resolve(this.#report);
    if (this.#startFailure !== undefined) {
      const { resource, cause } = this.#startFailure;
      this.#begun.reject(new StartError(resource, cause, this.#report));
    } else this.#begun.reject(new StoppedError("It was stopped")); // No effect if all were ready.
  }
}

function abortedWith(reason: unknown): AbortController {
  const controller = new AbortController();
  controller.abort(reason);
  return controller;
}

export function createLifecycle(resources: readonly Resource[]): Lifecycle {
  const seen: string[] = [];
  for (const { name, stopWithinMs } of resources) {
    if (seen.includes(name)) throw new RangeError(`The name ${name} is taken`);
    seen.push(name);
    duration(`stopWithinMs of ${name}`, stopWithinMs);
  }
  return new Machine(resources.slice());
}

export function supervise(lifecycle: Lifecycle, options: SuperviseOptions): Disposable {
  const { host, flush } = options;
  const deadlineMs = duration("deadlineMs", options.deadlineMs);
  const flushWithinMs = duration("flushWithinMs", options.flushWithinMs ?? 1_000);
  const state = { status: 0, asked: 0, faults: 0, ending: false, flushed: false, gone: false };

  function tell(notice: Parameters<NonNullable<SuperviseOptions["tell"]>>[0]): void {
    Promise.resolve(new Promise((resolve) => resolve(options.tell?.(notice)))).catch(() => {});
  }
  function leave(status: number): void {
    if (state.gone) return;
    state.gone = true;
    host.exit(status);
  }
  function write(then: (well: boolean) => void): void {
    state.flushed = true;
    let isOver = false;
    const over = (well: boolean) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      then(well);
    };
    const timer = setTimeout(() => over(false), flushWithinMs);
    new Promise<void>((resolve) => resolve(flush())).then(
      () => over(true),
      () => over(false),
    );
  }
  function end(): void {
    if (state.ending) return;
    state.ending = true;
    lifecycle.stop({ deadlineMs }).then((report) => {
      tell({ kind: "stopped", report });
      if (report.failed.length > 0 || report.forced.length > 0 || report.startFailure) state.status = 1;
      if (state.flushed) return; // It was forced meanwhile.
      write((well) => leave(well ? state.status : 1));
    });
  }
  function signalled(signal: "SIGTERM" | "SIGINT"): void {
    tell({ kind: "signal", signal });
    state.asked += 1;
    if (state.asked === 1) {
      end();
      return;
    }
    if (!state.flushed) write(() => {});
    leave(signal === "SIGINT" ? 130 : 143);
  }
  function faulty(error: unknown): void {
    if (state.ending && error instanceof Error && error.name === "StoppedError") return;
    state.faults += 1;
    if (state.faults <= 100) tell({ kind: "fault", error });
    state.status = 1;
    end();
  }
  const listeners = new Map<HostEvent, (value: unknown) => void>([
    ["SIGTERM", () => signalled("SIGTERM")],
    ["SIGINT", () => signalled("SIGINT")],
    ["uncaughtException", faulty],
    ["unhandledRejection", faulty],
  ]);
  listeners.forEach((listener, event) => {
    host.on(event, listener);
  });
  return {
    [Symbol.dispose]: () =>
      listeners.forEach((listener, event) => {
        host.off(event, listener);
      }),
  };
}

export function drainHttp(server: HttpServer, options: DrainOptions): Promise<DrainReport> {
  return new Promise((resolve) => {
    const { notReady, signal } = options;
    const noticeMs = duration("noticeMs", options.noticeMs);
    notReady();
    const goodbye = (_request: unknown, response: HttpResponse): void => {
      response.setHeader("Connection", "close");
    };
    let reaper: NodeJS.Timeout | undefined;
    let cut: number | undefined;
    let isClosing = false;
    let isClosed = false;
    const finish = () => {
      if (!isClosed || (signal.aborted && isClosing && cut === undefined && counting)) return;
      clearTimeout(reaper);
      signal.removeEventListener("abort", end);
      server.off("request", goodbye);
      resolve({ cut: cut ?? 0 });
    };
    let counting = false;
    const reap = () => {
      server.closeIdleConnections();
      reaper = setTimeout(reap, 40);
    };
    const close = () => {
      isClosing = true;
      server.close(() => {
        isClosed = true;
        finish();
      });
      reaper = setTimeout(reap, 40);
    };
    const end = () => {
      clearTimeout(notice);
      counting = true;
      server.getConnections((_error, count) => {
        cut = count;
        isClosed = true; // But for what was upgraded.
        finish();
      });
      if (!isClosing) close();
      server.closeAllConnections();
    };
    server.prependListener("request", goodbye);
    const notice = setTimeout(close, noticeMs);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
