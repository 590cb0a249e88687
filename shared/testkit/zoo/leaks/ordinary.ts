import { EventEmitter, on, once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { listen } from "../../fixtures/library/listen.ts";

/**
 * Programs as people write them, none of which leaves anything behind. A detector that cries wolf is turned off, so
 * these matter as much as the buggy ones.
 */
export const ordinary: Readonly<Record<string, () => unknown>> = {
  "nothing at all": () => {},

  "an async function that throws and is caught": async () => {
    await Promise.reject(new Error("no")).catch(() => {});
  },

  "for await with a break": async () => {
    for await (const number of naturals()) if (number > 3) break;
  },

  "for await with a throw": async () => {
    try {
      for await (const number of naturals()) if (number > 3) throw new Error("enough");
    } catch {}
  },

  "a generator that is returned by hand": async () => {
    const numbers = naturals();
    await numbers.next();
    await numbers.return(undefined);
  },

  "a generator that is never begun": async () => {
    naturals();
    await Promise.resolve();
  },

  "generators on top of each other, left early": async () => {
    async function* squares(source: AsyncIterable<number>) {
      for await (const number of source) yield number ** 2;
    }
    for await (const square of squares(squares(naturals()))) if (square > 100) break;
  },

  "Promise.all, race, any and allSettled, once all have settled": async () => {
    const several = () => [1, 2, 3].map((number) => sleep(number, number));
    await Promise.all(several());
    await Promise.race(several());
    await Promise.any(several());
    await Promise.allSettled([...several(), Promise.reject(new Error("one of them"))]);
    await sleep(4);
  },

  "a race against an abort that never comes, its listener taken off again": async () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 3; call += 1) await underSignal(sleep(1), signal);
  },

  "Promise.all that fails early, the others still ending": async () => {
    const slow = afterTurns(5);
    await Promise.all([Promise.reject(new Error("first")), slow]).catch(() => {});
  },

  "a race with a local promise that never settles": async () => {
    await Promise.race([Promise.resolve(1), new Promise(() => {})]);
  },

  "Array.fromAsync": async () => {
    await Array.fromAsync(Readable.from([1, 2, 3]), (number) => number * 2);
  },

  "a pipeline of streams": async () => {
    const upper = new Transform({ transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()) });
    const sink = new PassThrough();
    sink.resume();
    await pipeline(Readable.from(["a", "b"]), upper, sink);
  },

  "a pipeline of generators that fails": async () => {
    await pipeline(
      naturals,
      async function* (source: AsyncIterable<number>) {
        for await (const number of source) {
          if (number > 3) throw new Error("enough");
          yield number;
        }
      },
      new PassThrough({ objectMode: true }),
    ).catch(() => {});
  },

  "web streams, piped and read to the end": async () => {
    const source = ReadableStream.from(["a", "b"]);
    for await (const _ of source.pipeThrough(new TransformStream())) await null;
  },

  "a readable stream that is left by a break": async () => {
    for await (const chunk of Readable.from(["a", "b", "c"])) if (chunk === "b") break;
  },

  "events.once": async () => {
    const emitter = new EventEmitter();
    const ready = once(emitter, "ready");
    emitter.emit("ready");
    await ready;
  },

  "events.on with a break": async () => {
    setImmediate(() => heard.emit("word", "stop"));
    for await (const [word] of on(heard, "word")) if (word === "stop") break;
  },

  "events.once on an old emitter, with a signal": async () => {
    const waiting = once(heard, "word", { signal: longLived.signal });
    heard.emit("word", "hello");
    await waiting;
  },

  "listeners on an emitter of one's own": () => {
    new EventEmitter().on("ready", () => {}).once("end", () => {});
  },

  "AbortSignal.any and timeout, as they are mostly used": async () => {
    const signal = AbortSignal.any([longLived.signal, AbortSignal.timeout(60_000)]);
    await sleep(1, undefined, { signal });
    signal.throwIfAborted();
  },

  "a listener on a signal made by AbortSignal.any of short-lived ones": async () => {
    const signal = AbortSignal.any([new AbortController().signal, new AbortController().signal]);
    signal.addEventListener("abort", () => {});
    await Promise.resolve();
  },

  "a controller of one's own, listeners and all": async () => {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => {}, { once: true });
    await Promise.resolve();
  },

  "a library's listener on a signal of one's own": async () => {
    listen(new AbortController().signal);
    await Promise.resolve();
  },

  "a listener that goes with its signal": async () => {
    const done = new AbortController();
    longLived.signal.addEventListener("abort", () => {}, { signal: done.signal });
    await Promise.resolve();
    done.abort();
  },

  "a listener on a signal that has aborted": () => {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => {});
    controller.abort();
  },

  "sleeps that are cancelled": async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, undefined, { signal: controller.signal }).catch(() => {});
    controller.abort();
    await sleeping;
  },

  "setInterval of timers/promises with a break": async () => {
    for await (const _ of every(1)) break;
  },

  "unref'd timers": () => {
    setTimeout(() => {}, 60_000).unref();
    setInterval(() => {}, 60_000).unref();
  },

  "timers that are cleared": () => {
    clearTimeout(setTimeout(() => {}, 60_000));
    clearInterval(setInterval(() => {}, 60_000));
    clearImmediate(setImmediate(() => {}));
  },

  "a chain of setImmediate that ends": () => {
    let left = 50;
    const next = () => {
      left -= 1;
      if (left > 0) setImmediate(next);
    };
    setImmediate(next);
  },

  "process.nextTick and queueMicrotask": () => {
    process.nextTick(() => queueMicrotask(() => {}));
  },

  "an async function nobody waits for, which ends": () => {
    void afterTurns(20);
  },

  "a read of a file nobody waits for": () => {
    void readFile(import.meta.filename);
  },

  "a mutex made of a chain of promises": async () => {
    let tail: Promise<unknown> = Promise.resolve();
    const inTurn = (work: () => unknown) => {
      tail = tail.then(work);
      return tail;
    };
    await Promise.all([inTurn(() => afterTurns(1)), inTurn(() => 2), inTurn(() => 3)]);
  },

  "a promise that is memoised at the top of its module": async () => {
    memoised ??= afterTurns(2);
    await memoised;
    await memoised;
  },

  "a deferred that is dropped unsettled": () => {
    Promise.withResolvers().promise.then(() => {});
  },

  "await using and using": async () => {
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => await Promise.resolve());
    using inner = new DisposableStack();
    inner.defer(() => {});
    await Promise.resolve();
  },

  "structuredClone, BroadcastChannel and MessageChannel, closed or merely dropped": () => {
    structuredClone({ a: 1 });
    new BroadcastChannel("news").close();
    new MessageChannel();
  },

  "console.log": () => {
    console.log("ordinary");
  },

  "a server with fetch, its body read": async () => {
    await withServer(async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
      await response.text();
    });
  },

  "a server with fetch, aborted on the way": async () => {
    await withServer(async (url) => {
      const controller = new AbortController();
      const response = fetch(`${url}/never`, { signal: controller.signal });
      controller.abort();
      await response.catch(() => {});
    });
  },

  "a server with an agent that keeps its connection": async () => {
    await withServer(async (url) => {
      const [response] = await once(get(url, { agent: keepAlive }), "response");
      for await (const _ of response) await null;
    });
  },

  "a connection that is kept for the next request, to a server that goes on": async () => {
    if (!standing.listening) await once(standing.listen(0, "127.0.0.1").unref(), "listening");
    await (await fetch(`http://127.0.0.1:${(standing.address() as AddressInfo).port}`)).text();
  },
};

/** To be called when all is done. */
export function closeOrdinary(): void {
  keepAlive.destroy();
  standing.closeAllConnections();
  standing.close();
}

const longLived = new AbortController();
const heard = new EventEmitter();
const keepAlive = new Agent({ keepAlive: true });
const standing = createServer((_, response) => response.end("standing"));
let memoised: Promise<void> | undefined;

async function* naturals(): AsyncGenerator<number> {
  for (let number = 0; ; number += 1) yield number;
}

async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function withServer(use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url !== "/never") response.end("hello");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
}

async function underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    stopListening = () => signal.removeEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
