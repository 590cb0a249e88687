import { onAbort } from "@pattern-labs/primitives/abort";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import type {
  DrainOptions,
  DrainReport,
  HostEvent,
  HttpResponse,
  HttpServer,
  Lab,
  Lifecycle,
  Notice,
  Resource,
  StopFailure,
  StopOptions,
  StopReport,
  SuperviseOptions,
} from "../../contract.ts";

// Errors and options

/** From `start`: one of the resources could not be started, and all others have been stopped again. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly resource: string;
  readonly report: StopReport;

  constructor(resource: string, cause: unknown, report: StopReport) {
    super(`Could not start ${resource}`, { cause });
    this.resource = resource;
    this.report = report;
  }
}

/** From `start`, and the reason of the signal of a `start`: the lifecycle was stopped. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("The lifecycle was stopped before everything had started");
  }
}

/** The reason of the signal of a `stop`: the time of all is up. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(ms: number) {
    super(`Not everything had stopped within ${ms} ms`);
  }
}

const maxMs = 2_147_483_647;

function checkMs(option: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value <= maxMs) return;
  throw new RangeError(`${option} must be a number from 0 to ${maxMs}, got ${String(value)}`);
}

// Steps 1 and 2: the lifecycle

type Outcome =
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "forced" };

/** One call of a `start` or a `stop`. It has one outcome, whichever comes first: its end, its limit or the deadline. */
class Call {
  readonly #controller = new AbortController();
  readonly #done: (outcome: Outcome) => void;
  #limit: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(done: (outcome: Outcome) => void) {
    this.#done = done;
  }

  run(task: (options: { readonly signal: AbortSignal }) => Promise<void> | undefined): void {
    settled(() => task({ signal: this.#controller.signal })).then(
      () => this.#end({ kind: "ended" }),
      (error: unknown) => this.#end({ kind: "failed", error }),
    );
  }

  limit(ms: number): void {
    this.#limit = setTimeout(() => this.giveUp(new TimeoutError(ms)), ms);
  }

  /** Asks it to end soon, and goes on waiting for it. */
  tell(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Over before the signal aborts: what its listeners do comes too late to change the outcome. */
  giveUp(reason: unknown): void {
    if (this.#isOver) return;
    this.#close();
    this.#controller.abort(reason);
    this.#done({ kind: "forced" });
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#close();
    this.#done(outcome);
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#limit);
  }
}

/** Calls `task` now. What it throws is a rejection. */
function settled(task: () => unknown): Promise<unknown> {
  try {
    return Promise.resolve(task());
  } catch (error) {
    return Promise.reject(error);
  }
}

export function createLifecycle(resources: readonly Resource[]): Lifecycle {
  const names = new Set<string>();
  for (const { name, stopWithinMs } of resources) {
    if (names.has(name)) throw new RangeError(`Two resources have the name ${name}`);
    names.add(name);
    checkMs(`stopWithinMs of ${name}`, stopWithinMs);
  }
  return new StackLifecycle(resources);
}

class StackLifecycle implements Lifecycle {
  /** Those that are still to be started. */
  readonly #toStart: Iterator<Resource>;
  /** Those that are ready, the last one on top. */
  readonly #ready: Resource[] = [];

  readonly #started = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<StopReport>();
  #isStartAsked = false;
  #isStopping = false;
  #isOver = false;

  /** The call that is under way; while this stops there always is one. */
  #call: Call | undefined;
  #starting: Resource | undefined;
  /** Why `start` rejects, given what has become of the others. */
  #whyNot: (report: StopReport) => Error = () => new StoppedError();

  readonly #deadlines = new Set<NodeJS.Timeout>();
  #expired: DeadlineError | undefined;

  readonly #report = {
    stopped: [] as string[],
    failed: [] as StopFailure[],
    forced: [] as string[],
    startFailure: undefined as StopFailure | undefined,
  };

  constructor(resources: readonly Resource[]) {
    this.#toStart = [...resources].values();
  }

  start(): Promise<void> {
    if (!this.#isStartAsked) {
      this.#isStartAsked = true;
      if (this.#isStopping) this.#started.reject(new StoppedError());
      else this.#startNext();
    }
    return this.#started.promise;
  }

  stop({ deadlineMs }: StopOptions = {}): Promise<StopReport> {
    if (deadlineMs !== undefined) {
      try {
        checkMs("deadlineMs", deadlineMs);
      } catch (error) {
        return Promise.reject(error);
      }
      // Before anything is told to stop: whose own limit is the same meets the deadline first.
      if (!this.#isOver) this.#deadlines.add(setTimeout(() => this.#expire(deadlineMs), deadlineMs));
    }
    this.#beginStop();
    return this.#stopped.promise;
  }

  #startNext(): void {
    for (;;) {
      const next = this.#toStart.next();
      if (next.done === true) {
        this.#started.resolve();
        return;
      }
      const resource = next.value;
      if (resource.start !== undefined) {
        this.#starting = resource;
        this.#call = new Call((outcome) => this.#startEnded(resource, outcome));
        this.#call.run((options) => resource.start?.(options));
        return;
      }
      this.#ready.push(resource);
    }
  }

  #startEnded(resource: Resource, outcome: Outcome): void {
    this.#call = undefined;
    this.#starting = undefined;
    if (outcome.kind === "ended") this.#ready.push(resource);
    if (outcome.kind === "forced") this.#report.forced.push(resource.name);

    if (this.#isStopping) {
      this.#stopNext();
    } else if (outcome.kind === "failed") {
      this.#report.startFailure = { name: resource.name, error: outcome.error };
      this.#whyNot = (report) => new StartError(resource.name, outcome.error, report);
      this.#beginStop();
    } else {
      this.#startNext();
    }
  }

  #beginStop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#starting === undefined || this.#call === undefined) {
      this.#stopNext();
      return;
    }
    const told = new StoppedError();
    this.#whyNot = () => told;
    this.#call.limit(this.#starting.stopWithinMs);
    this.#call.tell(told);
  }

  #stopNext(): void {
    for (;;) {
      const resource = this.#ready.pop();
      if (resource === undefined) {
        this.#finish();
        return;
      }
      if (resource.stop === undefined) {
        this.#report.stopped.push(resource.name);
      } else if (this.#expired !== undefined) {
        this.#report.forced.push(resource.name);
        const call = new Call(() => {});
        call.tell(this.#expired);
        call.run((options) => resource.stop?.(options));
      } else {
        this.#call = new Call((outcome) => this.#stopEnded(resource, outcome));
        this.#call.limit(resource.stopWithinMs);
        this.#call.run((options) => resource.stop?.(options));
        return;
      }
    }
  }

  #stopEnded({ name }: Resource, outcome: Outcome): void {
    this.#call = undefined;
    if (outcome.kind === "ended") this.#report.stopped.push(name);
    else if (outcome.kind === "failed") this.#report.failed.push({ name, error: outcome.error });
    else this.#report.forced.push(name);
    this.#stopNext();
  }

  #expire(ms: number): void {
    this.#expired ??= new DeadlineError(ms);
    this.#call?.giveUp(this.#expired); // Goes on to the next, and so to the end.
  }

  #finish(): void {
    this.#isOver = true;
    for (const deadline of this.#deadlines) clearTimeout(deadline);
    this.#deadlines.clear();
    this.#stopped.resolve(this.#report);
    // Changes nothing if it has started. If nobody has asked for the start, nobody would hear of it.
    if (this.#isStartAsked) this.#started.reject(this.#whyNot(this.#report));
  }
}

// Step 3: signals

const numbers = { SIGTERM: 15, SIGINT: 2 } as const;

/**
 * | event                        | road                | status              |
 * |------------------------------|---------------------|---------------------|
 * | first signal                 | stop, if not begun  | as it is (0)        |
 * | second signal                | exit at once        | 128 + its number    |
 * | fault                        | stop, if not begun  | 1                   |
 * | StoppedError while it stops  |                     |                     |
 * | report with failures         |                     | 1                   |
 * | flush that fails or hangs    |                     | 1                   |
 */
export function supervise(lifecycle: Lifecycle, options: SuperviseOptions): Disposable {
  const { host, deadlineMs, flush, flushWithinMs = 1000, tell } = options;
  checkMs("deadlineMs", deadlineMs);
  checkMs("flushWithinMs", flushWithinMs);

  let status = 0;
  let signals = 0;
  let faults = 0;
  let isEnding = false;
  let isFlushed = false;
  let isOver = false;
  let flushLimit: NodeJS.Timeout | undefined;

  const say = (notice: Notice) => {
    settled(() => tell?.(notice)).catch(() => {});
  };

  const onSignal = (signal: keyof typeof numbers) => {
    signals += 1;
    const isForcing = signals > 1;
    say({ kind: "signal", signal });
    if (!isForcing) begin();
    else if (!isOver) {
      callFlush().catch(() => {});
      exit(128 + numbers[signal]);
    }
  };

  const onFault = (error: unknown) => {
    if (isEnding && error instanceof Error && error.name === "StoppedError") return;
    status = 1;
    faults += 1;
    if (faults <= 100) say({ kind: "fault", error });
    begin();
  };

  const begin = () => {
    if (isEnding || isOver) return;
    isEnding = true;
    settled(() => lifecycle.stop({ deadlineMs })).then(
      (report) => whenStopped(report as StopReport),
      () => {
        status = 1;
        flushAndExit();
      },
    );
  };

  const whenStopped = (report: StopReport) => {
    if (isOver) return;
    if (report.failed.length > 0 || report.forced.length > 0 || report.startFailure) status = 1;
    say({ kind: "stopped", report });
    flushAndExit();
  };

  const flushAndExit = () => {
    if (isOver) return;
    const failed = () => {
      status = 1;
      exit(status);
    };
    flushLimit = setTimeout(failed, flushWithinMs);
    callFlush().then(() => exit(status), failed);
  };

  const callFlush = (): Promise<unknown> => {
    if (isFlushed) return Promise.resolve();
    isFlushed = true;
    return settled(flush);
  };

  const exit = (code: number) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(flushLimit);
    host.exit(code);
  };

  const listeners: readonly [HostEvent, (value: unknown) => void][] = [
    ["SIGTERM", () => onSignal("SIGTERM")],
    ["SIGINT", () => onSignal("SIGINT")],
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

// Step 4: HTTP drain

/** How often connections that have fallen idle are looked for; 100 ms would be allowed. */
const sweepMs = 50;

/**
 * | connection                          | ended by                                                |
 * |-------------------------------------|---------------------------------------------------------|
 * | with a request from the call on     | the server itself, after the answer: `Connection: close` |
 * | idle at the end of the notice       | `close`                                                 |
 * | busy since before the call          | the next sweep, once it is idle                         |
 * | any that is open when patience ends | `closeAllConnections`                                   |
 */
export async function drainHttp(server: HttpServer, options: DrainOptions): Promise<DrainReport> {
  const { notReady, noticeMs, signal } = options;
  checkMs("noticeMs", noticeMs);

  const closed = Promise.withResolvers<void>();
  const counted = Promise.withResolvers<number>();
  let notice: NodeJS.Timeout | undefined;
  let sweep: NodeJS.Timeout | undefined;
  let isClosing = false;
  let isCut = false;

  const sayClose = (_request: unknown, response: HttpResponse) => {
    try {
      response.setHeader("Connection", "close");
    } catch {
      // Somebody came before this listener, and has answered already: the next sweep closes the connection.
    }
  };

  const close = () => {
    if (isClosing) return;
    isClosing = true;
    clearTimeout(notice);
    // An error means that it was closed before; it is called when the last connection has gone, even then.
    server.close(() => closed.resolve());
  };

  const endNotice = () => {
    close();
    server.closeIdleConnections();
    sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  };

  const cut = () => {
    isCut = true;
    clearInterval(sweep);
    server.getConnections((_error, count) => counted.resolve(count)); // Before `close`, which closes the idle ones.
    close();
    server.closeAllConnections();
    counted.promise.then(() => closed.resolve()); // Not even `close` gets rid of what was upgraded.
  };

  notReady();
  server.prependListener("request", sayClose);
  notice = setTimeout(endNotice, noticeMs);
  const withdraw = onAbort(signal, cut);
  try {
    await closed.promise;
    return { cut: isCut ? await counted.promise : 0 };
  } finally {
    withdraw();
    clearTimeout(notice);
    clearInterval(sweep);
    server.off("request", sayClose);
  }
}

export const attempted: Lab["attempted"] = [];
