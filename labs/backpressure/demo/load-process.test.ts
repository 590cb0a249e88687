import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { demoOptions, ingestLine } from "../given/options.ts";
// What is tested here is the load, on an answer that is right.
import * as lab from "../solution/index.ts";
import { type Load, LoadProcess } from "./load-process.ts";
import { Trial } from "./trial.ts";

const lostLoad = { name: "DemoError", message: "the load generator has ended (SIGKILL)" };

describe("LoadProcess", () => {
  it("tells that it has ended by itself", async () => {
    await using load = await LoadProcess.start({ producers: 1, batch: 1, seed: 1 });
    expect(load.lost.aborted).toBe(false);
    const lost = once(load.lost, "abort");
    process.kill(load.pid ?? 0, "SIGKILL");
    await lost;
    expect(load.lost.reason).toMatchObject(lostLoad);
    await expect(load.end()).rejects.toMatchObject(lostLoad);
  });
});

describe("a trial", () => {
  it("ends when the load is lost, and does not blame the buffer", async () => {
    const lost = new AbortController();
    const offered: number[] = [];
    const load: Load = {
      figures: [],
      lost: lost.signal,
      begin: () => {},
      offer: (perSecond) => {
        offered.push(perSecond);
        queueMicrotask(() => lost.abort("lost"));
      },
      end: () => Promise.reject(new Error("there is nobody to tell")),
    };
    const trial = new Trial(lab, { ...demoOptions(ingestLine.read([])), policy: "block" }, load);
    await expect(trial.run(3_600, new AbortController().signal)).rejects.toBe("lost");
    expect(offered).toHaveLength(1);
    expect(trial.figures().problem).toBeUndefined();
  });
});
