/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it. Times are in
 * milliseconds, from 0 to 2,147,483,647: given more, `setTimeout` fires at once. The tests run in simulated time; every
 * clock and timer of Node follows it. The process and the HTTP server come in as parameters: real ones fit.
 */
export interface Lab {
  /** Puts resources together into something that starts and stops as one. Calls none of them yet. */
  createLifecycle(resources: readonly Resource[]): Lifecycle; // 1
  /** From now on a signal, or an error that nobody caught, stops the lifecycle and ends the process. */
  supervise(lifecycle: Lifecycle, options: SuperviseOptions): Disposable; // 3
  /** Closes an HTTP server so that nobody who was let in goes without an answer. */
  drainHttp(server: HttpServer, options: DrainOptions): Promise<DrainReport>; // 4

  /** Workers that do jobs in the background, with a `start` and a `stop` that fit a Resource. */
  createWorkers?<J>(options: WorkersOptions<J>): Workers; // challenge workers
  /** What the probes of an orchestrator are answered. */
  createHealth?(options: HealthOptions): Health; // challenge readiness
  /** Tells of every connection of a server, as it changes its state. */
  watchConnections?(server: ConnectionSource, tell: TellConnection): ConnectionWatch; // challenge connections
  /** Notices that the process which started this one has gone, as `npm` does when it gets a SIGTERM. */
  watchParent?(host: Child, options: WatchParentOptions): Disposable; // challenge orphan
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

// The lifecycle

/** What is opened at the start and put away at the end. A `start` or `stop` that throws counts as one that rejects. */
export interface Resource {
  /** Known by it in reports. No two resources of a lifecycle have the same. */
  readonly name: string;
  /** How long its `stop` may take. */
  readonly stopWithinMs: number; // 1, but it has no effect before 2
  /**
   * Resolves when it is ready for those that are started after it. Left out: it is ready at once.
   * If it rejects it has put away itself what it had opened: it is not stopped.
   *
   * @param options.signal Aborts, with a StoppedError, when the lifecycle is stopped meanwhile.
   */
  start?(options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Resolves when it is put away. Left out: there is nothing to put away, and it has stopped well when its turn comes.
   *
   * @param options.signal Aborts when its time is up: do now what can be done at once, nobody waits any longer. (2)
   */
  stop?(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface Lifecycle {
  /**
   * Starts the resources in their order, each when the one before it is ready. Resolves when all are. Calling it again
   * is the same start. Do not await it inside a `start` or `stop` of its own resources.
   *
   * @throws StartError If one of them fails before `stop` is called: those that were started have been stopped by then, as by `stop`, and no
   *   other was started.
   * @throws StoppedError If `stop` is called before all are ready. That one whose `start` is under way is awaited: if it
   *   gets ready all the same it is stopped as the first; if it rejects, it is left alone, and what it throws is dropped.
   *   It has `stopWithinMs` for that, counted from the stop: then it is given up as a stop would be, but its `stop` is
   *   not called, since nobody knows what there is to stop (2). `start` rejects when all else is stopped, too.
   * @throws StoppedError If `stop` was called before. Nothing is started.
   */
  start(): Promise<void>; // 1

  /**
   * Stops what was started, in reverse order, each when the one before it has ended: stopped, failed or given up.
   * Every one is stopped, whatever became of the others. Never rejects because of them. Stopping is done once: calling
   * it again, even inside a `start` or `stop`, or after a start that failed, resolves to the very same report. Do not
   * await it inside a `start` or `stop` of its own resources: it waits for them.
   *
   * - A `stop` that takes longer than its `stopWithinMs`: its signal aborts with a TimeoutError, nobody waits for it any
   *   longer, and the next one is stopped. (2)
   * - At the deadline nothing is waited for any longer: the signal of the one under way aborts with a DeadlineError;
   *   those that are still to come are called at once, in their order, each with a signal that has aborted already, with
   *   the same error; and it resolves. (2)
   * - What somebody who was given up does later, or throws, changes nothing. (2)
   *
   * @param options.deadlineMs Counted from this call. Each call may have one, and each of them counts; also if the
   *   stopping was begun by a start that failed. Left out: none but those of the resources. (2)
   * @throws RangeError If `deadlineMs` is out of its range, by rejecting; nothing is stopped then. (2)
   */
  stop(options?: StopOptions): Promise<StopReport>; // 1
}

export interface StopOptions {
  readonly deadlineMs?: number | undefined; // 2
}

/**
 * Each resource that was started (or was being started, and given up) is in one of these lists, once. Where one stands
 * that has no `stop`, and whose turn comes at the deadline, is left open: `stopped` or `forced`.
 */
export interface StopReport {
  /** Names of those whose `stop` has resolved in time, in the order in which they ended. */
  readonly stopped: readonly string[];
  /** Those whose `stop` has rejected in time, with the very error, in the order in which they ended. */
  readonly failed: readonly StopFailure[];
  /** Names of those that were given up, in the order in which they were. */
  readonly forced: readonly string[]; // 1: empty; 2
}

export interface StopFailure {
  readonly name: string;
  readonly error: unknown;
}

// The process

export interface SuperviseOptions {
  readonly host: Host; // 3
  /** How long the lifecycle may take to stop; the `deadlineMs` of its `stop`. */
  readonly deadlineMs: number; // 3
  /** Writes out what was logged. Called once, when the lifecycle has stopped. May throw or reject. */
  readonly flush: () => Promise<void>; // 3
  /** How long `flush` may take. Default 1,000. */
  readonly flushWithinMs?: number | undefined; // 3
  /** Told of what happens, as it happens: for the log. What it throws is dropped. */
  readonly tell?: ((notice: Notice) => void) | undefined; // 3
}

/** What a log should know of an end. */
export type Notice =
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGINT" }
  /** An error that nobody caught. Since it has a listener now, Node prints it no more: if this is dropped, it is lost. */
  | { readonly kind: "fault"; readonly error: unknown }
  /** The lifecycle has stopped; told before `flush` is called. */
  | { readonly kind: "stopped"; readonly report: StopReport };

/** The part of `process` that is used. */
export interface Host {
  on(event: HostEvent, listener: (value: unknown) => void): unknown;
  off(event: HostEvent, listener: (value: unknown) => void): unknown;
  /** With the real one nothing runs after it. With the tests' it returns, and the process goes on for a while. */
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
  /** The end of patience: what is still open is cut. Not an error: the drain then resolves as soon as all is closed. */
  readonly signal: AbortSignal; // 4
}

export interface DrainReport {
  /** How many connections were open when patience ended, as `getConnections` tells; 0 if it did not. */
  readonly cut: number;
}

/**
 * The part of an `http.Server` that is used. It is as in Node 19 and newer, where `close` closes the idle connections,
 * too, but only those that are idle at that moment.
 */
export interface HttpServer {
  /** Listeners are called in their order, for each request, before anything else happens: the handler is one of them. */
  on(event: "request", listener: RequestListener): unknown;
  /** The same, but as the first of them. */
  prependListener(event: "request", listener: RequestListener): unknown;
  off(event: "request", listener: RequestListener): unknown;
  /** Takes no more connections. Those that are there go on, with further requests, too. Calls `done` when none is left. */
  close(done: (error?: Error) => void): unknown;
  /** Closes the connections on which no request is under way. */
  closeIdleConnections(): void;
  /** Closes all connections, answered or not. */
  closeAllConnections(): void;
  /** Counts the open connections at this moment, and calls `done` with their number a moment later. */
  getConnections(done: (error: Error | null, count: number) => void): unknown;
}

export type RequestListener = (request: unknown, response: HttpResponse) => void;

export interface HttpResponse {
  /** Throws, as in Node, if the head of the answer has been sent already. */
  setHeader(name: string, value: string): unknown;
}

// Challenges

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
   * Does a job. If it rejects, the job is given back.
   *
   * @param options.signal Aborts when the signal of `stop` does.
   */
  readonly work: (job: J, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Puts a job that was not done back into the queue. Called once for each of those. What it throws is dropped. */
  readonly giveBack: (job: J) => Promise<void>;
}

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
  /** The answer to a probe; undefined for any other path than `/healthz` and `/readyz`. Never rejects. */
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
   * Closes the connections that are still "new": that have sent half a request, or (with older versions of Node, such as 20) nothing at all.
   * `closeIdleConnections` leaves them alone, and once a server is closing no time limit of Node ends them any more.
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

/*
 * Errors, known by their `name`:
 *
 *   StartError     from start; its `resource` is the name of the one that failed, its `cause` the very error, its
 *                  `report` what became of the others
 *   StoppedError   from start, and the reason of the signal of a `start`, if the lifecycle is stopped (1)
 *   TimeoutError   the reason of the signal of a `stop` or a `start` that has taken longer than its `stopWithinMs`: a
 *                  start's signal has aborted by then, and keeps its reason (2); of a check (challenge readiness)
 *   DeadlineError  the reason of the signal of a `stop` at the deadline (2)
 *   RangeError     for an option out of its range, and for two resources of one name; the message names the option and
 *                  the value. `createLifecycle`, `supervise` and the challenges throw it, `stop` and `drainHttp` reject
 *                  with it; nothing has begun then
 */

export type Challenge = "workers" | "readiness" | "connections" | "orphan";
