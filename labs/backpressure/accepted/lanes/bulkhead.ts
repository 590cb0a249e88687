import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import type { Bulkhead, BulkheadOptions, Work } from "../../contract.ts";
import { checkWhole, isThenable, outOfRange } from "./checks.ts";
import { BulkheadFullError } from "./errors.ts";

/** The longest that `setTimeout` can count. */
const longestMs = 2 ** 31 - 1;

/** What belongs to one key, as long as it has works that run or wait. */
interface Lane {
  readonly key: string;
  running: number;
  readonly line: LinkedList<Waiter>;
  /** Whether places are being handed over just now. */
  advancing: boolean;
}

interface Waiter {
  readonly signal: AbortSignal | undefined;
  readonly expiresAt: number;
  /** Calls the work, within this call: there is no moment between having a place and using it. */
  readonly start: () => void;
  readonly reject: (reason: unknown) => void;
  /** Stops the timer, and takes the listener off the signal. */
  readonly disarm: () => void;
}

export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const { limitPerKey, waitingPerKey, waitLimitMs } = options;
  checkWhole("limitPerKey", limitPerKey, 1);
  checkWhole("waitingPerKey", waitingPerKey, 0);
  if (
    waitLimitMs !== undefined &&
    !(typeof waitLimitMs === "number" && waitLimitMs >= 0 && waitLimitMs <= longestMs)
  )
    throw outOfRange("waitLimitMs", `a number of milliseconds from 0 to ${longestMs}`, waitLimitMs);
  const lanes = new Map<string, Lane>();

  function laneOf(key: string): Lane {
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = { key, running: 0, line: new LinkedList(), advancing: false };
      lanes.set(key, lane);
    }
    return lane;
  }

  /** Calls `work` before it returns, and gives the place on when that has ended. */
  async function execute<R>(lane: Lane, work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
    lane.running += 1;
    let withdraw = () => {};
    try {
      const controller = new AbortController();
      withdraw = onAbort(signal, () => controller.abort(signal?.reason));
      const result = work({ signal: controller.signal });
      return isThenable(result) ? await result : result;
    } finally {
      withdraw();
      lane.running -= 1;
      advance(lane);
    }
  }

  /** Hands free places to those who wait, in order, and forgets the key if there is nobody left. */
  function advance(lane: Lane): void {
    if (lane.advancing) return; // A work that ends as it is called, from the loop below. No stack of a thousand of them.
    lane.advancing = true;
    while (lane.running < limitPerKey) {
      const waiter = nextWaiter(lane);
      if (waiter === undefined) break;
      waiter.start();
    }
    lane.advancing = false;
    if (lane.running === 0 && lane.line.size === 0) lanes.delete(lane.key);
  }

  function nextWaiter({ line }: Lane): Waiter | undefined {
    for (let first = line.shift(); first !== undefined; first = line.shift()) {
      first.disarm();
      const gone = goneFor(first);
      if (gone === undefined) return first;
      first.reject(gone.reason);
    }
    return undefined;
  }

  /** Rejects those who are gone. O(n), so only for who would otherwise be refused. */
  function dismissGone({ line }: Lane): void {
    for (const waiter of line) {
      const gone = goneFor(waiter);
      if (gone !== undefined) waiter.reject(gone.reason);
    }
  }

  /** Why a waiter has no claim any more, though its listener or timer has not come to tell yet. */
  function goneFor({ signal, expiresAt }: Waiter): { readonly reason: unknown } | undefined {
    if (signal?.aborted) return { reason: signal.reason };
    if (performance.now() >= expiresAt) return { reason: new TimeoutError(waitLimitMs as number) };
    return undefined;
  }

  function waitInLine<R>(lane: Lane, work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
    return new Promise((resolve, fail) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let place: LinkedListNode<Waiter> | undefined;
      const reject = (reason: unknown) => {
        disarm();
        if (place !== undefined) lane.line.remove(place);
        fail(reason);
      };
      const withdraw = onAbort(signal, () => reject(signal?.reason));
      const disarm = () => {
        clearTimeout(timer);
        withdraw();
      };
      if (waitLimitMs !== undefined) {
        timer = setTimeout(() => reject(new TimeoutError(waitLimitMs)), Math.ceil(waitLimitMs));
      }
      place = lane.line.push({
        signal,
        expiresAt: performance.now() + (waitLimitMs ?? Infinity),
        start: () => resolve(execute(lane, work, signal)),
        reject,
        disarm,
      });
    });
  }

  return {
    // Async, so that it rejects rather than throws; all decisions are made before the first `await`.
    async run(key, work, { signal } = {}) {
      signal?.throwIfAborted();
      const lane = laneOf(key);
      if (lane.running < limitPerKey && lane.line.size === 0) return await execute(lane, work, signal);
      if (lane.line.size >= waitingPerKey) dismissGone(lane);
      if (lane.line.size >= waitingPerKey) throw new BulkheadFullError(key);
      return await waitInLine(lane, work, signal);
    },

    load() {
      return new Map(
        Array.from(lanes.values(), ({ key, running, line }) => [key, { running, waiting: line.size }]),
      );
    },
  };
}
