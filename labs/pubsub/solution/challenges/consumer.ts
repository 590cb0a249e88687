import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import type {
  Broker,
  Consumer,
  ConsumerOptions,
  Delivery,
  Message,
  MessageLoop,
  Subscription,
} from "../../contract.ts";
import { checkedConsumerOptions } from "./consumer-options.ts";

type Result = IteratorResult<Delivery, undefined>;
type Reader = (result: Result | Promise<Result>) => void;

/** A message from when it was fetched until it is acknowledged or dead: it is due, or in work, or rests until a time. */
interface Task {
  readonly message: Message;
  attempts: number;
  isInWork: boolean;
  timer?: NodeJS.Timeout | undefined;
  place?: LinkedListNode<Task> | undefined; // In the line of those that are due.
}

/**
 * A subscription whose messages come again until they are acknowledged. It stands on a broker's public side alone. It
 * fetches a message only when somebody wants one and nothing is due: so what nobody works on waits in the subscription,
 * under its limit and its policy.
 */
export class AckingConsumer implements Consumer {
  readonly #broker: Broker;
  readonly #options: ReturnType<typeof checkedConsumerOptions>;
  readonly #subscription: Subscription;
  readonly #source: MessageLoop;
  readonly #withdraw: () => void;
  readonly #tasks = new Set<Task>();
  readonly #due = new LinkedList<Task>();
  readonly #readers = new LinkedList<Reader>();
  #isFetching = false;
  #end: (() => Promise<Result>) | undefined;

  constructor(broker: Broker, pattern: string, options: ConsumerOptions) {
    this.#options = checkedConsumerOptions(pattern, options);
    this.#broker = broker;
    this.#subscription = broker.subscribe(pattern, options);
    this.#source = this.#subscription[Symbol.asyncIterator]();
    const { signal } = options;
    this.#withdraw = onAbort(signal, () => this.#endWith(() => Promise.reject(signal?.reason)));
  }

  get id(): string {
    return this.#subscription.id;
  }

  get missed(): number {
    return this.#subscription.missed;
  }

  get unacknowledged(): number {
    return this.#tasks.size;
  }

  [Symbol.asyncIterator]() {
    return {
      next: () => this.#next(),
      return: () => {
        this[Symbol.dispose]();
        return Promise.resolve(DONE);
      },
    };
  }

  #next(): Promise<Result> {
    if (this.#end !== undefined) return this.#end();
    return new Promise((reader) => {
      this.#readers.push(reader);
      this.#serve();
    });
  }

  /** Whenever somebody asks, something is due, or something is done with. */
  #serve(): void {
    while (this.#readers.size > 0 && this.#due.size > 0) {
      const task = this.#due.shift() as Task;
      task.place = undefined;
      this.#deliver(task, this.#readers.shift() as Reader);
    }
    if (this.#readers.size > 0) this.#fetch();
  }

  #fetch(): void {
    if (this.#isFetching || this.#tasks.size >= this.#options.maxInFlight) return;
    this.#isFetching = true;
    this.#source.next().then(
      ({ done, value }) => {
        this.#isFetching = false;
        if (done) this.#endWith(() => Promise.resolve(DONE));
        else this.#accept({ message: value, attempts: 0, isInWork: false });
      },
      (error: unknown) => this.#endWith(() => Promise.reject(error)),
    );
  }

  #accept(task: Task): void {
    if (this.#end !== undefined) return;
    this.#tasks.add(task);
    this.#becomeDue(task);
  }

  #becomeDue(task: Task): void {
    task.place = this.#due.push(task);
    this.#serve();
  }

  #deliver(task: Task, reader: Reader): void {
    task.attempts += 1;
    task.isInWork = true;
    task.timer = setTimeout(() => this.#fail(task, 0), this.#options.ackWithinMs);
    const attempt = task.attempts;
    const value: Delivery = {
      ...task.message,
      attempt,
      ack: () => this.#finish(task),
      nak: ({ delayMs = 0 } = {}) => {
        this.#options.checkDelay(delayMs);
        const isCurrent = task.isInWork && task.attempts === attempt && this.#tasks.has(task);
        if (isCurrent) this.#fail(task, delayMs);
      },
    };
    reader({ done: false, value });
  }

  /** Acknowledged, whichever delivery it was, or dead. */
  #finish(task: Task): void {
    if (!this.#tasks.delete(task)) return;
    clearTimeout(task.timer);
    if (task.place !== undefined) this.#due.remove(task.place);
    this.#serve();
  }

  #fail(task: Task, delayMs: number): void {
    clearTimeout(task.timer);
    task.isInWork = false;
    if (task.attempts === this.#options.maxDeliveries) this.#bury(task);
    else if (delayMs === 0) this.#becomeDue(task);
    else task.timer = setTimeout(() => this.#becomeDue(task), delayMs);
  }

  #bury(task: Task): void {
    const { deadLetterTopic } = this.#options;
    this.#finish(task);
    if (deadLetterTopic === undefined) return;
    this.#broker.publish(deadLetterTopic, { id: this.id, message: task.message, attempts: task.attempts });
  }

  [Symbol.dispose](): void {
    this.#endWith(() => Promise.resolve(DONE));
  }

  #endWith(end: () => Promise<Result>): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#withdraw();
    this.#subscription[Symbol.dispose]();
    for (const { timer } of this.#tasks) clearTimeout(timer);
    this.#tasks.clear();
    while (this.#due.size > 0) this.#due.shift();
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift())
      reader(end());
  }
}

const DONE: Result = { done: true, value: undefined };
