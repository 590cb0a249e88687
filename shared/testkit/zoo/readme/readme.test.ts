/** What the README shows is true: its tests are the files beside this one, and its failure is the real one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { explore, ScheduleError } from "../../src/explore.ts";
import { exploreThreads, ThreadScheduleError } from "../../src/threads.ts";
import * as buggy from "../schedules/bank.buggy.ts";
import bank from "../schedules/bank.spec.ts";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

it("shows tests that run", () => {
  const tests = readdirSync(import.meta.dirname).filter((file) => /^(?!readme).*\.test\.ts$/.test(file));
  expect(tests).not.toHaveLength(0);
  for (const file of tests) expect(readme).toContain(readFileSync(join(import.meta.dirname, file), "utf8"));
});

it("shows the failure that is found", async () => {
  const failure = await explore(bank.scenario(buggy), { leaks: false }).catch((reason) => reason);
  expect(failure).toBeInstanceOf(ScheduleError);
  expect(withoutPlaces(readme)).toContain(withoutPlaces(failure.message));
});

it("shows the failure that is found between threads", async () => {
  const failure = await exploreThreads({
    module: new URL("../threads/counters.ts", import.meta.url),
    threads: { Ann: "split", Bob: "split" },
    memory: { count: 4 },
    check: ({ count }) => {
      if (new Int32Array(count)[0] !== 2) throw new Error("two clicked, and 1 is counted");
    },
  }).catch((reason) => reason);
  expect(failure).toBeInstanceOf(ThreadScheduleError);
  expect(withoutPlaces(readme)).toContain(withoutPlaces(failure.timeline));
});

const withoutPlaces = (text: string) => text.replaceAll(/ {2}\S*\.ts:\d+$/gm, "");
