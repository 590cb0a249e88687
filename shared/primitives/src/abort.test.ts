import { getEventListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { isAbort, onAbort } from "./abort.ts";

describe("onAbort", () => {
  it("calls once, when the signal aborts", () => {
    const controller = new AbortController();
    const leave = vi.fn();
    onAbort(controller.signal, leave);
    expect(leave).not.toHaveBeenCalled();
    controller.abort();
    controller.abort();
    expect(leave).toHaveBeenCalledOnce();
  });

  it("calls at once if the signal has aborted already", () => {
    const leave = vi.fn();
    onAbort(AbortSignal.abort(), leave)();
    expect(leave).toHaveBeenCalledOnce();
  });

  it("has nothing to do without a signal", () => {
    const leave = vi.fn();
    onAbort(undefined, leave)();
    expect(leave).not.toHaveBeenCalled();
  });

  it("does not call who has withdrawn, be it within the abort itself", () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => {
      called.push("first");
      withdrawSecond();
    });
    const withdrawSecond = onAbort(controller.signal, () => called.push("second"));
    onAbort(controller.signal, () => called.push("third"));
    controller.abort();
    expect(called).toEqual(["first", "third"]);
  });

  it("carries one listener for a thousand, and none when the last has withdrawn, in whatever order", () => {
    const { signal } = new AbortController();
    const withdrawals = Array.from({ length: 1_000 }, () => onAbort(signal, () => {}));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const withdraw of withdrawals.reverse()) {
      withdraw();
      withdraw();
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("can be used again after everybody has withdrawn", () => {
    const controller = new AbortController();
    const leave = vi.fn();
    onAbort(controller.signal, () => {})();
    onAbort(controller.signal, leave);
    controller.abort();
    expect(leave).toHaveBeenCalledOnce();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("calls the rest even if one throws", () => {
    // Dispatched by hand: what a listener throws, Node reports to the process, which here is the test runner.
    const { signal } = new AbortController();
    const rest = vi.fn();
    onAbort(signal, () => {
      throw new Error("one bad leaver");
    });
    onAbort(signal, rest);
    const [listener] = getEventListeners(signal, "abort");
    expect(() => (listener as () => void).call(signal)).toThrow("one bad leaver");
    expect(rest).toHaveBeenCalledOnce();
  });
});

describe("isAbort", () => {
  it("knows the reason itself, and Node's wrapping of it", async () => {
    const signal = AbortSignal.abort("enough");
    const wrapped: unknown = await readFile(import.meta.filename, { signal }).catch(
      (error: unknown) => error,
    );
    expect(isAbort("enough", signal)).toBe(true);
    expect(isAbort(wrapped, signal)).toBe(true);
  });

  it("does not take other errors for it, nor anything before the abort", () => {
    expect(isAbort(new Error("disk full"), AbortSignal.abort("enough"))).toBe(false);
    expect(isAbort(new DOMException("another", "AbortError"), AbortSignal.abort("enough"))).toBe(false);
    expect(isAbort(undefined, new AbortController().signal)).toBe(false);
  });
});
