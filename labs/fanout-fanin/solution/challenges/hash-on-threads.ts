import type { Hashed, ThreadOptions } from "../../contract.ts";
import { fanIn, type Worker } from "../fan-in.ts";
import { readThreadOptions } from "../options.ts";
import { SharedSource } from "../shared-source.ts";
import { oneByOne } from "./one-by-one.ts";
import { ThreadSeat } from "./thread-seat.ts";

/** So many feed each thread: while the results of one batch are being taken, the thread has the other. */
const HANDS = 2;

/** Each worker here is a hand that feeds a thread: a batch of paths out, a batch of results back. */
export function hashOnThreads(
  paths: Iterable<string> | AsyncIterable<string>,
  options: ThreadOptions,
): AsyncIterableIterator<Hashed> {
  const settings = readThreadOptions(options);
  const source = new SharedSource(paths);
  const seats = Array.from({ length: settings.threads }, () => new ThreadSeat(settings, HANDS));
  const hands = Array.from({ length: HANDS }, () => seats.map((seat) => hand(seat, source, settings.batch)));
  return oneByOne(fanIn(hands.flat(), settings.signal), settings.signal);
}

function hand(seat: ThreadSeat, source: SharedSource<string>, size: number): Worker<readonly Hashed[]> {
  return async (send, signal) => {
    await using _closing = source;
    await using _leaving = seat;
    for (;;) {
      const batch = await source.take(size, signal);
      if (batch.length === 0) return;
      await send(await seat.hash(batch, signal));
    }
  };
}
