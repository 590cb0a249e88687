import { describe, expect, it } from "vitest";
import { LongLived } from "./long-lived.ts";

describe("LongLived", () => {
  it("tells what is left on its signal, and of nothing that was taken off", () => {
    const service = new LongLived();
    const listener = () => {};
    service.signal.addEventListener("abort", listener);
    expect(() => service.expectBare("a call")).toThrow("after a call 1 listener was left on the signal");
    service.signal.addEventListener("abort", () => {});
    expect(() => service.expectBare("a call")).toThrow("after a call 2 listeners were left on the signal");
    expect(service.listeners).toBe(2);

    const other = new LongLived();
    other.signal.addEventListener("abort", listener);
    other.signal.removeEventListener("abort", listener);
    other.expectBare("a call");
  });

  it("aborts with the reason that it is given", () => {
    const service = new LongLived();
    const reason = new Error("shut down");
    service.abort(reason);
    expect(service.signal.reason).toBe(reason);
  });
});
