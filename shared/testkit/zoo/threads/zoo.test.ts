import { describe, expect, it } from "vitest";
import {
  exploreThreads,
  type ThreadFaultKind,
  type ThreadScenario,
  ThreadScheduleError,
} from "../../src/threads.ts";

const ANN_AND_BOB = ["Ann", "Bob"];
const THREE = ["Ann", "Bob", "Cid"];

const counters = (body: string, expected: number, threads = ANN_AND_BOB): ThreadScenario<"count"> => ({
  module: new URL("./counters.ts", import.meta.url),
  threads: Object.fromEntries(threads.map((name) => [name, body])),
  memory: { count: 4 },
  check: ({ count }) => expect(new Int32Array(count)[0]).toBe(expected),
});

const anyCount = (body: string): ThreadScenario<"count"> => ({ ...counters(body, 0), check: () => {} });

const places = (body: string): ThreadScenario<"count"> => ({
  ...counters(body, 0, THREE),
  prepare: ({ count }) => new Int32Array(count).fill(2),
});

const locks = (body: string, threads = ANN_AND_BOB): ThreadScenario<"lock" | "count"> => ({
  module: new URL("./locks.ts", import.meta.url),
  threads: Object.fromEntries(threads.map((name) => [name, body])),
  memory: { lock: 12, count: 4 },
  check: ({ count }) => expect(new Int32Array(count)[0]).toBe(threads.length),
});

const messages = (threads: Readonly<Record<string, string>>): ThreadScenario => ({
  module: new URL("./messages.ts", import.meta.url),
  threads,
  memory: { message: 8, flag: 4 },
});

const receives42 = (threads: Readonly<Record<string, string>>): ThreadScenario => ({
  ...messages(threads),
  check: (_, { Bob }) => expect(Bob).toBe(42),
});

const buggy: Record<string, readonly [ThreadScenario, ThreadFaultKind, RegExp?]> = {
  "raises a counter without Atomics": [counters("plain", 2), "data race", /Data race on count\[0\]/],
  "loads and stores a counter atomically, but not in one": [counters("split", 2), "assertion"],
  "looks for a free place and takes another's": [places("takeCarelessly"), "assertion"],
  "writes plainly what is read atomically": [anyCount("mixed"), "data race"],
  "reads half of what is written as a whole": [anyCount("mixedSizes"), "data race"],
  "fills an array that others fill": [anyCount("fill"), "data race"],
  "takes a lock that it has only seen free": [locks("checkThenAct"), "data race", /locks\.ts:\d+/],
  "gives a lock back without Atomics": [locks("plainUnlock"), "data race"],
  "gives a lock back and wakes nobody": [locks("forgetsToWake"), "stuck", /Bob, asleep on lock\[0\]/],
  "forgets, having slept, that others sleep": [locks("forgetsOthers", THREE), "stuck"],
  "takes a timeout for the lock": [locks("timeoutTakenForLock"), "data race"],
  "takes two locks in two orders": [locks("inOwnOrder"), "stuck", /asleep on lock\[1\]/],
  "is polite before it is interested": [locks("petersonReversed"), "data race"],
  "sends without Atomics": [receives42({ Ann: "sendPlainly", Bob: "receive" }), "data race"],
  "says that the message stands before it does": [
    messages({ Ann: "sendTooLate", Bob: "receive" }),
    "data race",
  ],
  "wakes who does not sleep yet": [messages({ Ann: "notifyOnly", Bob: "sleepOnly" }), "stuck"],
  "polls for what never comes": [messages({ Ann: "poll" }), "livelock", /Ann load flag\[0\] → 0/],
  "awaits what never comes": [messages({ Bob: "receiveInPromise" }), "stuck"],
  "goes away and stays in the line": [messages({ Ann: "leaveInTheLine" }), "leftover"],
  throws: [messages({ Ann: "fail" }), "error", /no such page/],
  "does not exist": [messages({ Ann: "nothing" }), "error", /exports no function "nothing"/],
};

const correct: Record<string, ThreadScenario> = {
  "an atomic counter": counters("atomic", 3, THREE),
  "compare and swap": counters("compareAndSwap", 3, THREE),
  "places taken by compare and swap": places("takeCarefully"),
  "neighbouring bytes": anyCount("neighbours"),
  "Drepper's mutex, two": locks("drepper"),
  "Drepper's mutex, three": locks("drepper", THREE),
  "a spin lock": locks("spin", THREE),
  "two locks in one order": locks("inOneOrder"),
  "a lock that is given up in time": { ...locks("lockWithTimeout"), check: () => {} },
  "Peterson's lock": locks("peterson"),
  "a message under a flag": receives42({ Ann: "send", Bob: "receive" }),
  "a message awaited": receives42({ Ann: "send", Bob: "receiveInPromise" }),
  "a long computation on memory of its own": messages({ Ann: "sum" }),
};

describe("exploreThreads finds who", () => {
  it.for(Object.entries(buggy))("%s", async ([, [scenario, kind, shows]]) => {
    const found = await exploreThreads(scenario).catch((error: unknown) => error);
    expect(found).toBeInstanceOf(ThreadScheduleError);
    if (!(found instanceof ThreadScheduleError)) return;
    expect(found.kind).toBe(kind);
    if (shows) expect(found.message).toMatch(shows);
    const again = await exploreThreads(scenario, { replay: found.replay }).catch((error: unknown) => error);
    expect(again).toMatchObject({ kind, timeline: found.timeline });
  });
});

describe("exploreThreads reports nothing on", () => {
  it.for(Object.entries(correct))("%s", async ([, scenario]) => {
    await exploreThreads(scenario, { deviations: 4 });
  });
});
