import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { type Part, shutDown } from "./shutdown.ts";

function part(name: string, log: string[], close: Part["close"] = async () => {}): Part {
  return {
    name,
    close: (options) => {
      log.push(name);
      return close(options);
    },
  };
}

describe("shutDown", () => {
  it("ends what began last first, one after the other", async () => {
    await simulate(async () => {
      const log: string[] = [];
      const slow = async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        log.push("slept");
      };
      const parts = [part("store", log), part("calls", log, slow), part("http", log)];
      expect(await shutDown(parts, 100)).toEqual({ cut: [], failed: [] });
      expect(log).toEqual(["http", "calls", "slept", "store"]);
    });
  });

  it("goes on when one fails, and says so", async () => {
    await simulate(async () => {
      const log: string[] = [];
      const error = new Error("broken");
      const parts = [part("store", log), part("http", log, () => Promise.reject(error))];
      expect(await shutDown(parts, 100)).toEqual({ cut: [], failed: [{ name: "http", error }] });
      expect(log).toEqual(["http", "store"]);
    });
  });

  it("cuts off what is not done at the deadline, and still calls the rest, with no time left", async () => {
    await simulate(
      async () => {
        const log: string[] = [];
        const deaf = () => new Promise<void>(() => {});
        const parts = [
          part("store", log, async ({ signal }) => void log.push(`${signal.aborted}`)),
          part("http", log, deaf),
        ];
        expect(await shutDown(parts, 100)).toEqual({ cut: ["http"], failed: [] });
        expect(log).toEqual(["http", "store", "true"]);
      },
      { leaks: false },
    );
  });
});
