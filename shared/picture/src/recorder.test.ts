import { describe, expect, it } from "vitest";
import { readRun } from "./read-run.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";

/** A recorder whose time goes on only when it is told to. */
function stopped(options: RecorderOptions = {}) {
  let now = 0;
  const recorder = new Recorder({ now: () => now, clock: "simulated", ...options });
  const pass = (ms: number) => {
    now += ms;
  };
  return { recorder, pass };
}

const spansOf = (recorder: Recorder) =>
  readRun(recorder).spans.map(({ task, state, attempt, begin, end, outcome }) => [
    `${task} ${state} ${attempt}`,
    begin.at,
    end.at,
    outcome,
  ]);

/** What nobody handles while `body` runs and a moment after. */
async function unhandledDuring(body: () => void): Promise<unknown[]> {
  const seen: unknown[] = [];
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => seen.push(reason));
  body();
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners("unhandledRejection");
  for (const listener of before) process.on("unhandledRejection", listener);
  return seen;
}

describe("Recorder", () => {
  it("refuses a bound that is no whole number from 0", () => {
    for (const maxEvents of [-1, 1.5, Number.NaN]) {
      expect(() => new Recorder({ maxEvents })).toThrow(
        new RangeError(`maxEvents must be a whole number from 0, got ${maxEvents}`),
      );
    }
  });

  it("keeps nothing with maxEvents 0, and all goes its way", async () => {
    const { recorder } = stopped({ maxEvents: 0 });
    const job = recorder.job("t", "a", async (n: number) => n + 1);
    expect(await job(1)).toBe(2);
    recorder.level("l", 1);
    recorder.mark("m");
    recorder.end(recorder.queued("t", "b"));
    expect(recorder.events).toEqual([]);
  });

  it("counts time from its own beginning", () => {
    let now = 1_000;
    const recorder = new Recorder({ now: () => now });
    now = 1_040;
    recorder.mark("m");
    expect(recorder.events[0]).toMatchObject({ at: 40, order: 0 });
  });

  it("becomes the same recording as JSON", () => {
    const { recorder } = stopped({ title: "run", limits: { t: 1 }, flow: ["t"], rows: ["t"] });
    recorder.begin("t", "running", "a", { lane: "x", parent: 0 });
    recorder.level("depth", 3);
    expect(readRun(JSON.parse(JSON.stringify(recorder)))).toEqual(readRun(recorder));
  });

  it("shortens names that are pages long, and cuts no character in two", () => {
    const { recorder } = stopped();
    recorder.begin("t", "running", "😀".repeat(5_000));
    const [event] = recorder.events;
    const task = event?.type === "begin" ? event.task : "";
    expect(task.length).toBeLessThanOrEqual(200);
    expect(task).toMatch(/^(?:😀|\ufffd)+…(?:😀|\ufffd)+$/u);
  });
});

describe("Recorder.job", () => {
  it("gives and throws what the job gives and throws, at once if at once", () => {
    const { recorder } = stopped();
    const error = new RangeError("no");
    const fails = recorder.job("t", "a", () => {
      throw error;
    });
    expect(recorder.job("t", "b", (x: number) => x * 2)(21)).toBe(42);
    expect(fails).toThrow(error);
    expect(spansOf(recorder).map(([, , , outcome]) => outcome)).toEqual(["ok", "failed"]);
  });

  it("rejects with the identical reason", async () => {
    const { recorder } = stopped();
    const reason = { why: "left" };
    await expect(recorder.job("t", "a", () => Promise.reject(reason))()).rejects.toBe(reason);
  });

  it("leaves a rejection that nobody handles unhandled, and one that is handled alone", async () => {
    const { recorder } = stopped();
    const job = recorder.job("t", "a", () => Promise.reject("lost"));
    expect(await unhandledDuring(() => void job())).toEqual(["lost"]);
    expect(await unhandledDuring(() => void job().catch(() => {}))).toEqual([]);
  });

  it("does not start what only looks like a promise", () => {
    const { recorder } = stopped();
    let started = false;
    const start = () => {
      started = true;
    };
    const lazy = new Proxy({}, { get: (_, key) => (key === "then" ? start : undefined) }); // As queries of some libraries.
    expect(recorder.job("t", "a", () => lazy)()).toBe(lazy);
    expect(started).toBe(false);
  });

  it("counts tries, and shows the wait for a retry while there is one", async () => {
    const { recorder, pass } = stopped();
    let tries = 0;
    const job = recorder.job(
      "t",
      "a",
      async () => {
        pass(10);
        tries += 1;
        if (tries < 3) throw new Error("503");
      },
      { retries: 1 },
    );
    await job().catch(() => pass(100));
    await job().catch(() => pass(50));
    expect(spansOf(recorder)).toEqual([
      ["a running 1", 0, 10, "failed"],
      ["a retrying 1", 10, 110, "ok"],
      ["a running 2", 110, 120, "failed"],
    ]);
  });

  it("begins to count anew once the task has succeeded", async () => {
    const { recorder } = stopped();
    const job = recorder.job("t", "a", async () => {});
    await job();
    await job();
    expect(spansOf(recorder).map(([name]) => name)).toEqual(["a running 1", "a running 1"]);
  });

  it("calls cancelled what fails with an abort, a timeout or the reason that was given", async () => {
    const { recorder } = stopped();
    const controller = new AbortController();
    const reason = { why: "client left" };
    const job = (error: unknown) =>
      recorder
        .job("t", "a", () => Promise.reject(error))()
        .catch(() => {});
    recorder.abort(controller, reason);
    for (const error of [
      reason,
      new DOMException("", "AbortError"),
      new DOMException("", "TimeoutError"),
      "503",
    ]) {
      await job(error);
    }
    expect(controller.signal.reason).toBe(reason);
    expect(spansOf(recorder).map(([, , , outcome]) => outcome)).toEqual([
      "cancelled",
      "cancelled",
      "cancelled",
      "failed",
    ]);
  });

  it("calls dropped what goes no further", async () => {
    const { recorder } = stopped();
    const isEven = recorder.stage("t", (n: number) => n % 2 === 0, { keep: (even) => even });
    expect([1, 2].map((n) => isEven(n))).toEqual([false, true]);
    expect(spansOf(recorder).map(([name, , , outcome]) => [name, outcome])).toEqual([
      ["1 running 1", "dropped"],
      ["2 running 1", "ok"],
    ]);
  });
});

describe("Recorder.submit", () => {
  it("shows the task in line until it begins", async () => {
    const { recorder, pass } = stopped();
    const job = recorder.job("t", "a", () => "done");
    const answer = recorder.submit("t", "a", () => "accepted");
    pass(30);
    job();
    expect(answer).toBe("accepted");
    expect(spansOf(recorder)).toEqual([
      ["a queued 1", 0, 30, "ok"],
      ["a running 1", 30, 30, "ok"],
    ]);
  });

  it("takes it out of the line if it is refused", async () => {
    const { recorder } = stopped();
    await expect(recorder.submit("t", "a", () => Promise.reject("closed"))).rejects.toBe("closed");
    expect(() =>
      recorder.submit("t", "b", () => {
        throw new Error("closed");
      }),
    ).toThrow("closed");
    expect(spansOf(recorder).map(([, , , outcome]) => outcome)).toEqual(["cancelled", "cancelled"]);
  });

  it("lets the first of several with one name begin first", () => {
    const { recorder, pass } = stopped();
    recorder.queued("t", "a");
    pass(10);
    recorder.queued("t", "a");
    recorder.begin("t", "running", "a");
    expect(spansOf(recorder).slice(0, 2)).toEqual([
      ["a queued 1", 0, 10, "ok"],
      ["a queued 1", 10, 10, undefined],
    ]);
  });
});

describe("Recorder.source", () => {
  it("is blocked from the moment an item is taken until the next is asked for", async () => {
    const { recorder, pass } = stopped();
    const seen: number[] = [];
    for await (const n of recorder.source("source", [1, 2])) {
      seen.push(n);
      pass(n * 10);
    }
    expect(seen).toEqual([1, 2]);
    expect(spansOf(recorder)).toEqual([
      ["1 blocked 1", 0, 10, "ok"],
      ["2 blocked 1", 10, 30, "ok"],
    ]);
  });

  it("awaits promises in an ordinary iterable, as `for await` does", async () => {
    const { recorder } = stopped();
    expect(await Array.fromAsync(recorder.source("s", [Promise.resolve(7)]))).toEqual([7]);
  });

  it("closes the original when it is left early, and is blocked no longer", async () => {
    const { recorder } = stopped();
    let closed = false;
    async function* items() {
      try {
        yield 1;
        yield 2;
      } finally {
        closed = true;
      }
    }
    for await (const _ of recorder.source("s", items())) break;
    expect(closed).toBe(true);
    expect(spansOf(recorder)).toEqual([["1 blocked 1", 0, 0, "cancelled"]]);
  });

  it("fails as the original fails", async () => {
    const { recorder } = stopped();
    const broken = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("disk")) }),
    };
    await expect(recorder.source("s", broken).next()).rejects.toThrow("disk");
  });
});

describe("Recorder.end", () => {
  it("counts the first time", () => {
    const { recorder, pass } = stopped();
    const span = recorder.begin("t", "running", "a");
    recorder.end(span, "failed", new Error("503"));
    pass(10);
    recorder.end(span);
    recorder.end(99);
    expect(recorder.events).toHaveLength(2);
    expect(readRun(recorder).spans[0]).toMatchObject({ outcome: "failed", detail: "503", end: { at: 0 } });
  });

  it("bears errors that cannot become text", () => {
    const { recorder } = stopped();
    recorder.end(recorder.begin("t", "running", "a"), "failed", Object.create(null));
    expect(readRun(recorder).spans[0]?.detail).toBe("object");
  });
});

describe("Recorder.drain", () => {
  it("hands over each event once", () => {
    const { recorder } = stopped();
    recorder.mark("a");
    expect(recorder.drain()).toMatchObject([{ name: "a", order: 0 }]);
    recorder.mark("b");
    expect(recorder.drain()).toMatchObject([{ name: "b", order: 1 }]);
    expect(recorder.drain()).toEqual([]);
  });
});

describe("a long run", () => {
  it("keeps the first and the latest events, and says what it left out", async () => {
    const { recorder, pass } = stopped({ maxEvents: 40, limits: { t: 1 } });
    for (let n = 1; n <= 500; n += 1) {
      await recorder.job("t", `job ${n}`, async () => pass(1))();
    }
    const run = readRun(recorder);
    const shown = run.spans.map(({ task }) => task);
    expect(recorder.events.length).toBeLessThanOrEqual(42);
    expect([shown[0], shown.at(-1)]).toEqual(["job 1", "job 500"]);
    expect(run.count).toBe(1_000);
    expect(run.findings.map(({ text }) => text)).toEqual([
      "left out of the picture: 960 events from 10 ms to 490 ms; what is counted counts them, too",
    ]);
  });

  it("finds the peak in the part that it left out", () => {
    const { recorder, pass } = stopped({ maxEvents: 20, limits: { t: 2 } });
    for (let n = 1; n <= 100; n += 1) {
      pass(1);
      const spans = Array.from({ length: n === 50 ? 3 : 1 }, (_, i) =>
        recorder.begin("t", "running", `${n}.${i}`),
      );
      for (const span of spans) recorder.end(span);
    }
    const run = readRun(recorder);
    expect(run.tracks[0]?.running.max).toBe(3);
    expect(run.findings[0]?.text).toBe("t: 3 ran at once at 50 ms; the limit is 2");
  });

  it("counts on exactly after it, whatever began or ended within", () => {
    const { recorder } = stopped({ maxEvents: 20 });
    const early = recorder.begin("t", "running", "from the head");
    for (let n = 0; n < 50; n += 1) recorder.end(recorder.begin("t", "running", "short"));
    recorder.begin("t", "running", "from the middle");
    for (let n = 0; n < 20; n += 1) recorder.end(recorder.begin("t", "running", "short"));
    recorder.end(early);
    for (let n = 0; n < 20; n += 1) recorder.end(recorder.begin("t", "running", "short"));
    const run = readRun(recorder);
    expect(run.tracks[0]?.running.points.at(-1)?.value).toBe(1);
    expect(run.spans.filter(({ outcome }) => outcome === undefined).map(({ task }) => task)).toEqual([
      "from the middle",
    ]);
  });

  it("knows the depth between two stages after it", () => {
    const { recorder } = stopped({ maxEvents: 20, flow: ["a", "b"] });
    for (let n = 0; n < 100; n += 1) recorder.end(recorder.begin("a", "running", `${n}`));
    for (let n = 0; n < 90; n += 1) recorder.end(recorder.begin("b", "running", `${n}`));
    const [, depth] = readRun(recorder).rows;
    expect(depth !== undefined && "level" in depth ? depth.level.points.at(-1)?.value : undefined).toBe(10);
  });

  it("does not grow with what has passed through", () => {
    const { recorder } = stopped({ maxEvents: 100 });
    for (let n = 0; n < 20_000; n += 1) {
      recorder.end(recorder.begin("t", "running", `job ${n}`), "failed");
      recorder.mark(`mark ${n}`);
    }
    expect(recorder.events.length).toBeLessThanOrEqual(250);
  });
});
