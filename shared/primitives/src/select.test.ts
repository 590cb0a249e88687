import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { show } from "./arguments/show.ts";
import { Channel, ChannelClosedError } from "./channel.ts";
import { receiveFrom, select, sendTo, trySelect } from "./select.ts";

describe("select", () => {
  it("does the case that is ready, and says which", async () => {
    const numbers = new Channel<number>(1);
    const words = new Channel<string>();
    await numbers.send(1);
    const cases = { number: receiveFrom(numbers), word: receiveFrom(words) };
    expect(await select(cases)).toEqual({ case: "number", done: false, value: 1 });

    const waiting = words.receive();
    expect(await select({ number: receiveFrom(numbers), out: sendTo(words, "a") })).toEqual({ case: "out" });
    expect((await waiting).value).toBe("a");
  });

  it("waits for the first case that can happen", async () => {
    const numbers = new Channel<number>();
    const words = new Channel<string>();
    const receiving = select({ number: receiveFrom(numbers), word: receiveFrom(words) });
    expect(await isPending(receiving)).toBe(true);
    await words.send("a");
    expect(await receiving).toEqual({ case: "word", done: false, value: "a" });

    const either = select({ number: receiveFrom(numbers), out: sendTo(words, "b") });
    expect(await isPending(either)).toBe(true);
    expect(await words.receive()).toEqual({ done: false, value: "b" });
    expect(await either).toEqual({ case: "out" });
  });

  it("takes from a sender that waits, and gives to a receiver that waits", async () => {
    const channel = new Channel<number>();
    const idle = new Channel<number>();
    const sending = channel.send(1);
    expect(await select({ it: receiveFrom(channel), idle: receiveFrom(idle) })).toMatchObject({ value: 1 });
    await sending;
    const receiving = channel.receive();
    expect(await select({ it: sendTo(channel, 2), idle: receiveFrom(idle) })).toEqual({ case: "it" });
    expect((await receiving).value).toBe(2);
  });

  it("leaves no trace in the channels whose cases did not happen", async () => {
    const a = new Channel<number>();
    const b = new Channel<number>();
    const chosen = select({ a: receiveFrom(a), b: receiveFrom(b), out: sendTo(b, 3) });
    await a.send(1);
    await chosen;
    expect(b.trySend(2)).toBe(false); // Nobody waits to receive from it,
    expect(b.tryReceive()).toBeUndefined(); // nor to send.
  });

  it("narrows its result by the case", async () => {
    const numbers = new Channel<number>(1);
    const words = new Channel<string>();
    await numbers.send(1);
    const chosen = await select({
      number: receiveFrom(numbers),
      word: receiveFrom(words),
      out: sendTo(words, ""),
    });
    expectTypeOf(chosen.case).toEqualTypeOf<"number" | "word" | "out">();
    if (chosen.case === "number" && !chosen.done) expectTypeOf(chosen.value).toEqualTypeOf<number>();
    if (chosen.case === "word" && !chosen.done) expectTypeOf(chosen.value).toEqualTypeOf<string>();
    // @ts-expect-error: what is sent is not received
    if (chosen.case === "out") expect(chosen.value).toBeUndefined();
  });

  it("takes values that look like nothing", async () => {
    const channel = new Channel<undefined>(1);
    await channel.send(undefined);
    expect(await select({ it: receiveFrom(channel) })).toEqual({ case: "it", done: false, value: undefined });
  });

  it("chooses each of those that are ready equally often", async () => {
    const channels = Array.from({ length: 5 }, () => new Channel<number>(1));
    const cases = Object.fromEntries(channels.map((channel, index) => [index, receiveFrom(channel)]));
    for (const index of [0, 1, 4]) await channels[index]?.send(index);
    const chosen = new Map<unknown, number>();
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    for (let round = 0; round < 3_000; round += 1) {
      const { value } = (await select(cases, { random })) as { value: number };
      chosen.set(value, (chosen.get(value) ?? 0) + 1);
      await channels[value]?.send(value);
    }
    expect([...chosen.keys()].toSorted()).toEqual([0, 1, 4]);
    for (const times of chosen.values()) expect(Math.abs(times - 1_000)).toBeLessThan(100);
  });

  it("can choose the first and the last, whatever `random` says", async () => {
    const a = new Channel<number>(1);
    const b = new Channel<number>(1);
    const cases = { a: sendTo(a, 1), b: sendTo(b, 1) };
    expect((await select(cases, { random: () => 1 - 2 ** -53 })).case).toBe("a");
    a.tryReceive();
    expect((await select(cases, { random: () => 0 })).case).toBe("b");
  });

  it("stands in line with plain sends and receives, in order of arrival", async () => {
    const channel = new Channel<number>();
    const other = new Channel<number>();
    const first = channel.receive();
    const second = select({ it: receiveFrom(channel), other: receiveFrom(other) });
    const third = channel.receive();
    for (const value of [1, 2, 3]) await channel.send(value);
    expect([(await first).value, await second, (await third).value]).toEqual([
      1,
      { case: "it", done: false, value: 2 },
      3,
    ]);
  });

  it("meets another select that faces it", async () => {
    const a = new Channel<string>();
    const b = new Channel<string>();
    const one = select({ in: receiveFrom(a), out: sendTo(b, "from one") });
    const two = select({ in: receiveFrom(b), out: sendTo(a, "from two") });
    const outcomes = await Promise.all([one, two]);
    const received = outcomes.filter((outcome) => outcome.case === "in");
    expect(received).toHaveLength(1); // One sent, the other received: one meeting, not two.
    expect([a.tryReceive(), b.tryReceive(), a.trySend(""), b.trySend("")]).toEqual([
      undefined,
      undefined,
      false,
      false,
    ]);
  });

  it("does not meet itself", async () => {
    const channel = new Channel<string>();
    const torn = select({ in: receiveFrom(channel), out: sendTo(channel, "mine") });
    expect(await isPending(torn)).toBe(true);
    const twin = await select({ in: receiveFrom(channel), out: sendTo(channel, "the twin's") });
    expect(new Set([twin.case, (await torn).case])).toEqual(new Set(["in", "out"]));
    expect(channel.tryReceive()).toBeUndefined();
    expect(channel.trySend("")).toBe(false);
  });

  it("finds a closed channel ready: a receive is done, a send fails", async () => {
    const closed = new Channel<string>();
    closed.close();
    const open = new Channel<string>();
    expect(await select({ open: receiveFrom(open), closed: receiveFrom(closed) })).toEqual({
      case: "closed",
      done: true,
      value: undefined,
    });
    await expect(select({ open: receiveFrom(open), out: sendTo(closed, "a") })).rejects.toThrow(
      ChannelClosedError,
    );
  });

  it("is told when a channel closes while it waits", async () => {
    const a = new Channel<string>();
    const b = new Channel<string>();
    const receiving = select({ a: receiveFrom(a), b: receiveFrom(b) });
    const sending = select({ out: sendTo(a, "a"), b: receiveFrom(b) });
    const torn = new Channel<string>();
    const both = select({ in: receiveFrom(torn), out: sendTo(torn, "a") });
    torn.close();
    expect(await both).toEqual({ case: "in", done: true, value: undefined });
    expect((await receiving).case).toBe("a"); // It met the second one.
    expect((await sending).case).toBe("out");

    const late = select({ out: sendTo(a, "a"), b: receiveFrom(b) });
    a.close();
    await expect(late).rejects.toThrow(ChannelClosedError);
    expect(b.trySend("b")).toBe(false);
  });

  it("leaves out what is undefined, and refuses to wait for nothing at all", async () => {
    const channel = new Channel<number>(1);
    await channel.send(1);
    const backlog: number[] = [];
    const chosen = await select({
      in: receiveFrom(channel),
      out: backlog.length > 0 ? sendTo(channel, 2) : undefined,
    });
    expect(chosen.case).toBe("in");
    const refusal = new RangeError("Cannot select: there must be at least one case, got none");
    await expect(select({})).rejects.toThrow(refusal);
    await expect(select({ out: undefined })).rejects.toThrow(refusal);
  });

  it("refuses a signal that has aborted, even when a case is ready", async () => {
    const channel = new Channel<number>(2);
    await channel.send(1);
    const cases = { in: receiveFrom(channel), out: sendTo(channel, 2) };
    await expect(select(cases, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(channel.size).toBe(1);
  });

  it("leaves every line and every listener when its signal aborts, or when a case happens", async () => {
    const a = new Channel<number>();
    const b = new Channel<number>();
    const controller = new AbortController();
    const { signal } = controller;
    const cases = { a: receiveFrom(a), b: receiveFrom(b) };
    const served = select(cases, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await a.send(1);
    await served;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);

    const quitter = select(cases, { signal });
    controller.abort("enough");
    await expect(quitter).rejects.toBe("enough");
    expect([a.trySend(1), b.trySend(1)]).toEqual([false, false]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("is not undone by an abort that comes after a case has happened", async () => {
    const channel = new Channel<number>();
    const controller = new AbortController();
    const chosen = select({ in: receiveFrom(channel) }, controller);
    await channel.send(1);
    controller.abort("too late");
    expect(await chosen).toEqual({ case: "in", done: false, value: 1 });
  });

  it("does no case once its signal has aborted, though it has not heard of it yet", async () => {
    const a = new Channel<number>();
    const b = new Channel<number>();
    const controller = new AbortController();
    const within: unknown[] = [];
    controller.signal.addEventListener("abort", () => {
      within.push(a.trySend(1), trySelect({ out: sendTo(a, 2), in: receiveFrom(b) }), b.tryReceive());
      b.close();
    });
    const quitter = select({ in: receiveFrom(a), out: sendTo(b, 3) }, controller);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect(within).toEqual([false, undefined, undefined]);
    expect(a.trySend(4)).toBe(false);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  });

  it("loses nothing when 20,000 values are taken by selecting from two channels", async () => {
    const a = new Channel<number>(1);
    const b = new Channel<number>(1);
    const produce = async (channel: Channel<number>, first: number) => {
      using _closed = channel;
      for (let value = first; value < 20_000; value += 2) await channel.send(value);
    };
    const producing = Promise.all([produce(a, 0), produce(b, 1)]);
    const seen = new Set<number>();
    const open = { a: true, b: true };
    while (open.a || open.b) {
      const chosen = await select({
        a: open.a ? receiveFrom(a) : undefined,
        b: open.b ? receiveFrom(b) : undefined,
      });
      if (chosen.done) open[chosen.case] = false;
      else seen.add(chosen.value);
    }
    await producing;
    expect(seen.size).toBe(20_000);
  });

  it.each([0, 3])("exchanges each value exactly once, in every order: squeeze %s", async (squeeze) => {
    await explore(
      async (sim) => {
        const a = new Channel<string>();
        const b = new Channel<string>(1);
        const controller = new AbortController();
        const sent: string[] = [];
        const received: string[] = [];
        const take = async (signal?: AbortSignal) => {
          const open = { a: true, b: true };
          while (open.a || open.b) {
            const cases = { a: open.a ? receiveFrom(a) : undefined, b: open.b ? receiveFrom(b) : undefined };
            const chosen = await select(cases, { signal });
            if (chosen.done) open[chosen.case] = false;
            else received.push(chosen.value);
            await sim.io("use");
          }
        };
        const give = async (name: string, signal?: AbortSignal) => {
          for (const value of [`${name}1`, `${name}2`]) {
            await sim.io(value);
            await select({ a: sendTo(a, value), b: sendTo(b, value) }, { signal });
            sent.push(value);
          }
        };
        sim.anytime("abort", () => controller.abort("gone"));
        const taking = Promise.allSettled([
          sim.spawn("steady", () => take()),
          sim.spawn("fickle", () => take(controller.signal)),
        ]);
        await Promise.allSettled([
          sim.spawn("x", () => give("x")),
          sim.spawn("y", () => give("y", controller.signal)),
        ]);
        a.close();
        b.close();
        await taking;
        guarantee(received.toSorted().join() === sent.toSorted().join(), {
          happened: `sent were ${sent}, received were ${received}`,
          expected: "each value that was sent is received once",
          why: "a select that does two cases, or half of one, loses or doubles values",
        });
      },
      { squeeze },
    );
  });

  it("leaves nothing behind", async () => {
    await noLeaks(async () => {
      const a = new Channel<number>();
      const b = new Channel<number>();
      const { signal } = new AbortController();
      const selecting = select({ a: receiveFrom(a), b: receiveFrom(b) }, { signal });
      await a.send(1);
      await selecting;
    });
  });

  it("lets timers fire while two tasks do nothing but send and select", async () => {
    const a = new Channel<number>(16);
    const b = new Channel<number>(16);
    let fired = 0;
    const timer = setInterval(() => {
      fired += 1;
    }, 1);
    const producing = (async () => {
      for (let value = 0; value < 10_000_000 && fired < 3; value += 1) {
        await select({ a: sendTo(a, value), b: sendTo(b, value) });
      }
      a.close();
    })();
    for (;;) {
      const chosen = await select({ a: receiveFrom(a), b: receiveFrom(b) });
      if (chosen.done) break;
    }
    await producing;
    clearInterval(timer);
    expect(fired).toBe(3);
  });
});

describe("a select whose random gives no chance", () => {
  it.each([Number.NaN, 2, "0.5", undefined])("is refused for %s, and nothing happens", async (value) => {
    const [jobs, results] = [new Channel<string>(1), new Channel<number>(1)];
    jobs.trySend("job");
    const cases = { job: receiveFrom(jobs), out: sendTo(results, 42) };
    const refusal = new RangeError(
      `Cannot select: random must give a number from 0 to 1, got ${show(value)}`,
    );
    await expect(select(cases, { random: () => value as number })).rejects.toThrow(refusal);
    expect(() => trySelect(cases, { random: () => value as number })).toThrow(refusal);
    expect([jobs.size, results.size]).toEqual([1, 0]);
  });
});

describe("trySelect", () => {
  it("does what is ready, and never waits", async () => {
    await simulate(async () => {
      const a = new Channel<number>(1);
      const b = new Channel<number>();
      const cases = { in: receiveFrom(a), out: sendTo(b, 1) };
      expect(trySelect(cases)).toBeUndefined();
      expect([a.trySend(5), b.tryReceive()]).toEqual([true, undefined]);
      expect(trySelect(cases)).toEqual({ case: "in", done: false, value: 5 });
      const waiting = b.receive();
      expect(trySelect(cases)).toEqual({ case: "out" });
      expect((await waiting).value).toBe(1);
    });
  });

  it("throws ChannelClosedError for a send on a closed channel, and RangeError for no case", () => {
    const closed = new Channel<number>();
    closed.close();
    expect(() => trySelect({ out: sendTo(closed, 1) })).toThrow(ChannelClosedError);
    expect(() => trySelect({})).toThrow(RangeError);
  });
});
