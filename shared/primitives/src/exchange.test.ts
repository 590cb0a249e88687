import { describe, expect, it } from "vitest";
import { ChannelClosedError, Exchange, end, type Receiver, type Sender } from "./exchange.ts";

/** Stands in line and writes down what it is told. */
function receiver(told: unknown[], signal?: AbortSignal): Receiver<string> {
  return {
    signal,
    withdraw: () => told.push("withdrawn"),
    resolve: (received) => told.push(received.value),
    owner: undefined,
  };
}

function sender(value: string, told: unknown[], signal?: AbortSignal): Sender<string> {
  return {
    signal,
    withdraw: () => told.push("withdrawn"),
    value,
    resolve: () => told.push("taken"),
    reject: (error) => told.push(error),
  };
}

describe("Exchange.offer", () => {
  it("gives the value to the first receiver, whose wait it ends before", () => {
    const exchange = new Exchange<string>(1);
    const first: unknown[] = [];
    const second: unknown[] = [];
    exchange.receivers.push(receiver(first));
    exchange.receivers.push(receiver(second));
    expect(exchange.offer("a")).toBe(true);
    expect([first, second, exchange.size]).toEqual([["withdrawn", "a"], [], 0]);
  });

  it("buffers up to the capacity, and then says `false`", () => {
    const exchange = new Exchange<string>(1);
    expect([exchange.canOffer, exchange.offer("a")]).toEqual([true, true]);
    expect([exchange.canOffer, exchange.offer("b"), exchange.size]).toEqual([false, false, 1]);
  });

  it("passes over a receiver whose signal has aborted, and does not take it for one", () => {
    const exchange = new Exchange<string>(0);
    const told: unknown[] = [];
    exchange.receivers.push(receiver(told, AbortSignal.abort()));
    expect([exchange.canOffer, exchange.offer("a")]).toEqual([false, false]);

    exchange.receivers.push(receiver(told, AbortSignal.abort()));
    exchange.receivers.push(receiver(told, new AbortController().signal));
    expect(exchange.offer("b")).toBe(true);
    expect(told).toEqual(["withdrawn", "b"]);
  });
});

describe("Exchange.take", () => {
  it("takes the oldest value, and gives the free place to the first sender", () => {
    const exchange = new Exchange<string>(1);
    const told: unknown[] = [];
    exchange.offer("a");
    exchange.senders.push(sender("b", told));
    expect(exchange.take()).toEqual({ done: false, value: "a" });
    expect([told, exchange.size]).toEqual([["withdrawn", "taken"], 1]);
    expect(exchange.take()).toEqual({ done: false, value: "b" });
    expect([exchange.canTake, exchange.take()]).toEqual([false, undefined]);
  });

  it("takes nothing from a sender whose signal has aborted", () => {
    const exchange = new Exchange<string>(0);
    const told: unknown[] = [];
    exchange.senders.push(sender("a", told, AbortSignal.abort()));
    expect([exchange.canTake, exchange.take(), told]).toEqual([false, undefined, []]);
  });
});

describe("Exchange.close", () => {
  it("tells all who wait, and gives out what is buffered before the end", () => {
    const exchange = new Exchange<string>(1);
    const receiving: unknown[] = [];
    const sending: unknown[] = [];
    exchange.offer("a");
    exchange.receivers.push(receiver(receiving));
    exchange.senders.push(sender("b", sending));
    exchange.close();
    expect(receiving).toEqual(["withdrawn", undefined]);
    expect(sending).toEqual(["withdrawn", new ChannelClosedError()]);
    expect([exchange.canOffer, exchange.canTake]).toEqual([true, true]);
    expect(() => exchange.offer("c")).toThrow(ChannelClosedError);
    expect([exchange.take()?.value, exchange.take()]).toEqual(["a", end]);
  });
});

describe("Exchange.inTime", () => {
  it("gives every one who need not wait the same promise for `accepted`", () => {
    expect(new Exchange(1).accepted()).toBe(new Exchange(1).accepted());
  });
});
