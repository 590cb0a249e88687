/** Small programs whose order Node fixes: a simulation must run each of them as Node does. */
import { setTimeout as sleep } from "node:timers/promises";

type Log = (line: string) => void;

const later = (log: Log, line: string) => () => log(line);

/**
 * Long enough for what was set before it: of timers that are due, Node takes the earliest first, however late it is. What
 * these set in their turn may come after it on a busy machine, and is waited for by itself.
 */
const quiet = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const programs: Readonly<Record<string, (log: Log) => Promise<unknown>>> = {
  async "timers of one length come in the order in which they were set"(log) {
    setTimeout(later(log, "a"), 4);
    setTimeout(later(log, "b"), 4);
    setTimeout(later(log, "c"), 1);
    await quiet(20);
  },

  async "what is no sensible delay is one millisecond"(log) {
    for (const delay of [
      1,
      0,
      Number.NaN,
      -7,
      2 ** 31,
      1.9,
      "1",
      undefined,
      null,
      Number.POSITIVE_INFINITY,
    ]) {
      setTimeout(later(log, String(delay)), delay as number);
    }
    await quiet(5);
  },

  async "microtasks and ticks run between two timers that are due together"(log) {
    for (const name of ["a", "b"]) {
      setTimeout(() => {
        log(`timer ${name}`);
        void Promise.resolve().then(later(log, `promise of ${name}`));
        process.nextTick(later(log, `tick of ${name}`));
        queueMicrotask(later(log, `microtask of ${name}`));
      }, 2);
    }
    await quiet(20);
  },

  async "an interval comes after what its callback sets, and stops when it clears itself"(log) {
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      log(`tick ${ticks}`);
      setTimeout(later(log, `set by tick ${ticks}`), 5);
      if (ticks < 3) return;
      clearInterval(timer);
      setTimeout(stop, 5);
    }, 5);
    await stopped;
    await quiet(20);
  },

  async "a timer that is cleared by one that is due together does not come"(log) {
    setTimeout(() => clearTimeout(second), 3);
    const second = setTimeout(later(log, "second"), 3);
    setTimeout(later(log, "third"), 3);
    await quiet(20);
  },

  async "refresh puts a timer at the end of its queue, and revives one that has come"(log) {
    const first = setTimeout(later(log, "first"), 3);
    setTimeout(later(log, "second"), 3);
    first.refresh();
    await quiet(20);
    first.refresh();
    await quiet(20);
    clearTimeout(first);
    first.refresh();
    await quiet(20);
  },

  async "immediates come in order, and one that is set by another comes in the next round"(log) {
    const { promise: done, resolve: end } = Promise.withResolvers<void>();
    setImmediate(() => {
      log("a");
      setImmediate(later(log, "set by a"));
      setImmediate(end);
    });
    setImmediate(later(log, "b"));
    clearImmediate(setImmediate(later(log, "cleared")));
    await done;
  },

  async "arguments are passed on"(log) {
    setTimeout((...args: unknown[]) => log(`timer ${args}`), 1, "a", 2);
    await quiet(5);
    setImmediate((...args: unknown[]) => log(`immediate ${args}`), "b", 3);
    await quiet(5);
  },

  async "a handle tells and changes whether it holds the process"(log) {
    const timer = setTimeout(() => {}, 1);
    log(String([timer.hasRef(), timer.unref().hasRef(), timer.ref().hasRef(), timer.unref() === timer]));
    const immediate = setImmediate(() => {});
    log(String([immediate.hasRef(), immediate.unref().hasRef(), immediate.ref().hasRef()]));
    log(typeof +timer);
    clearTimeout(timer);
    await quiet(3);
  },

  async "clearing what is no timer does nothing"(log) {
    for (const timer of [undefined, null, 123_456_789, "123456789", {}]) clearTimeout(timer as number);
    log("nothing happened");
  },

  async "a timer is cleared by its number and by its number in words"(log) {
    clearTimeout(+setTimeout(later(log, "by number"), 1));
    clearTimeout(String(+setTimeout(later(log, "in words"), 1)));
    clearInterval(+setInterval(later(log, "an interval"), 1));
    await quiet(10);
  },

  async "close, dispose and using clear a timer"(log) {
    setTimeout(later(log, "closed"), 1).close();
    setTimeout(later(log, "disposed"), 1)[Symbol.dispose]();
    setImmediate(later(log, "immediate"))[Symbol.dispose]();
    {
      using _timer = setTimeout(later(log, "out of scope"), 1);
      using _interval = setInterval(later(log, "out of scope"), 1);
    }
    await quiet(10);
  },

  async "misuse is answered in Node's words"(log) {
    const attempts: (() => unknown)[] = [
      () => setTimeout("code" as never, 1),
      () => setInterval(undefined as never, 1),
      () => setImmediate(null as never),
      () => AbortSignal.timeout(-1),
      () => AbortSignal.timeout(1.5),
      () => AbortSignal.timeout("1" as never),
      () => sleep("1" as never),
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
        log("accepted");
      } catch (error) {
        log(`${(error as Error).name}: ${(error as Error).message}`);
      }
    }
  },

  async "an aborted sleep says who aborted it"(log) {
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 1);
    const signals = [AbortSignal.abort("too late"), controller.signal, AbortSignal.timeout(2)];
    for (const signal of signals) {
      const error = await sleep(500, undefined, { signal }).catch((reason) => reason);
      log([error.name, error.code, error.message, String(error.cause)].join(" | "));
    }
  },

  async "a timeout joined with another signal aborts with its own reason"(log) {
    const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(2)]);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    log(`${signal.reason.name}: ${signal.reason.message}, ${signal.reason instanceof DOMException}`);
  },

  async "sleep gives back its value"(log) {
    log(String(await sleep(1, "value")));
  },
};
