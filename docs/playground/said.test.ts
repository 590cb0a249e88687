import { Recorder } from "@pattern-labs/picture";
import { expect, it } from "vitest";
import { Narrator } from "./said.ts";

it("tells what begins, how it ends, and what else happens", () => {
  const recorder = new Recorder({ clock: "simulated", now: () => 0 });
  const narrator = new Narrator();
  const told = () => narrator.tell(recorder.drain());
  const page = recorder.begin("pages", "running", "p1");
  expect(told()).toBe("p1 begins in pages");
  recorder.end(page, "failed", new Error("503"));
  expect(told()).toMatch(/^p1 fails: .*503/);
  const again = recorder.begin("pages", "running", "p1");
  recorder.end(again);
  const blocked = recorder.begin("producer", "blocked", "e1");
  recorder.end(blocked);
  expect(told()).toBe("p1, try 2, begins in pages · p1 ends · producer waits with e1 · producer goes on");
  recorder.level("buffer", 3);
  recorder.mark("close", "stop");
  expect(told()).toBe("buffer: 3 · close");
});

it("counts what is too much to tell", () => {
  const recorder = new Recorder();
  for (let mark = 1; mark <= 8; mark += 1) recorder.mark(`m${mark}`);
  expect(new Narrator().tell(recorder.drain())).toBe("m1 · m2 · m3 · m4 · m5 · 3 more");
});
