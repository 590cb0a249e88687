import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import { show } from "./outcome.ts";
import { simulate } from "./runs.ts";
import { inTurn, pause, polls, type Run, type Script } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

challenge("progress", lab, () => {
  it("progress.1 what was reported last is told by `get` within 1,000 ms", () =>
    simulate(async (sim) => {
      const work: Script = async (run) => {
        for (let percent = 0; percent < 100; percent += 10) {
          report(run, { percent });
          await pause(3_000);
        }
      };
      const site = new Site(sim, { work });
      await site.leave("j1");
      const queue = site.queue("A");
      queue.start();
      await site.begun(0);
      const seen: string[] = [];
      for (let n = 0; n < 10; n += 1) {
        await pause(1_001);
        seen.push(show((await queue.get("j1"))?.progress));
        await pause(1_999);
      }
      const expected = Array.from({ length: 10 }, (_, n) => show({ percent: n * 10 })).join(" ");
      guarantee(seen.join(" ") === expected, {
        happened: `a handler reports every 3 s how far it is; \`get\` told, a second after each: ${seen.join(" ")}`,
        expected,
        why: "Who waits for a report of an hour wants to see that it moves.",
      });
      const { state, crashes } = await site.ended("j1");
      guarantee(state === "completed" && crashes === 0, {
        happened: `the job is ${state}, with ${crashes} crashes`,
        expected: "completed, with none",
        why: "These writes are the lease's, too: two at a time, and one of them is refused.",
      });
      await site.close();
    }));

  it("progress.2 however often it reports, there is at most one write in 1,000 ms, and the last value is stored with the end", () =>
    simulate(async (sim) => {
      const values = Array.from({ length: 1_000 }, (_, n) => n + 1);
      const work: Script = async (run) => {
        const shared = { done: 0 };
        for (const value of values) {
          shared.done = value;
          report(run, shared);
          await pause(10);
        }
        shared.done = -1;
      };
      const site = new Site(sim, { work, plan: () => ({ afterMs: 20, answerMs: 20 }) });
      await site.leave("j1");
      site.queue("A").start();
      const { state, version, progress } = await site.ended("j1");
      guarantee(state === "completed" && show(progress) === show({ done: 1_000 }), {
        happened: `it reported 1,000 times in 10 s; the job is ${state}, its progress ${show(progress)}`,
        expected: 'completed, with {"done":1000}',
        why: "A bar that stays at 99 % makes people call.",
      });
      guarantee(version <= 15, {
        happened: `for that the job was written ${version} times`,
        expected: "at most 15 times: once in 1,000 ms",
        why: "A loop that reports each line must not be a load test of the database.",
      });
      await site.close();
    }));

  it("progress.3 the next attempt is told what was stored last, after a failure as after a crash", () =>
    simulate(async (sim) => {
      const told: string[] = [];
      const begins =
        (then: (run: Run) => Promise<void>): Script =>
        async (run) => {
          told.push(show(run.progress));
          await then(run);
        };
      const work = inTurn(
        begins(async (run) => {
          report(run, "page 7");
          throw new Error("mail server is busy");
        }),
        begins(async (run) => {
          report(run, "page 9");
          await pause(5_000);
          site.link("A").cut();
          report(run, "page 11");
          await pause(100_000);
        }),
        begins(async () => {}),
      );
      const site = new Site(sim, { work });
      await site.leave("j1");
      site.queue("A", { baseDelayMs: 0, concurrency: 1 }).start();
      await site.begun(1);
      site.queue("B").start();
      const { state, progress } = await site.ended("j1");
      const expected = [undefined, "page 7", "page 9"].map(show).join(", ");
      guarantee(told.join(", ") === expected && progress === "page 9" && state === "completed", {
        happened: `its three attempts were told ${told.join(", ")}; the job is ${state}, its progress ${show(progress)}`,
        expected: `${expected}; completed, "page 9"`,
        why: "Who knows how far the last one came need not begin at page one.",
      });
      await site.close();
    }));

  it("progress.4 what cannot be stored, or comes too late, does nothing, and never throws", () =>
    simulate(async (sim) => {
      let kept: Run | undefined;
      const work: Script = async (run) => {
        kept = run;
        report(run, "half");
        report(run, () => "no data");
        await pause(40_000); // It needs its renewals.
        return "sent";
      };
      const site = new Site(sim, { work });
      await site.leave("j1");
      site.queue("A").start();
      const { state, progress, crashes } = await site.ended("j1");
      guarantee(state === "completed" && progress === "half" && crashes === 0, {
        happened: `it reported "half", and then a function; the job is ${state}, its progress ${show(progress)}, ${crashes} crashes`,
        expected: 'completed, "half", no crash',
        why: "What is told by the way must not cost the job its lease.",
      });
      const before = await site.job("j1");
      if (kept !== undefined) report(kept, "too late");
      await polls(5);
      const after = await site.job("j1");
      guarantee(show(after) === show(before), {
        happened: `the handler had ended, and reported once more; stored is ${show(after)}`,
        expected: show(before),
        why: "The job has ended.",
      });
      await site.close();
    }));
});

/** What is not written yet is no answer. */
function report(run: Run, progress: unknown): void {
  if (run.report === undefined) throw new Error("TODO progress.1: the context has no `report`");
  run.report(progress);
}
