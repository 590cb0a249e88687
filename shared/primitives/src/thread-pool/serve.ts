/** What runs in each thread of a `ThreadPool`: it loads the module, and runs its functions one task after the other. */
import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { describeError, restoreError } from "./errors.ts";
import {
  type Batch,
  type DescribedError,
  type Outcomes,
  SLOTS,
  Slot,
  type Stop,
  type ThreadStart,
} from "./protocol.ts";
import type { ThreadTask, ThreadTaskContext } from "./task.ts";

/** Outcomes are kept back for a batch, but no longer than this. */
const LONGEST_WAIT_MS = 1;

const start: ThreadStart = workerData;
const slots = new Int32Array(start.slots);
const port = parentPort;
if (port === null) throw new Error("Cannot serve: this module is the thread of a ThreadPool, made by that");

/** What the module exports under a name. */
type Tasks = (name: string) => unknown;

const batches: Batch[] = [];
let working = false;
/** The task that runs, or ran last. */
let current: RunningTask | undefined;
let next = 0;

let outputs: unknown[] = [];
let failures: (DescribedError | undefined)[] | null = null;
let transfers: Transferable[] = [];
let since = 0;

class RunningTask implements ThreadTaskContext {
  readonly number: number;
  #controller: AbortController | undefined;

  constructor(number: number) {
    this.number = number;
  }

  get aborted(): boolean {
    return Atomics.load(slots, this.number % SLOTS) === Slot.aborted;
  }

  /** Made only for those who ask. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  stop(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  transfer(...objects: readonly Transferable[]): void {
    transfers.push(...objects);
  }
}

async function work(tasks: Tasks): Promise<void> {
  working = true;
  since = performance.now();
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const [inputs, names] = batch;
    for (let i = 0; i < inputs.length; i += 1) {
      const running = runNext(tasks, inputs[i], names?.[i]);
      if (running !== undefined) await running;
      if (performance.now() - since > LONGEST_WAIT_MS) send();
    }
    if (outputs.length > 0) send();
  }
  working = false;
}

/** A task that needs no waiting costs no promise. */
function runNext(tasks: Tasks, input: unknown, name = "default"): Promise<void> | undefined {
  const number = next;
  next += 1;
  const begins = Atomics.compareExchange(slots, number % SLOTS, Slot.sent, Slot.begun) === Slot.sent;
  if (!begins) {
    outputs.push(undefined);
    return undefined;
  }
  current = new RunningTask(number);
  try {
    const task = tasks(name);
    if (typeof task !== "function")
      throw new TypeError(`Cannot run in ThreadPool: its module exports no function "${name}"`);
    const output = (task as ThreadTask<unknown, unknown>)(input, current);
    if (isThenable(output)) return settle(output);
    outputs.push(output);
  } catch (error) {
    fail(error);
  }
  return undefined;
}

async function settle(output: PromiseLike<unknown>): Promise<void> {
  try {
    outputs.push(await output);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  failures ??= [];
  failures[outputs.length] = describeError(error);
  outputs.push(undefined);
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

function send(): void {
  const now = performance.now();
  const outcomes: Outcomes = [outputs, failures, now - since];
  try {
    port?.postMessage(outcomes, transfers);
  } catch {
    for (const outcome of oneByOne(outcomes)) port?.postMessage(outcome);
  }
  outputs = [];
  failures = null;
  transfers = [];
  since = now;
}

/** When something in a batch cannot be sent: the rest can, and whose it is learns why not. */
function* oneByOne([values, errors, ms]: Outcomes): Generator<Outcomes, undefined> {
  for (const [i, value] of values.entries()) {
    const failure = errors?.[i] ?? complaintAbout(value);
    yield [
      [failure === undefined ? value : undefined],
      failure === undefined ? null : [failure],
      ms / values.length,
    ];
  }
}

function complaintAbout(value: unknown): DescribedError | undefined {
  try {
    structuredClone(value);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

let tasks: Tasks | undefined;

port.on("message", (message: Batch | Stop) => {
  if (!("number" in message)) {
    batches.push(message);
    if (tasks !== undefined && !working) void work(tasks);
  } else if (current?.number === message.number) current.stop(restoreError(message.reason as DescribedError));
});

// Who dies takes nothing along that has ended before.
process.once("exit", () => {
  if (outputs.length > 0) send();
});

tasks = await load();
void work(tasks);

/** What cannot be loaded fails all that is run, with the reason. */
async function load(): Promise<Tasks> {
  try {
    const loaded: Record<string, unknown> = await import(start.module);
    return (name) => loaded[name];
  } catch (error) {
    return () => () => {
      throw error;
    };
  }
}
