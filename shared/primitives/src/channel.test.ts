import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Channel, ChannelClosedError } from "./channel.ts";
import { sleep } from "./sleep.ts";

describe("new Channel", () => {
  it.each([-1, 1.5, Number.NaN, Infinity])("throws RangeError for a capacity of %s", (capacity) => {
    expect(() => new Channel(capacity)).toThrow(
      new RangeError(`Cannot create Channel: capacity must be a whole number from 0, got ${capacity}`),
    );
  });

  it("is a rendezvous unless told otherwise", () => {
    expect(new Channel().capacity).toBe(0);
  });
});

describe("Channel.send", () => {
  it("waits when the buffer is full, until somebody receives", async () => {
    const channel = new Channel<string>(1);
    await channel.send("a");
    const second = channel.send("b");
    expect(await isPending(second)).toBe(true);
    expect(channel.size).toBe(1);
    await channel.receive();
    await second;
    expect(channel.size).toBe(1);
  });

  it("meets its receiver when the capacity is 0, whoever comes first", async () => {
    const channel = new Channel<string>();
    const sent = channel.send("a");
    expect(await isPending(sent)).toBe(true);
    expect(await channel.receive()).toEqual({ done: false, value: "a" });
    await sent;

    const received = channel.receive();
    await channel.send("b");
    expect(await received).toEqual({ done: false, value: "b" });
  });

  it("serves senders in order of arrival, before any newcomer", async () => {
    const channel = new Channel<string>(1);
    const sends = ["a", "b", "c"].map((value) => channel.send(value));
    expect(channel.tryReceive()).toEqual({ done: false, value: "a" });
    expect(channel.trySend("newcomer")).toBe(false);
    sends.push(channel.send("d"));
    channel.close();
    expect(await Array.fromAsync(channel)).toEqual(["b"]);
    const outcomes = await Promise.allSettled(sends);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  });

  it.each([undefined, null, 0, false, Number.NaN, { done: true, value: undefined }])(
    "sends %s like any other value",
    async (value) => {
      const channel = new Channel<unknown>(1);
      await channel.send(value);
      expect(await channel.receive()).toEqual({ done: false, value });
      const waiting = channel.receive();
      await channel.send(value);
      expect(await waiting).toEqual({ done: false, value });
    },
  );

  it("sends a promise as it is, without waiting for it", async () => {
    const channel = new Channel<Promise<never>>(1);
    const never = new Promise<never>(() => {});
    await channel.send(never);
    expect((await channel.receive()).value).toBe(never);
    const waiting = channel.receive();
    await channel.send(never);
    expect((await waiting).value).toBe(never);
  });

  it("rejects with ChannelClosedError once closed, and while it waits", async () => {
    const channel = new Channel<string>();
    const waiting = channel.send("a");
    channel.close();
    await expect(waiting).rejects.toThrow(ChannelClosedError);
    await expect(channel.send("b")).rejects.toMatchObject({
      name: "ChannelClosedError",
      message: "Cannot send on Channel: it is closed",
    });
    expect(await channel.receive()).toEqual({ done: true, value: undefined });
  });

  it("refuses a signal that has aborted, even when there is room; the value is not sent", async () => {
    const channel = new Channel<string>(1);
    await expect(channel.send("a", { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(channel.size).toBe(0);
  });

  it("takes its value back when the signal aborts while it waits; the others move up", async () => {
    const channel = new Channel<string>();
    const controller = new AbortController();
    const quitter = channel.send("a", controller);
    const patient = channel.send("b");
    controller.abort("changed my mind");
    await expect(quitter).rejects.toBe("changed my mind");
    expect((await channel.receive()).value).toBe("b");
    await patient;
  });

  it("is not undone by an abort that comes after the value was taken", async () => {
    const channel = new Channel<string>();
    const controller = new AbortController();
    const sent = channel.send("a", controller);
    expect(channel.tryReceive()).toEqual({ done: false, value: "a" });
    controller.abort("too late");
    await sent;
  });
});

describe("Channel.trySend", () => {
  it("sends if there is room or a receiver, and never waits", async () => {
    const channel = new Channel<string>(1);
    expect([channel.trySend("a"), channel.trySend("b")]).toEqual([true, false]);
    expect(channel.size).toBe(1);

    const rendezvous = new Channel<string>();
    expect(rendezvous.trySend("a")).toBe(false);
    const waiting = rendezvous.receive();
    expect(rendezvous.trySend("b")).toBe(true);
    expect((await waiting).value).toBe("b");
  });

  it("throws ChannelClosedError once closed", () => {
    const channel = new Channel<string>(1);
    channel.close();
    expect(() => channel.trySend("a")).toThrow(ChannelClosedError);
  });
});

describe("Channel.receive", () => {
  it("wakes a receiver that waits on a buffered channel", async () => {
    const channel = new Channel<string>(4);
    const waiting = channel.receive();
    expect(await isPending(waiting)).toBe(true);
    await channel.send("a");
    expect((await waiting).value).toBe("a");
  });

  it("serves receivers in order of arrival", async () => {
    const channel = new Channel<number>();
    const receivers = [channel.receive(), channel.receive(), channel.receive()];
    for (const value of [1, 2, 3]) await channel.send(value);
    expect((await Promise.all(receivers)).map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  it("refuses a signal that has aborted, even when there is a value; the value stays", async () => {
    const channel = new Channel<string>(1);
    await channel.send("a");
    await expect(channel.receive({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(channel.size).toBe(1);
  });

  it("takes no value once its signal has aborted; the next one in line gets it", async () => {
    const channel = new Channel<string>();
    const controller = new AbortController();
    const quitter = channel.receive(controller);
    const patient = channel.receive();
    controller.abort("changed my mind");
    await channel.send("a");
    await expect(quitter).rejects.toBe("changed my mind");
    expect((await patient).value).toBe("a");
  });

  it("keeps the value that was handed to it before the abort came", async () => {
    const channel = new Channel<string>();
    const controller = new AbortController();
    const receiver = channel.receive(controller);
    await channel.send("a");
    controller.abort("too late");
    expect((await receiver).value).toBe("a");
  });
});

describe("a Channel's waiter whose signal has aborted, but that has not heard of it yet", () => {
  /** Calls `first` within the abort, before the listeners of those who wait. */
  function aborting(first: () => void) {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", first);
    return controller;
  }

  it("is not handed a value: the next one in line gets it", async () => {
    const channel = new Channel<string>();
    const controller = aborting(() => expect(channel.trySend("a")).toBe(true));
    const quitter = channel.receive(controller);
    const patient = channel.receive();
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect((await patient).value).toBe("a");
  });

  it("is not taken for a receiver: the value is refused, not lost", async () => {
    const channel = new Channel<string>();
    const controller = aborting(() => expect(channel.trySend("a")).toBe(false));
    const quitter = channel.values(controller).next();
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
  });

  it("has its value taken by nobody", async () => {
    const channel = new Channel<string>();
    const controller = aborting(() => expect(channel.tryReceive()?.value).toBe("b"));
    const quitter = channel.send("a", controller);
    const patient = channel.send("b");
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    await patient;
  });

  it("is told of its abort, not of a closing", async () => {
    const full = new Channel<string>();
    const empty = new Channel<string>();
    const controller = aborting(() => {
      full.close();
      empty.close();
    });
    const waiting = Promise.allSettled([full.send("a", controller), empty.receive(controller)]);
    controller.abort("gone");
    expect(await waiting).toEqual(Array(2).fill({ status: "rejected", reason: "gone" }));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  });
});

describe("Channel.tryReceive", () => {
  it("tells nothing there from the end", () => {
    const channel = new Channel<string>(1);
    expect(channel.tryReceive()).toBeUndefined();
    channel.trySend("a");
    channel.close();
    expect(channel.tryReceive()).toEqual({ done: false, value: "a" });
    expect(channel.tryReceive()).toEqual({ done: true, value: undefined });
  });
});

describe("Channel.receiveMany", () => {
  it("takes what is there, up to the limit, senders who wait included", async () => {
    const channel = new Channel<number>(2);
    const sends = [1, 2, 3, 4, 5].map((value) => channel.send(value));
    expect(await channel.receiveMany(4)).toEqual([1, 2, 3, 4]);
    expect(await channel.receiveMany(4)).toEqual([5]);
    await Promise.all(sends);
  });

  it("waits for the first value only", async () => {
    const channel = new Channel<number>(8);
    const batch = channel.receiveMany(8);
    expect(await isPending(batch)).toBe(true);
    channel.trySend(1);
    channel.trySend(2);
    expect(await batch).toEqual([1, 2]);
  });

  it("gives back what is left, and then nothing, once closed", async () => {
    const channel = new Channel<number>(2);
    channel.trySend(1);
    channel.close();
    expect(await channel.receiveMany(8)).toEqual([1]);
    expect(await channel.receiveMany(8)).toEqual([]);
  });

  it("rejects for a limit that is none, and for an abort, taking nothing", async () => {
    const channel = new Channel<number>(1);
    await expect(channel.receiveMany(0)).rejects.toThrow(
      new RangeError("Cannot receive from Channel: limit must be a whole number from 1, got 0"),
    );
    const controller = new AbortController();
    const batch = channel.receiveMany(4, controller);
    controller.abort("enough");
    channel.trySend(1);
    await expect(batch).rejects.toBe("enough");
    await expect(channel.receiveMany(4, controller)).rejects.toBe("enough");
    expect(channel.size).toBe(1);
  });
});

describe("Channel.close", () => {
  it("keeps what is buffered for those who receive", async () => {
    const channel = new Channel<string>(3);
    for (const value of ["a", "b", "c"]) await channel.send(value);
    channel.close();
    expect(await Array.fromAsync(channel)).toEqual(["a", "b", "c"]);
  });

  it("tells everybody who waits to receive that this is the end", async () => {
    const channel = new Channel<string>();
    const receivers = [channel.receive(), channel.receive(), channel[Symbol.asyncIterator]().next()];
    channel.close();
    expect(await Promise.all(receivers)).toEqual(Array(3).fill({ done: true, value: undefined }));
  });

  it("does no harm the second time, and is what leaving its scope does", () => {
    const channel = new Channel<string>();
    {
      using scoped = channel;
      scoped.close();
    }
    expect(channel.closed).toBe(true);
  });

  it("leaves no listener on the signals of those whom it sends away", async () => {
    const { signal } = new AbortController();
    const full = new Channel<number>();
    const empty = new Channel<number>();
    const waiting = [full.send(1, { signal }), empty.receive({ signal }), empty.values({ signal }).next()];
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    full.close();
    empty.close();
    await Promise.allSettled(waiting);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("iterating over a Channel", () => {
  it("leaves the channel open when broken off, and loses nothing", async () => {
    const channel = new Channel<number>(4);
    for (const value of [1, 2, 3]) await channel.send(value);
    for await (const value of channel) {
      expect(value).toBe(1);
      break;
    }
    expect(channel.closed).toBe(false);
    channel.close();
    expect(await Array.fromAsync(channel)).toEqual([2, 3]);
  });

  it("shares the values between loops, each to exactly one", async () => {
    const channel = new Channel<number>();
    const seen: number[] = [];
    const consume = async () => {
      for await (const value of channel) seen.push(value);
    };
    const consumers = [consume(), consume()];
    for (let value = 0; value < 10; value += 1) await channel.send(value);
    channel.close();
    await Promise.all(consumers);
    expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("does not swallow a value in a `next` that still waits when the iterator is left", async () => {
    const channel = new Channel<string>();
    const { signal } = new AbortController();
    const left = channel.values({ signal });
    const other = channel[Symbol.asyncIterator]();
    const abandoned = left.next();
    const waiting = other.next();
    await left.return?.();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await channel.send("a");
    expect(await abandoned).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: false, value: "a" });
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });

  it("throws the signal's reason from the loop, and takes nothing with it", async () => {
    const channel = new Channel<string>(1);
    const controller = new AbortController();
    const loop = Array.fromAsync(channel.values(controller));
    controller.abort("enough");
    await channel.send("a");
    await expect(loop).rejects.toBe("enough");
    await expect(Array.fromAsync(channel.values(controller))).rejects.toBe("enough");
    expect(channel.size).toBe(1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("Channel", () => {
  it("behaves as a queue with two lines of waiters, whatever is done in whatever order", async () => {
    const step = fc.constantFrom("send", "receive", "abort a sender", "abort a receiver", "close");
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 3 }), fc.array(step, { maxLength: 40 }), async (capacity, steps) => {
        const channel = new Channel<number>(capacity);
        const sends: { promise: Promise<void>; controller: AbortController }[] = [];
        const receives: { promise: Promise<{ value: number | undefined }>; controller: AbortController }[] =
          [];
        for (const [index, kind] of steps.entries()) {
          const controller = new AbortController();
          if (kind === "send") sends.push({ promise: channel.send(sends.length, controller), controller });
          if (kind === "receive") receives.push({ promise: channel.receive(controller), controller });
          if (kind === "abort a sender") sends[index % (sends.length || 1)]?.controller.abort("aborted");
          if (kind === "abort a receiver")
            receives[index % (receives.length || 1)]?.controller.abort("aborted");
          if (kind === "close") channel.close();
          expect(channel.size).toBeLessThanOrEqual(capacity);
        }
        channel.close();
        const rest = Array.fromAsync(channel);
        const sent = await Promise.allSettled(sends.map(({ promise }) => promise));
        const received = await Promise.allSettled(receives.map(({ promise }) => promise));
        const values = received.flatMap((outcome) =>
          outcome.status === "fulfilled" ? (outcome.value.value ?? []) : [],
        );
        const accepted = sent.flatMap(({ status }, value) => (status === "fulfilled" ? value : []));
        expect([...values, ...(await rest)]).toEqual(accepted); // None lost, none doubled, all in order.
      }),
    );
  });

  it.each([
    { capacity: 0, squeeze: 0 },
    { capacity: 0, squeeze: 3 },
    { capacity: 1, squeeze: 3 },
    { capacity: 2, squeeze: 0 },
  ])(
    "delivers every accepted value exactly once, in every order: capacity $capacity, squeeze $squeeze",
    async ({ capacity, squeeze }) => {
      await explore(
        async (sim) => {
          const channel = new Channel<string>(capacity);
          const controller = new AbortController();
          const accepted: string[] = [];
          const received: string[] = [];
          const produce = async (name: string, signal?: AbortSignal) => {
            for (const value of [`${name}1`, `${name}2`]) {
              await sim.io(value);
              await channel.send(value, { signal });
              accepted.push(value);
            }
          };
          const consume = async (signal?: AbortSignal) => {
            for await (const value of channel.values({ signal })) {
              received.push(value);
              await sim.io(`use ${value}`);
            }
          };
          sim.anytime("abort", () => controller.abort("gone"));
          const consumers = Promise.allSettled([
            sim.spawn("steady", () => consume()),
            sim.spawn("fickle", () => consume(controller.signal)),
          ]);
          await Promise.allSettled([
            sim.spawn("a", () => produce("a")),
            sim.spawn("b", () => produce("b", controller.signal)),
          ]);
          channel.close();
          await consumers;
          guarantee(received.toSorted().join() === accepted.toSorted().join(), {
            happened: `accepted were ${accepted}, received were ${received}`,
            expected: "each accepted value is received once",
            why: "a channel that loses or doubles values corrupts whatever is built on it",
          });
        },
        { squeeze },
      );
    },
  );

  it("leaves no timer, no listener and nobody waiting", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      const channel = new Channel<number>(1);
      const producing = (async () => {
        using _closed = channel;
        for (let value = 0; value < 100; value += 1) await channel.send(value, { signal });
      })();
      expect(await Array.fromAsync(channel.values({ signal }))).toHaveLength(100);
      await producing;
    });
  });

  it.each([0, 16])(
    "lets timers fire while two tasks do nothing but send and receive, capacity %s",
    async (capacity) => {
      const channel = new Channel<number>(capacity);
      let fired = 0;
      const timer = setInterval(() => {
        fired += 1;
      }, 1);
      const most = 10_000_000; // Ends the test should the timer starve; otherwise a fraction of it is sent.
      const producing = (async () => {
        using _closed = channel;
        for (let value = 0; value < most && fired < 3; value += 1) await channel.send(value);
      })();
      for await (const _value of channel);
      await producing;
      clearInterval(timer);
      expect(fired).toBe(3);
    },
  );

  it("keeps the order and every value while sends and receives sit out a turn of the event loop", async () => {
    await simulate(async () => {
      const channel = new Channel<number>(200);
      for (let value = 0; value < 63; value += 1) await channel.send(value);
      await sleep(100); // The next look at the clock finds that a turn is due.
      const late = channel.send(63);
      const received = [channel.receive(), channel.receive()];
      expect(channel.tryReceive()).toEqual({ done: false, value: 2 });
      channel.close();
      expect(await Promise.all(received)).toEqual([0, 1].map((value) => ({ done: false, value })));
      await late;
      expect(await Array.fromAsync(channel)).toHaveLength(61);
    });
  });

  it("lets both sides go on in the order in which they came, when a turn of the event loop is over", async () => {
    await simulate(async () => {
      const channel = new Channel<number>(200);
      for (let value = 0; value < 63; value += 1) await channel.send(value);
      await sleep(100);
      channel.trySend(63); // A turn is due from here on.
      const order: string[] = [];
      await Promise.all([
        channel.receive().then(() => order.push("received")),
        channel.send(64).then(() => order.push("sent")),
        channel.receive().then(() => order.push("received")),
      ]);
      expect(order).toEqual(["received", "sent", "received"]);
    });
  });

  it("lets a sender who has waited sit out the turn, too", async () => {
    await simulate(async () => {
      const channel = new Channel<number>(1);
      for (let value = 0; value < 63; value += 1) {
        await channel.send(value);
        await channel.receive();
      }
      await sleep(100);
      channel.trySend(63); // A turn is due from here on.
      const waiting = channel.send(64);
      channel.tryReceive();
      expect(await isPending(waiting)).toBe(true);
      await waiting;
      expect(channel.tryReceive()).toEqual({ done: false, value: 64 });
    });
  });

  it("adds no event to a simulated run, where the clock stands still between events", async () => {
    await simulate(async (sim) => {
      const channel = new Channel<number>(1);
      for (let value = 0; value < 1_000; value += 1) {
        await channel.send(value);
        await channel.receive();
      }
      expect(sim.now()).toBe(0);
    });
  });

  it("lets 10,000 waiters leave, the last one first, and is then as good as new", async () => {
    const channel = new Channel<number>();
    const controllers = Array.from({ length: 10_000 }, () => new AbortController());
    const waiting = Promise.allSettled(controllers.map((controller) => channel.receive(controller)));
    for (const controller of controllers.toReversed()) controller.abort("gone");
    expect((await waiting).every(({ status }) => status === "rejected")).toBe(true);
    expect(channel.trySend(1)).toBe(false);
  });

  it("completes 100,000 waiting sends at once without growing the stack", async () => {
    const channel = new Channel<number>();
    const sends = Array.from({ length: 100_000 }, (_, value) => channel.send(value));
    let received = 0;
    while (channel.tryReceive() !== undefined) received += 1;
    await Promise.all(sends);
    expect(received).toBe(100_000);
  });
});
