import { describe, expect, it } from "vitest";
import { readRun } from "./read-run.ts";
import { crawl, nastyRecorder } from "./testing.ts";
import { toTrace } from "./trace.ts";

interface TraceEvent {
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly id?: number;
  readonly cat?: string;
  readonly args?: Record<string, unknown>;
}

const eventsOf = (recorder: Parameters<typeof readRun>[0]): TraceEvent[] =>
  JSON.parse(toTrace(readRun(recorder))).traceEvents;

describe("toTrace", () => {
  it("gives every event what the Trace Event Format asks for", () => {
    for (const event of [...eventsOf(crawl()), ...eventsOf(nastyRecorder())]) {
      expect(event).toEqual(
        expect.objectContaining({
          ph: expect.stringMatching(/^[XbeCiM]$/),
          name: expect.any(String),
          pid: 1,
        }),
      );
      expect(Number.isInteger(event.tid)).toBe(true);
      if (event.ph !== "M") expect(event.ts).toBeGreaterThanOrEqual(0);
      if (event.ph === "X") expect(event.dur).toBeGreaterThanOrEqual(0);
      if (event.ph === "b" || event.ph === "e") {
        expect(event.id).toBeTypeOf("number");
        expect(event.cat).toBeTypeOf("string");
      }
      if (event.ph === "C") expect(event.args?.["value"]).toBeTypeOf("number");
    }
  });

  it("is in microseconds", () => {
    const [first] = eventsOf(crawl()).filter(({ ph, name }) => ph === "X" && name === "/c");
    expect(first).toMatchObject({ ts: 50_000, dur: 30_000, args: { attempt: 1, outcome: "ok" } });
  });

  it("lets nothing overlap on one thread", () => {
    const threads = Map.groupBy(
      eventsOf(crawl()).filter(({ ph }) => ph === "X"),
      ({ tid }) => tid,
    );
    expect(threads.size).toBe(2);
    for (const spans of threads.values()) {
      for (const [i, { ts }] of spans.entries()) {
        const before = spans[i - 1];
        expect(ts).toBeGreaterThanOrEqual(before === undefined ? 0 : before.ts + before.dur);
      }
    }
  });

  it("names threads after lanes, and says which are too many", () => {
    const names = eventsOf(crawl()).filter(({ name }) => name === "thread_name");
    expect(names.map(({ args }) => args?.["name"])).toEqual(["pages 1", "pages 2 (over the limit)"]);
  });

  it("closes every wait that it opens", () => {
    const ids = (phase: string) =>
      eventsOf(crawl())
        .filter(({ ph }) => ph === phase)
        .map(({ id, name }) => `${id} ${name}`);
    expect(ids("b")).toEqual(["1 /c queued", "4 /a retrying"]);
    expect(ids("e")).toEqual(ids("b"));
  });

  it("has depths as counters and moments as instants", () => {
    const events = eventsOf(crawl());
    const counter = events.filter(({ ph, name }) => ph === "C" && name === "pages: running");
    expect(counter.map(({ ts, args }) => [ts, args?.["value"]])).toEqual([
      [0, 2],
      [50_000, 1],
      [80_000, 1],
      [100_000, 0],
    ]);
    expect(events.find(({ ph }) => ph === "i")).toMatchObject({ name: "close", ts: 80_000 });
  });
});
