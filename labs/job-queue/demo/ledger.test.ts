import { readRun } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";

const never = new AbortController().signal;

const line = (msg: string, n: number) => ({ msg, job: `id ${n}`, requestId: `client:${n}` });

describe("Ledger", () => {
  it("counts what the log tells of the jobs, and nothing else", () => {
    const ledger = new Ledger(2);
    for (const msg of ["job stored", "job begins", "job completed"]) ledger.hear(line(msg, 1));
    ledger.hear(line("job begins", 2));
    ledger.hear({ msg: "listening", url: "http://127.0.0.1/" });
    expect([ledger.begun, ledger.inHand, [...ledger.completed]]).toEqual([2, 1, ["id 1"]]);
    ledger.hear(line("job failed", 2));
    expect([ledger.inHand, ledger.completed.size, ledger.dead.size]).toEqual([0, 1, 0]);
    ledger.hear(line("job dead", 2));
    expect([...ledger.dead]).toEqual(["id 2"]);
  });

  it("knows what was in hand at a kill, and draws how long that is left behind", () => {
    const ledger = new Ledger(2);
    ledger.hear(line("job begins", 1));
    ledger.hear(line("job begins", 2));
    ledger.killed();
    expect(ledger.kills).toEqual([{ completed: 0, inHand: ["id 1", "id 2"] }]);
    expect(ledger.inHand).toBe(0);
    const left = () => {
      const { events } = ledger.recorder.toJSON();
      const ended = new Set(events.flatMap((event) => (event.type === "end" ? [event.span] : [])));
      return events.flatMap((event) => {
        if (event.type !== "begin" || event.track !== "left behind") return [];
        return [{ task: event.task, state: event.state, isOver: ended.has(event.span) }];
      });
    };
    const isOver = false;
    expect(left()).toEqual([
      { task: "j1", state: "blocked", isOver },
      { task: "j2", state: "blocked", isOver },
    ]);
    ledger.hear(line("job begins", 1)); // Another life takes it over.
    ledger.complete("id 2"); // Its end was stored, and nobody heard of it.
    expect(left()).toMatchObject([{ isOver: true }, { isOver: true }]);
    expect(readRun(ledger.recorder).marks.map(({ name }) => name)).toEqual(["kill -9"]);
  });

  it("tells which acknowledged jobs are open", () => {
    const ledger = new Ledger(2);
    ledger.acknowledge("a", 1);
    ledger.acknowledge("b", 2);
    ledger.complete("a");
    expect(ledger.open()).toEqual(["b"]);
  });

  it("waits for a change that makes it hold, and for no other", async () => {
    const ledger = new Ledger(2);
    const waiting = ledger.until(() => ledger.completed.size === 2, never);
    ledger.complete("a");
    ledger.complete("b");
    await waiting;
    const reason = new Error("Ctrl-C");
    await expect(ledger.until(() => false, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const stopped = ledger.until(() => false, stop.signal);
    stop.abort(reason);
    await expect(stopped).rejects.toBe(reason);
  });
});
