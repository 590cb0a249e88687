import type { MessagePort } from "node:worker_threads";

/**
 * How the explorer and a thread talk: through a mailbox in shared memory, for a thread that is stopped can receive no
 * messages. Exactly one side has the turn. A thread that reaches an atomic operation writes down what it is about to
 * do, gives the turn away and sleeps until it gets it back, with an answer.
 *
 * Plain reads and writes need no turn: as long as there is no data race, their order among threads makes no
 * difference, and where there is one, the clocks find it in any order. So they are only noted, and told with the next
 * operation.
 */

/** What a thread is about to do, as numbers, because shared memory holds nothing else. */
export const Op = {
  /** It has ended, or has just been loaded: with the turn it begins (again). */
  begin: 0,
  load: 1,
  store: 2,
  /** Reads and writes in one: `add`, `exchange`, a `compareExchange` that hits. */
  update: 3,
  compareExchange: 4,
  wait: 5,
  waitAsync: 6,
  notify: 7,
  /** An async function of it waits, and its microtasks have come to rest. */
  rest: 8,
  /** It offers a moment at which it would go on: `turn(label)`. No step, the turn comes back at once. */
  offer: 9,
  /** It has noted as many plain accesses as fit. No step either. */
  flush: 10,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** Whose turn it is: the only word on which both sides sleep. */
export const THREADS_TURN = 1;
export const EXPLORERS_TURN = 0;

/** The fields of a mailbox, each a float: they hold every number that an `Int32Array` can. */
export const Field = {
  op: 0,
  /** Of which of the named regions of memory, and which bytes of it. */
  region: 1,
  offset: 2,
  size: 3,
  /** Where in the code, as an index into the places that the thread has reported. */
  site: 4,
  /** What it would compare with, or how many it would wake. */
  operand: 5,
  /** The `timeout` of a wait, `Infinity` without. */
  timeoutMs: 6,
  /** The number of the thread's own that says which of its async waits is meant. */
  ticket: 7,
  /** What the operation that came before this one found and left behind. */
  before: 8,
  after: 9,
  /** Which operation it is by name, as an index into `OPERATIONS`. */
  name: 10,
  /** The explorer's answer. */
  answer: 11,
  answerTicket: 12,
  /** How many plain accesses have been noted since the last turn. */
  noted: 13,
} as const;

export const OPERATIONS = [
  "",
  "load",
  "store",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "exchange",
  "compareExchange",
  "wait",
  "waitAsync",
  "notify",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Of a plain access: 0 reads, 1 writes; region, offset, size, site, value. */
export const NOTE_LENGTH = 6;
const MOST_NOTES = 512;
const HEADER_BYTES = 8;
const FIELDS = 16;

/** The explorer's answers to `wait` and `waitAsync`. */
export const ANSWERS = ["ok", "not-equal", "timed-out"] as const;
export const Answer = { ok: 0, notEqual: 1, timedOut: 2 } as const;

/** Both ends of a mailbox: the same memory, seen from either side. */
export class Mailbox {
  readonly buffer: SharedArrayBuffer;
  /** One word: whose turn it is. */
  readonly turn: Int32Array;
  readonly fields: Float64Array;
  readonly notes: Float64Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(HEADER_BYTES + 8 * (FIELDS + MOST_NOTES * NOTE_LENGTH));
    this.turn = new Int32Array(this.buffer, 0, 1);
    this.fields = new Float64Array(this.buffer, HEADER_BYTES, FIELDS);
    this.notes = new Float64Array(this.buffer, HEADER_BYTES + 8 * FIELDS);
  }
}

/** What a thread is given when it is started. */
export interface ThreadData {
  readonly mailbox: SharedArrayBuffer;
  readonly reports: MessagePort;
  readonly module: string;
  readonly body: string;
  readonly name: string;
  readonly memory: Readonly<Record<string, SharedArrayBuffer>>;
}

/** What a thread tells besides; read without waiting when somebody wants to know. */
export type Report =
  | { readonly site: number; readonly place: string | undefined }
  | { readonly ticket: number; readonly label: string }
  | { readonly result: unknown }
  | { readonly error: unknown };
