import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { JobQueue } from "../contract.ts";
import { endOf, nameOf, describe as tell } from "./outcome.ts";
import { simulate } from "./runs.ts";
import { lasting, pause, polls } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

challenge("pause", lab, () => {
  it("pause.1 from the call on no job of the type is begun, and what was only claimed is given back", async () => {
    for (let moment = 0; moment <= 16; moment += 1) {
      await simulate(async (sim) => {
        const site = new Site(sim, { plan: () => ({ afterMs: 3, answerMs: 3 }), work: lasting(1_000) });
        await site.leave("j1");
        await site.leave("j2", { state: "failed", attempts: 2, crashes: 1, version: 7 });
        const queue = pausable(site.queue("A", { pollMs: 50 }));
        queue.start();
        await pause(moment);
        queue.pause("mail");
        const before = site.runs.length;
        await queue.enqueue("mail", "hello", { id: "late" });
        await polls(20);
        const begun = site.runs.slice(before).map(({ id }) => id);
        guarantee(begun.length === 0, {
          happened: `mails were paused after ${moment} ms, and afterwards these were begun: ${begun.join(", ")}`,
          expected: "none",
          why: "The mail server is being moved. Whoever sends now sends into nothing.",
        });
        for (const [id, attempts, crashes] of [
          ["j1", 0, 0],
          ["j2", 2, 1],
          ["late", 0, 0],
        ] as const) {
          const job = await site.job(id);
          const isDone = site.runsOf(id).length > 0 && job.state === "completed";
          const waits = job.state === "pending" || job.state === "failed";
          guarantee(isDone || (waits && job.attempts === attempts && job.crashes === crashes), {
            happened: `paused after ${moment} ms, "${id}" is ${job.state}, attempts ${job.attempts}, crashes ${job.crashes}`,
            expected: `completed, if it was begun before; else it waits, with attempts ${attempts} and crashes ${crashes}`,
            why: "Kept, nobody else can do it; and when its lease runs out that is called a crash.",
          });
        }
        await site.close();
      });
    }
  });

  it("pause.2 what runs is finished, other types go on, and so do other queues", () =>
    simulate(async (sim) => {
      const site = new Site(sim, { work: lasting(50_000) });
      const types = { mail: site.type("A", "mail"), report: site.type("A", "report") };
      const queue = pausable(site.queue("A", { types, concurrency: 3 }));
      await site.leave("runs");
      queue.start();
      await site.begun(0);
      queue.pause("mail");
      await site.leave("mail");
      await site.leave("report", { type: "report" });
      await pause(10_000);
      site.queue("B").start();
      const ends = await Promise.all(["runs", "mail", "report"].map((id) => site.ended(id)));
      const found = site.runs.map(({ id, worker }) => `${id} by ${worker}`).join(", ");
      const isUntold = site.runs.every(({ signal }) => !signal.aborted);
      guarantee(found === "runs by A, report by A, mail by B" && isUntold && ends.every(isCompleted), {
        happened: `A, with a mail in hand, paused mails; B came later. Begun were ${found}; the jobs are ${ends.map(({ state }) => state).join(", ")}`,
        expected: "runs by A, report by A, mail by B; all completed, and nobody told to stop",
        why: "Paused is one type of work in one process, no more.",
      });
      await site.close();
    }));

  it("pause.3 after `resume` what has waited is begun at once", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const queue = pausable(site.queue("A", { pollMs: 60_000 }));
      queue.pause("mail");
      queue.pause("mail");
      queue.start();
      await queue.enqueue("mail", "hello", { id: "j1" });
      await pause(1_000);
      const before = site.runs.length;
      queue.resume("mail");
      await site.ended("j1");
      const { beganAt } = await site.begun(0);
      guarantee(before === 0 && beganAt === 1_000, {
        happened: `paused twice before the start and resumed at 1,000 ms, the job was begun at ${beganAt} ms`,
        expected: "at 1,000 ms",
        why: "There is work, and a free place: whoever waits for the poll then waits for nothing.",
      });
      await site.close();
    }));

  it("pause.4 a type that it does not have is refused; `stop` does not wait for what is paused", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const queue = pausable(site.queue("A"));
      for (const call of [() => queue.pause("male"), () => queue.resume("male")]) {
        const outcome = await endOf(call);
        guarantee("error" in outcome && nameOf(outcome.error) === "UnknownTypeError", {
          happened: `pausing, or resuming, a type that it does not have ${tell(outcome)}`,
          expected: "an UnknownTypeError",
          why: "Whoever mistypes believes that nothing is sent.",
        });
      }
      await site.leave("j1");
      queue.pause("mail");
      queue.start();
      await pause(100);
      await sim.waitFor("stop", queue.stop({ deadlineMs: 60_000 }));
      const { state, version } = await site.job("j1");
      guarantee(sim.now() === 100 && state === "pending" && version === 1, {
        happened: `stopped at 100 ms with a paused job waiting, \`stop\` resolved at ${sim.now()}; the job is ${state}, version ${version}`,
        expected: "at once; the job is as it was",
        why: "It is not in hand.",
      });
    }));
});

const isCompleted = ({ state }: { readonly state: string }) => state === "completed";

/** What is not written yet is no answer. */
function pausable(queue: JobQueue): JobQueue & Required<Pick<JobQueue, "pause" | "resume">> {
  if (queue.pause === undefined || queue.resume === undefined)
    throw new Error("TODO pause.1: the queue has no `pause` and `resume`");
  return queue as JobQueue & Required<Pick<JobQueue, "pause" | "resume">>;
}
