import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noLeaks } from "./leaks.ts";
import { exploreThreads, type ThreadScenario, ThreadScheduleError } from "./threads.ts";

// The bounds that are counted here are those of an ordinary run, even in a soak.
beforeEach(() => void vi.stubEnv("SOAK", undefined));
afterEach(() => vi.unstubAllEnvs());

const zoo = (file: string) => new URL(`../zoo/threads/${file}.ts`, import.meta.url);

const counter = (body: string, threads = ["A", "B"]): ThreadScenario<"count"> => ({
  module: zoo("counters"),
  threads: Object.fromEntries(threads.map((name) => [name, body])),
  memory: { count: 4 },
});

const failureOf = async (scenario: ThreadScenario, options = {}): Promise<ThreadScheduleError> => {
  const error = await exploreThreads(scenario, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ThreadScheduleError);
  return error as ThreadScheduleError;
};

const wordOf = (buffer: SharedArrayBuffer) => new Int32Array(buffer)[0];

describe("exploreThreads: the search", () => {
  it("runs every order once: two threads of two steps each have six", async () => {
    const report = await exploreThreads(counter("atomic"), { deviations: 9 });
    expect(report).toEqual({ schedules: 6, exhausted: true });
  });

  it("begins with one thread after the other, and goes on to orders that depart from it", async () => {
    const seen: unknown[] = [];
    const scenario: ThreadScenario<"count"> = {
      ...counter("split"),
      check: ({ count }) => void seen.push(wordOf(count)),
    };
    await exploreThreads(scenario, { deviations: 0 });
    expect(seen).toEqual([2]);
    await exploreThreads(scenario, { deviations: 1 });
    expect(seen).toContain(1);
  });

  it("runs no more than maxSchedules, and says that there are more; ten times as many in a soak", async () => {
    const scenario = counter("compareAndSwap", ["A", "B", "C"]);
    expect(await exploreThreads(scenario, { maxSchedules: 10 })).toEqual({ schedules: 10, exhausted: false });
    vi.stubEnv("SOAK", "1");
    expect(await exploreThreads(scenario, { maxSchedules: 10 })).toEqual({
      schedules: 100,
      exhausted: false,
    });
  });

  it("reports the failure with the fewest departures", async () => {
    const check = ({ count }: { count: SharedArrayBuffer }) => expect(wordOf(count)).toBe(3);
    const { replay } = await failureOf({ ...counter("split", ["A", "B", "C"]), check }, { maxSchedules: 12 });
    expect(replay.replaceAll(/s0\.|0/g, "")).toHaveLength(1);
  });

  it("replays one order, by option or by environment", async () => {
    const check = ({ count }: { count: SharedArrayBuffer }) => expect(wordOf(count)).toBe(2);
    const scenario = { ...counter("split"), check };
    const found = await failureOf(scenario);
    const again = await failureOf(scenario, { replay: found.replay });
    expect(again).toMatchObject({ schedules: 1, timeline: found.timeline });
    vi.stubEnv("LAB_REPLAY", "s0.");
    expect(await exploreThreads(scenario)).toEqual({ schedules: 1, exhausted: false });
    await expect(exploreThreads(scenario, { replay: "nonsense" })).rejects.toThrow(RangeError);
  });
});

describe("exploreThreads: a run", () => {
  it("prepares the memory afresh each time, and hands out what threads returned", async () => {
    const results: unknown[] = [];
    await exploreThreads({
      module: zoo("messages"),
      threads: { Bob: "receive" },
      memory: { message: 8, flag: 4 },
      prepare: ({ message, flag }) => {
        new Float64Array(message)[0] = 6;
        new Int32Array(flag)[0] = 1;
      },
      check: (_, { Bob }) => void results.push(Bob),
    });
    expect(results).toEqual([6]);
  });

  const messages = (threads: Readonly<Record<string, string>>) => ({
    module: zoo("messages"),
    threads,
    memory: { message: 8, flag: 4 },
  });

  it("wakes who has slept longest", async () => {
    const scenario = messages({ A: "sleepOnly", B: "sleepOnly", C: "notifyOne" });
    const { summary } = await failureOf(scenario, { deviations: 0 });
    expect(summary).toContain("B, asleep");
    expect(summary).not.toContain("A, asleep");
  });

  it("does not let a thread spin while others could go on", async () => {
    const check = () => {
      throw new Error("to see the timeline");
    };
    const { timeline } = await failureOf({ ...messages({ A: "poll", B: "send" }), check });
    expect(Number.parseInt(timeline.split("\n").at(-1) ?? "", 10)).toBeLessThan(15); // steps in all
  });

  it("leaves no thread behind, whether or not something is found", async () => {
    await noLeaks(async () => {
      await exploreThreads(counter("atomic"));
      await failureOf(counter("plain"));
      await failureOf({
        module: zoo("messages"),
        threads: { A: "sleepOnly" },
        memory: { message: 8, flag: 4 },
      });
    });
  });

  it("ends a thread that computes for ever", async () => {
    const scenario = { module: zoo("messages"), threads: { A: "computeForEver" }, memory: {} };
    const { kind, summary } = await failureOf(scenario, { patienceMs: 50 });
    expect(kind).toBe("error");
    expect(summary).toMatch(/A touches no shared memory any more and does not end/);
  });

  it("refuses a scenario without threads", async () => {
    await expect(exploreThreads({ ...counter("atomic"), threads: {} })).rejects.toThrow(RangeError);
  });
});

describe("ThreadScheduleError", () => {
  it("tells what is wrong, who did what where, and how to see it again", async () => {
    const { message, kind } = await failureOf(counter("plain"));
    expect(kind).toBe("data race");
    expect(message.split("\n")).toEqual([
      "Data race on count[0]: nothing orders",
      "  A writes count[0] ← 1  zoo/threads/counters.ts:12",
      "  B reads count[0] → 1  zoo/threads/counters.ts:12",
      "What either of them sees or leaves behind is up to the machine.",
      "",
      "It goes wrong in the ordinary order, one thread after the other:",
      "",
      "      A                         B",
      "   1  ● starts",
      "   2  ● reads count[0] → 0  zoo/threads/counters.ts:12",
      "   3  ● writes count[0] ← 1  zoo/threads/counters.ts:12",
      "   4  ● ends",
      "   5                            ● starts",
      "   6                            ● reads count[0] → 1  zoo/threads/counters.ts:12",
      "   7                            ● writes count[0] ← 2  zoo/threads/counters.ts:12",
      "   8                            ● ends",
      "",
      'Just this one again: exploreThreads(scenario, { replay: "s0." })',
    ]);
  });
});
