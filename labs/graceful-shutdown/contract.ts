/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Times are in milliseconds, from 0 to 2,147,483,647. The
 * tests run in simulated time, and any clock or timer of Node follows it: "at once" is within the same instant,
 * however many promises that takes.
 *
 * Left open: whatever is said neither here nor in the README; which comes first of two things that fall on the same
 * instant (a limit and the deadline, a failing start and a stop); whether a time of 0 is over at once or a turn of the
 * timers later; calls of `start` and `stop` from within a resource's own.
 */
export interface Lab extends Challenges {
  /** Puts resources together into something that starts and stops as one. Calls none of them yet. */
  createLifecycle(resources: readonly Resource[]): Lifecycle; // 1
  /** From now on a signal, or an error that nobody caught, stops the lifecycle and ends the process. */
  supervise(lifecycle: Lifecycle, options: SuperviseOptions): Disposable; // 3
  /** Closes an HTTP server that listens, so that nobody who was let in goes without an answer. */
  drainHttp(server: HttpServer, options: DrainOptions): Promise<DrainReport>; // 4
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

// The lifecycle

/** What is opened at the start and put away at the end. A `start` or `stop` that throws counts as one that rejects. */
export interface Resource {
  /** Known by it in reports. No two have the same. */
  readonly name: string;
  /** How long its `stop` may take. */
  readonly stopWithinMs: number; // 2
  /**
   * Resolves when it is ready for those that come after it. Left out: it is ready at once.
   * If it rejects it has put away itself what it had opened.
   *
   * @param options.signal Aborts, with a StoppedError, when the lifecycle is stopped meanwhile.
   */
  start?(options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Resolves when it is put away. Left out: it has stopped well when its turn comes.
   *
   * @param options.signal Aborts when its time is up: do now what can be done at once, nobody waits any longer. (2)
   */
  stop?(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface Lifecycle {
  /**
   * Starts the resources. Resolves when all are ready. Calling it again is the same start.
   *
   * @throws StartError If one of them fails. It comes when all that were started have been stopped, as by `stop`.
   * @throws StoppedError If `stop` is called before all are ready. It comes when all has stopped.
   */
  start(): Promise<void>; // 1

  /**
   * Stops what was started. Never rejects: what went wrong is in the report.
   *
   * If a `start` is under way, its signal aborts with a StoppedError, and it is awaited. When it gets ready all the same
   * it is stopped, as the first; when it rejects it is left alone, and what it throws is dropped.
   *
   * From step 2 on a `stop` is awaited until one of three things happens:
   * - it ends, well or badly;
   * - its `stopWithinMs`, counted from its call, are over: its signal aborts with a TimeoutError;
   * - the deadline is reached: its signal aborts with a DeadlineError. Those still to come are then called with a signal
   *   that has aborted already, with the same error, and not awaited either.
   *
   * In the last two it is given up. So is a `start` that is under way; its `stopWithinMs` count from the stop, its signal
   * keeps the reason that it has, and its `stop` is not called: nobody knows what there is to stop.
   */
  stop(options?: StopOptions): Promise<StopReport>; // 1
}

export interface StopOptions {
  /** The deadline, counted from this call. Left out: this call sets none. */
  readonly deadlineMs?: number | undefined; // 2
}

/** Who stands where. (One without a `stop` whose turn comes at the deadline: in `stopped` or in `forced`.) */
export interface StopReport {
  /** Those whose `stop` has resolved in time. */
  readonly stopped: readonly string[];
  /** Those whose `stop` has rejected in time, each with the very error. */
  readonly failed: readonly StopFailure[];
  /** Those that were given up. */
  readonly forced: readonly string[]; // 2; empty until then
  /** Whose start has failed, and brought on this stop; left out if none has. It stands in no list. */
  readonly startFailure?: StopFailure | undefined; // 3
}

export interface StopFailure {
  readonly name: string;
  readonly error: unknown;
}

// The process

export interface SuperviseOptions {
  readonly host: Host; // 3
  /** For the `stop` of the lifecycle. */
  readonly deadlineMs: number; // 3
  /** Writes out what was logged. May throw or reject. */
  readonly flush: () => Promise<void>; // 3
  /** How long `flush` may take. Default 1,000. */
  readonly flushWithinMs?: number | undefined; // 3
  /**
   * Told of what happens, as it happens: for the log. Not async. What it throws is dropped; what it fails with later, as
   * a stream does whose reader has gone, comes back as a fault. So of faults the first 100 are told, and no more.
   */
  readonly tell?: ((notice: Notice) => void) | undefined; // 3
}

/** What a log should know of an end. */
export type Notice =
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGINT" }
  /** An error that nobody caught. Since it has a listener now, Node prints it no more: if this is dropped, it is lost. */
  | { readonly kind: "fault"; readonly error: unknown }
  /** The lifecycle has stopped. */
  | { readonly kind: "stopped"; readonly report: StopReport };

/** The part of `process` that is used. */
export interface Host {
  on(event: HostEvent, listener: (value: unknown) => void): unknown;
  off(event: HostEvent, listener: (value: unknown) => void): unknown;
  /**
   * With the real one nothing runs after it. The tests' one returns: do not call it, or `flush`, once more. Whatever else
   * you do after it is left open.
   */
  exit(status: number): void;
}

/** Listeners are called with the signal's name, or with the error. */
export type HostEvent = "SIGTERM" | "SIGINT" | "uncaughtException" | "unhandledRejection";

// HTTP

export interface DrainOptions {
  /** Makes the readiness probe say no, so that load balancers send no more. Does not throw. */
  readonly notReady: () => void; // 4
  /** How long they get to notice. */
  readonly noticeMs: number; // 4
  /** The end of patience. Not an error: the drain resolves. */
  readonly signal: AbortSignal; // 4
}

export interface DrainReport {
  /** How many connections were open when patience ended, before any was closed for that; 0 if it did not. */
  readonly cut: number;
}

/** The part of an `http.Server` that is used, as in Node 19 and newer. */
export interface HttpServer {
  /** Listeners are called in their order, for each request, before anything else happens: the handler is one of them. */
  on(event: "request", listener: RequestListener): unknown;
  /** The same, but as the first of them. */
  prependListener(event: "request", listener: RequestListener): unknown;
  off(event: "request", listener: RequestListener): unknown;
  /**
   * Takes no more connections, and closes those that are idle at this moment. The others go on, with further requests,
   * too. Calls `done` when none is left.
   */
  close(done: (error?: Error) => void): unknown;
  /** Closes the connections on which no request is under way. */
  closeIdleConnections(): void;
  /** Closes all connections, answered or not, but for those that were upgraded: `close` waits for these, all the same. */
  closeAllConnections(): void;
  /** Counts the open connections at this moment, and calls `done` with their number a moment later. */
  getConnections(done: (error: Error | null, count: number) => void): unknown;
}

export type RequestListener = (request: unknown, response: HttpResponse) => void;

export interface HttpResponse {
  /** Throws, as in Node, if the head of the answer has been sent already. */
  setHeader(name: string, value: string): unknown;
}

/*
 * Errors are known by their `name`; given/errors.ts has them, each with what it is for. An option out of range is a
 * RangeError, whose message names the option and the value; so are two resources of one name. In the core, what stands
 * in the starter sees to it.
 */

// Challenges: not needed for the core

/** What an answer exports besides if it takes up challenges. */
export interface Challenges {
  /** Workers that do jobs in the background, with a `start` and a `stop` that fit a Resource. */
  createWorkers?<J>(options: WorkersOptions<J>): Workers; // workers
  /** What the probes of an orchestrator are answered. */
  createHealth?(options: HealthOptions): Health; // readiness
  /** Tells of every connection of a server, as it changes its state. */
  watchConnections?(server: ConnectionSource, tell: TellConnection): ConnectionWatch; // connections
  /** Notices that the process which started this one has gone, as `npm` does when it gets a SIGTERM. */
  watchParent?(host: Child, options: WatchParentOptions): Disposable; // orphan
}

export type Challenge = "workers" | "readiness" | "connections" | "orphan";

export interface WorkersOptions<J> {
  /** How many jobs are done at once. A whole number from 1. */
  readonly workers: number;
  /**
   * Takes some jobs from the queue, none if there are none; it waits for some itself. Called by one worker at a time,
   * when it has no job left that was taken. If it rejects, nothing was taken; the workers try again after 1,000 ms.
   *
   * @param options.signal Aborts at the stop. Jobs that come all the same have been taken.
   */
  readonly take: (options: { readonly signal: AbortSignal }) => Promise<readonly J[]>;
  /**
   * Does a job. If it rejects, the job is given back, and the event loop turns before the worker goes on: a job that
   * always fails must not keep a signal from being heard.
   *
   * @param options.signal Aborts when the signal of `stop` does.
   */
  readonly work: (job: J, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Puts a job that was not done back into the queue. Called once for each of those. What it throws is dropped. */
  readonly giveBack: (job: J) => Promise<void>;
}

/** Both are called once, `start` first. */
export interface Workers {
  /** Sets the workers to work, and resolves. */
  start(): Promise<void>;
  /** Stops taking, gives back what has not been begun, finishes what has. Resolves when no call is under way. */
  stop(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface HealthOptions {
  readonly dependencies: readonly Dependency[];
  /** How long each of them may take to answer. */
  readonly checkWithinMs: number;
  /** How long `waitUntilReady` waits before it asks again. */
  readonly retryMs: number;
}

export interface Dependency {
  readonly name: string;
  /** Resolves if it answers. */
  check(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface Health {
  /** Resolves when all dependencies have answered in the same round. From then on `/readyz` may say 200. */
  waitUntilReady(options: { readonly signal: AbortSignal }): Promise<void>;
  /** For `drainHttp`: from now on `/readyz` says 503, for good. */
  notReady(): void;
  /** The answer to a probe; undefined for any other path than `/healthz` and `/readyz` (no query). Never rejects. */
  answer(path: string): Promise<ProbeAnswer> | undefined;
}

export interface ProbeAnswer {
  readonly status: 200 | 503;
  /** The names of the dependencies that do not answer, in their order; none if that is not why. */
  readonly down: readonly string[];
}

/** The part of an `http.Server` that is used. */
export interface ConnectionSource {
  on(event: "connection", listener: (socket: ClosingSocket) => void): unknown;
  prependListener(event: "request", listener: ServedListener): unknown;
  off(event: "connection", listener: (socket: ClosingSocket) => void): unknown;
  off(event: "request", listener: ServedListener): unknown;
}

export type ServedListener = (request: { readonly socket: ClosingSocket }, response: ServedResponse) => void;

export interface ServedResponse {
  /** Emitted once, when the answer was sent or the connection has gone. */
  on(event: "close", listener: () => void): unknown;
}

export interface ClosingSocket {
  /** Emitted once; after the "close" of its answers, or before it. */
  on(event: "close", listener: () => void): unknown;
  /** Closes the connection at once. */
  destroy(): unknown;
}

/** Disposing of it takes its listeners off the server; of connections that it has seen it tells on. */
export interface ConnectionWatch extends Disposable {
  /**
   * Closes the connections that are still "new": that have sent half a request, or (with older versions of Node, such
   * as 20) nothing at all. `closeIdleConnections` leaves them alone, and once a server is closing no time limit of Node
   * ends them any more. Not called after disposing.
   */
  closeNew(): void;
}

/** `id` is 1 for the first connection that was seen, then 2, 3 … */
export type TellConnection = (id: number, state: ConnectionState) => void;

export type ConnectionState = "new" | "active" | "idle" | "closed";

/** The part of `process` that is used. */
export interface Child {
  /** The process that started this one; another number once that has gone. */
  readonly ppid: number;
}

export interface WatchParentOptions {
  /** How often to look. It does not keep the process alive. */
  readonly everyMs: number;
  /** Called once, when `ppid` is no longer what it was at the call of `watchParent`. */
  readonly onOrphan: () => void;
}
