/**
 * What runs in each thread: it loads the module under test over instrumented memory, and runs its body each time it is
 * given the turn.
 */
import { workerData } from "node:worker_threads";
import { placeOf } from "../place.ts";
import { instrument, type Outcome, type Place, type Probe, type WaitAnswer } from "./instrument.ts";
import {
  ANSWERS,
  Answer,
  EXPLORERS_TURN,
  Field,
  Mailbox,
  NOTE_LENGTH,
  OPERATIONS,
  Op,
  type Operation,
  type Report,
  type ThreadData,
} from "./protocol.ts";

const { mailbox, reports, module, body, name, memory } = workerData as ThreadData;
const { turn, fields, notes } = new Mailbox(mailbox);
const { load: look, wait, store, notify } = Atomics; // The real ones: below they are replaced.
const setImmediate = globalThis.setImmediate;

const sites = new Map<string, number>();
/** The async waits that are open, by number. */
const tickets = new Map<number, (answer: WaitAnswer) => void>();
let lastTicket = 0;

const report = (message: Report) => reports.postMessage(message);

/** Gives the turn away and sleeps until it comes back. */
function announce(op: Op, request: Partial<Record<keyof typeof Field, number>> = {}): number {
  fields[Field.op] = op;
  for (const [field, value] of Object.entries(request)) fields[Field[field as keyof typeof Field]] = value;
  store(turn, 0, EXPLORERS_TURN);
  notify(turn, 0);
  // Looked at again, for the wake-up may be a late one: whoever gives the turn stores first and notifies afterwards.
  while (look(turn, 0) === EXPLORERS_TURN) wait(turn, 0, EXPLORERS_TURN);
  fields[Field.noted] = 0;
  return fields[Field.answer] ?? 0;
}

/** Where in the code under test this is, as a number. */
function site(): number {
  const stack = new Error("here").stack ?? "";
  const known = sites.get(stack);
  if (known !== undefined) return known;
  const added = sites.size;
  sites.set(stack, added);
  report({ site: added, place: placeOf(stack) });
  return added;
}

const requestFor = (operation: Operation, { region, offset, size }: Place) => ({
  name: OPERATIONS.indexOf(operation),
  region,
  offset,
  size,
  site: site(),
});

const OP_OF: Partial<Record<Operation, Op>> = {
  load: Op.load,
  store: Op.store,
  compareExchange: Op.compareExchange,
};

const probe: Probe = {
  note(writes: boolean, { region, offset, size }: Place, value: number) {
    const count = fields[Field.noted] ?? 0;
    notes.set([writes ? 1 : 0, region, offset, size, site(), value], count * NOTE_LENGTH);
    fields[Field.noted] = count + 1;
    if ((count + 2) * NOTE_LENGTH > notes.length) announce(Op.flush);
  },

  step<T>(operation: Operation, place: Place, act: () => Outcome<T>, operand = 0): T {
    announce(OP_OF[operation] ?? Op.update, { ...requestFor(operation, place), operand });
    const { result, before, after } = act();
    fields[Field.before] = before;
    fields[Field.after] = after;
    return result;
  },

  wait(place, expected, timeoutMs) {
    const answer = announce(Op.wait, { ...requestFor("wait", place), operand: expected, timeoutMs });
    return ANSWERS[answer] ?? "ok";
  },

  waitAsync(place, expected, timeoutMs) {
    const { ticket, answered } = openTicket();
    const request = requestFor("waitAsync", place);
    const answer = announce(Op.waitAsync, { ...request, operand: expected, timeoutMs, ticket });
    if (answer === Answer.ok) return answered;
    tickets.delete(ticket);
    return answer === Answer.notEqual ? "not-equal" : "timed-out";
  },

  notify(place, count) {
    return announce(Op.notify, { ...requestFor("notify", place), operand: count });
  },
};

function openTicket() {
  lastTicket += 1;
  const { promise, resolve } = Promise.withResolvers<WaitAnswer>();
  tickets.set(lastTicket, resolve);
  return { ticket: lastTicket, answered: promise };
}

/** A moment that the explorer may let come at any point, or never: an abort, a timer, a message. */
async function moment(label: string): Promise<void> {
  const { ticket, answered } = openTicket();
  report({ ticket, label });
  announce(Op.offer, { ticket, site: site() });
  await answered;
}

/** Runs the body once. What it awaits can only be what the explorer knows of. */
async function runBody(run: Body): Promise<unknown> {
  const returned = run(memory, { name, moment });
  if (!isThenable(returned)) return returned;
  let settled = false;
  const settle = () => {
    settled = true;
  };
  returned.then(settle, settle);
  for (;;) {
    await microtasks();
    if (settled) return await returned;
    const answer = announce(Op.rest);
    const ticket = fields[Field.answerTicket] ?? 0;
    tickets.get(ticket)?.(ANSWERS[answer] ?? "ok");
    tickets.delete(ticket);
  }
}

type Body = (memory: ThreadData["memory"], context: { name: string; moment: typeof moment }) => unknown;

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === "function";

const microtasks = () => new Promise((resolve) => setImmediate(resolve));

async function load(): Promise<Body> {
  instrument(Object.values(memory), probe);
  const exported = ((await import(module)) as Record<string, unknown>)[body];
  if (typeof exported === "function") return exported as Body;
  throw new TypeError(`Cannot explore threads: ${module} exports no function "${body}"`);
}

const run = await load().catch((error: unknown) => () => {
  throw error;
});

for (;;) {
  announce(Op.begin);
  tickets.clear();
  lastTicket = 0;
  try {
    report({ result: await runBody(run) });
  } catch (error) {
    report({ error });
  }
}
