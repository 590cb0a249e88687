import { guarantee, type Sim } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Group, Hashed, HashOptions } from "../contract.ts";
import { Disk, sha256Of } from "./disk.ts";
import { Feed, MOST_MICROTASKS, nameOf } from "./feed.ts";
import { NO_COUNTS } from "./no-counts.ts";
import { explore, simulate, simulateOpen } from "./runs.ts";
import { lab } from "./subject.ts";
import { Tasks } from "./tasks.ts";

const broken = new Error("EIO: disk b is gone");

describe("Step 3: group", () => {
  it("3.1 never more than `limit` tasks run at once, and so many do when there is work", async () => {
    await explore(async (sim) => {
      const tasks = new Tasks(sim);
      const group = lab.createGroup({ limit: 2 });
      const client = (name: string, names: readonly string[]) =>
        sim.spawn(name, async () => {
          for (const task of names) await sim.waitFor(`a place for ${task}`, group.go(tasks.task(task)));
        });
      await Promise.all([client("Ann", ["a1", "a2"]), client("Bob", ["b1", "b2"])]);
      await sim.waitFor("the group", group.wait());
      guarantee(tasks.ended.length === 4, {
        happened: `4 tasks were given, and when \`wait\` resolved ${tasks.ended.length} had ended`,
        expected: "all 4",
        why: "A limit that is kept by not doing the work is none.",
      });
      guarantee(tasks.peak <= 2, {
        happened: `${tasks.peak} tasks ran at once`,
        expected: "at most 2, the limit of the group",
        why: "The limit stands for something that runs out: connections, memory, file descriptors.",
      });
    });
    for (const limit of [3, undefined]) await simulate((sim) => meeting(sim, limit));
  });

  it("3.2 `go` waits for a place, first come, first served, and resolves when its task has begun", () =>
    simulate(async (sim) => {
      const group = lab.createGroup({ limit: 2 });
      const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
      const begun: number[] = [];
      const accepted: number[] = [];
      for (const [n, gate] of gates.entries()) {
        const task = () => {
          begun.push(n);
          return gate.promise;
        };
        void group.go(task).then(() => accepted.push(n));
      }
      const check = async (expected: number, when: string) => {
        await sim.idle();
        guarantee(begun.length === expected && accepted.length === expected, {
          happened: `${when}: ${begun.length} of 5 tasks had begun, and ${accepted.length} calls of \`go\` had resolved`,
          expected: `${expected} of each`,
          why: "`go` is where a loop is slowed down to the limit: it waits for a place, and not for the end of the task.",
        });
      };
      await check(2, "the limit is 2, and no task has ended");
      gates[1]?.resolve();
      await check(3, "one task has ended");
      for (const gate of gates) gate.resolve();
      await check(5, "all have ended");
      guarantee(begun.join() === "0,1,2,3,4", {
        happened: `the tasks began in the order ${begun.join(", ")}`,
        expected: "in the order in which `go` was called",
        why: "Whoever is overtaken again and again never begins.",
      });
      await sim.waitFor("the group", group.wait());
    }));

  it("3.3 `wait` resolves when no task runs and no `go` waits", () =>
    explore(async (sim) => {
      const empty = await outcomeOf(lab.createGroup().wait());
      guarantee(empty !== undefined && "value" in empty, {
        happened: `\`wait\` of a group without a task ${describeOutcome(empty)}`,
        expected: "it resolves",
        why: "There is nothing to wait for.",
      });
      const tasks = new Tasks(sim);
      const group = lab.createGroup({ limit: 1 });
      const waiting = ["a", "b", "c"].map((name) => group.go(tasks.task(name)));
      await sim.waitFor("the group", group.wait());
      guarantee(tasks.ended.length === 3, {
        happened: `3 tasks were given to a group with one place, and when \`wait\` resolved ${tasks.ended.length} had ended`,
        expected: "all 3: those that waited for their place, too",
        why: "Between the end of one task and the beginning of the next nothing runs for a moment. That is not the end.",
      });
      await Promise.all(waiting);
    }));

  it("3.4 the first error aborts the group's signal, and `wait` throws it when all tasks have ended", () =>
    explore(async (sim) => {
      const tasks = new Tasks(sim);
      const group = lab.createGroup();
      const later = new Error("an echo of the first error");
      await begin(sim, group, tasks.task("bad", { fails: broken }));
      await begin(sim, group, tasks.task("good", { stops: () => sim.io("puts its things away") }));
      await begin(sim, group, tasks.task("sore loser", { failsWhenStopped: later }));
      const outcome = await sim.waitFor("the group", endOf(group.wait()));
      guarantee(failedWith(outcome, broken), {
        happened: `a task failed with "${broken.message}", and \`wait\` ${describeOutcome(outcome)}`,
        expected: "it rejects with that very error, the first, and not with what others throw because of it",
        why: "The first error is the cause; what comes later is mostly its echo.",
      });
      guarantee(tasks.running === 0, {
        happened: `\`wait\` rejected while ${tasks.running} tasks were still running`,
        expected: "it waits until all have ended",
        why: "Who cleans up after `wait`, deletes the folder or closes the database, does so under their feet.",
      });
      guarantee(tasks.stoppedWith.every((reason) => reason === broken) && group.signal.reason === broken, {
        happened: `the tasks were stopped with ${tasks.stoppedWith.map(show).join(", ") || "nothing"}, and the reason of the group's signal was ${show(group.signal.reason)}`,
        expected: "the first error, the identical object",
        why: "A task that is told why it was stopped can tell it on.",
      });
    }));

  it("3.5 once the group has failed no task begins: `go` rejects with the reason, also for those who wait", async () => {
    await explore(async (sim) => {
      const tasks = new Tasks(sim);
      const group = lab.createGroup({ limit: 1 });
      await begin(sim, group, tasks.task("bad", { fails: broken }));
      const waiting = endOf(group.go(tasks.task("waiting")));
      await endOf(group.wait());
      const late = endOf(group.go(tasks.task("late")));
      for (const [who, going] of [
        ["waited for a place when a task failed", waiting],
        ["came afterwards", late],
      ] as const) {
        const outcome = await sim.waitFor(`a \`go\` that ${who}`, going);
        guarantee(failedWith(outcome, broken), {
          happened: `a \`go\` that ${who} ${describeOutcome(outcome)}`,
          expected: "it rejects with the error of the group",
          why: "A loop that feeds the group ends by it. Otherwise it would go on through 50,000 files after the first error.",
        });
      }
      guarantee(tasks.begun.join() === "bad", {
        happened: `the tasks that began were ${tasks.begun.join(", ")}`,
        expected: "only the one that failed",
        why: "Work that nobody wants any more costs as much as any other.",
      });
    });
    for (const order of ["success first", "failure first"] as const) {
      for (let apart = 0; apart <= MOST_MICROTASKS; apart += 1) {
        await simulateOpen((sim) => endsBesideAFailure(sim, order, apart));
      }
    }
  });

  it("3.6 an abort of the signal that the group was given stops its tasks, and `wait` throws its reason", () =>
    explore(async (sim) => {
      const reason = { why: "Ctrl-C" };
      const controller = new AbortController();
      const tasks = new Tasks(sim);
      const group = lab.createGroup({ limit: 2, signal: controller.signal });
      sim.anytime("abort", () => controller.abort(reason));
      const going = [tasks.task("a"), tasks.task("deaf", { ignoresSignal: true }), tasks.task("c")].map(
        (task) => endOf(group.go(task)),
      );
      const outcome = await sim.waitFor("the group", endOf(group.wait()));
      guarantee(controller.signal.aborted ? failedWith(outcome, reason) : "value" in outcome, {
        happened: `${controller.signal.aborted ? "the signal was aborted" : "nothing was aborted"}, and \`wait\` ${describeOutcome(outcome)}`,
        expected: controller.signal.aborted
          ? "it rejects with the signal's own reason, the identical object"
          : "it resolves",
        why: "Even if every task shrugged it off: what was asked for may not have been done.",
      });
      guarantee(tasks.running === 0, {
        happened: `\`wait\` settled while ${tasks.running} tasks were still running`,
        expected: "it waits until all have ended",
        why: "Nothing that a group has begun outlives it.",
      });
      await Promise.all(going);
    }));

  it("3.7 leaving the scope waits for the tasks, and throws the first error unless `wait` has thrown it", () =>
    explore(async (sim) => {
      const tasks = new Tasks(sim);
      const scope = async (isTold: boolean) => {
        await using group = lab.createGroup();
        await group.go(tasks.task("bad", { fails: broken }));
        if (isTold) await endOf(group.wait());
        else await group.go(tasks.task("good", { ignoresSignal: true })).catch(() => {});
      };
      const untold = await sim.waitFor("leaving the scope", endOf(scope(false)));
      guarantee(tasks.running === 0, {
        happened: `the scope was left while ${tasks.running} tasks were running`,
        expected: "leaving it waits for them",
        why: "What runs on behind a closing brace is what one searches for at night.",
      });
      guarantee(failedWith(untold, broken), {
        happened: `a task failed and nobody called \`wait\`; leaving the scope ${describeOutcome(untold)}`,
        expected: "it throws the error of the task",
        why: "Nobody else would ever tell of it.",
      });
      const told = await sim.waitFor("leaving the scope", endOf(scope(true)));
      guarantee("value" in told, {
        happened: `\`wait\` had thrown the error already; leaving the scope ${describeOutcome(told)}`,
        expected: "nothing is thrown again",
        why: "Who has handled an error does not want it a second time.",
      });
    }));

  it("3.8 a limit out of range is refused at once, by name", () => {
    const call = (limit: number) => lab.createGroup({ limit });
    expectRefused(
      "limit",
      NO_COUNTS.slice(0, 4),
      call,
      "In a group without a place every `go` waits for ever.",
    );
  });

  it('3.9 with "settle" the error of a file is its result, and the others go on', () =>
    explore(async (sim) => {
      const throwsAtOnce = new Error("EMFILE");
      const disk = brokenDisk(sim);
      const open: HashOptions["open"] = (path, context) => {
        if (path === "c") throw throwsAtOnce;
        return disk.openFile(path, context);
      };
      const results: Hashed[] = [];
      const reading = async () => {
        for await (const result of lab.hashFiles(["a", "b", "c", "d"], { concurrency: 2, open })) {
          results.push(result);
        }
      };
      const outcome = await sim.waitFor("the end of the results", endOf(reading()));
      guarantee("value" in outcome, {
        happened: `a file could not be read, and the loop ${describeOutcome(outcome)}`,
        expected: "it goes on to the end: the error is the result of that file",
        why: "One file without permission must not cost the night's work.",
      });
      const of = (path: string) => results.filter((result) => result.path === path);
      for (const [path, error] of [
        ["b", broken],
        ["c", throwsAtOnce],
      ] as const) {
        const [result] = of(path);
        guarantee(result !== undefined && "error" in result && result.error === error, {
          happened: `${path} failed with "${error.message}" ${path === "c" ? "as it was opened" : "while it was read"}; its result was ${show(result)}`,
          expected: "a result with its path and that very error",
          why: "The report of 50,000 files must say which could not be read, and why.",
        });
      }
      for (const path of ["a", "d"]) {
        const [result] = of(path);
        guarantee(result !== undefined && "sha256" in result && result.sha256 === sha256Of(path), {
          happened: `another file failed, and the result of ${path} was ${show(result)}`,
          expected: "its hash",
          why: "One file without permission must not cost the night's work.",
        });
      }
    }));

  it('3.10 with "fail-fast" the first error stops the others, waits until they are closed, and is thrown', async () => {
    await explore(async (sim) => {
      const disk = brokenDisk(sim, () => sim.io("closes"));
      const { open, later } = openLater(disk);
      const reading = async () => {
        const results = lab.hashFiles(["a", "b", "c", "d", "e", "f"], {
          concurrency: 3,
          open,
          onError: "fail-fast",
        });
        for await (const _ of results);
      };
      const outcome = await sim.waitFor("the error", endOf(reading()));
      guarantee(failedWith(outcome, broken), {
        happened: `b failed with "${broken.message}", and the loop ${describeOutcome(outcome)}`,
        expected: "it throws that very error",
        why: "An error that is swallowed makes a checksum file that is not complete and looks as if it were.",
      });
      guarantee(disk.open === 0, {
        happened: `the error was thrown while ${disk.left.join(", ")} ${disk.open === 1 ? "was" : "were"} open`,
        expected: "the signals of the other files are aborted, and it waits until they are closed",
        why: "The caller goes on and removes the folder; losers that run on still read in it.",
      });
      guarantee(later.length === 0, {
        happened: `after the first error ${later.join(" and ")} was opened, too`,
        expected: "none",
        why: "Nobody wants their hashes any more.",
      });
    });
    for (let apart = 0; apart <= MOST_MICROTASKS; apart += 1)
      await simulateOpen((sim) => pathBesideAnError(sim, apart));
  });

  it("3.11 an error of `paths` itself ends the run with that error, whatever the mode", async () => {
    for (const onError of ["settle", "fail-fast"] as const) {
      await explore(async (sim) => {
        const gone = new Error("the folder is gone");
        const disk = new Disk(sim, { close: () => sim.io("closes") });
        const feed = new Feed(sim, "paths", {
          value: nameOf,
          arrives: (n) =>
            sim.io("path", () => {
              if (n === 2) throw gone;
            }),
        });
        const reading = async () => {
          for await (const _ of lab.hashFiles(feed, { concurrency: 2, open: disk.openFile, onError }));
        };
        const outcome = await sim.waitFor("the error", endOf(reading()));
        guarantee(failedWith(outcome, gone) && disk.open === 0 && !feed.closedAfterEnd, {
          happened: `the paths failed with "${gone.message}"; the loop ${describeOutcome(outcome)}, with ${disk.open} files open`,
          expected:
            "it throws that very error when every file is closed, and does not close paths that have thrown",
          why: "Nobody can tell which files are missing: that is no result among others.",
        });
      });
    }
  });
});

/** Opens files of `disk`, and notes which are opened when the signal of another has aborted. */
function openLater(disk: Disk): { readonly open: HashOptions["open"]; readonly later: readonly string[] } {
  const signals: AbortSignal[] = [];
  const later: string[] = [];
  const open: HashOptions["open"] = (path, context) => {
    if (signals.some(({ aborted }) => aborted)) later.push(path);
    signals.push(context.signal);
    return disk.openFile(path, context);
  };
  return { open, later };
}

/** The path of c comes, and a few microtasks later b fails. */
async function pathBesideAnError(sim: Sim, apart: number): Promise<void> {
  const [arrival, failure] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const feed = new Feed(sim, "paths", {
    value: nameOf,
    arrives: (n) => (n < 2 ? Promise.resolve() : arrival.promise),
  });
  const disk = new Disk(sim, {
    read: (path) => (path === "b" ? failure.promise : new Promise(() => {})),
  });
  const { open, later } = openLater(disk);
  const next = endOf(lab.hashFiles(feed, { concurrency: 3, open, onError: "fail-fast" }).next());
  await sim.idle();
  arrival.resolve();
  for (let turn = 0; turn < apart; turn += 1) await null;
  failure.reject(broken);
  const outcome = await sim.waitFor("the error", next);
  guarantee(failedWith(outcome, broken) && later.length === 0 && disk.open === 0, {
    happened: `a path came, ${apart} microtasks later another file failed; the loop ${describeOutcome(outcome)}, ${later.length} files were opened after the signals had been aborted, and ${disk.open} stayed open`,
    expected: "the error, and nothing is opened any more, not even the path that has just come",
    why: "A worker that wakes with its path must look whether it is still wanted.",
  });
}

/** A disk on which b cannot be read. */
function brokenDisk(sim: Sim, close: () => Promise<unknown> = () => Promise.resolve()): Disk {
  const fail = () => {
    throw broken;
  };
  return new Disk(sim, {
    read: (path) => sim.as(path, () => sim.io("chunk", path === "b" ? fail : undefined)),
    close,
  });
}

async function begin(sim: Sim, group: Group, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await sim.waitFor("a task to begin", group.go(task));
}

/** Two tasks end within a few microtasks, one of them with an error. A third waits for a place. */
async function endsBesideAFailure(
  sim: Sim,
  order: "success first" | "failure first",
  apart: number,
): Promise<void> {
  const group = lab.createGroup({ limit: 2 });
  const [good, bad] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let hasBegunTooLate = false;
  await sim.waitFor(
    "a place",
    group.go(() => good.promise),
  );
  await sim.waitFor(
    "a place",
    group.go(() => bad.promise),
  );
  const waiting = endOf(
    group.go(async (signal) => {
      hasBegunTooLate = signal.aborted;
    }),
  );
  const steps = [() => good.resolve(), () => bad.reject(broken)];
  const [first, second] = order === "success first" ? steps : steps.toReversed();
  first?.();
  for (let turn = 0; turn < apart; turn += 1) await null;
  second?.();
  const outcome = await sim.waitFor("the group", endOf(group.wait()), () => ({
    happened: `a task succeeded and another failed, ${apart} microtasks apart, while a \`go\` waited for a place; \`wait\` did not come back`,
    expected: "it throws the error: no task runs, and no `go` waits",
    why: "A place that was granted to somebody who does not begin any more has to be given back.",
  }));
  await sim.waitFor("the `go` that waited", waiting);
  guarantee(failedWith(outcome, broken) && !hasBegunTooLate, {
    happened: `a task succeeded and another failed, ${apart} microtasks apart, while a \`go\` waited for a place; \`wait\` ${describeOutcome(outcome)}${hasBegunTooLate ? ", and the task that had waited began although the signal was aborted" : ""}`,
    expected: "`wait` throws the error, and no task begins after it",
    why: "The place was granted before the error, and its new owner wakes after it: it must look at the signal once more.",
  });
}

/** Tasks that end only once all of them run. */
async function meeting(sim: Sim, limit: number | undefined): Promise<void> {
  const size = 3;
  const allRun = Promise.withResolvers<void>();
  const group = lab.createGroup(limit === undefined ? {} : { limit });
  let running = 0;
  const task = () => {
    running += 1;
    if (running === size) allRun.resolve();
    return sim.waitFor("all tasks to run", allRun.promise, () => ({
      happened: `${size} tasks were given to a group with ${limit ?? "no"} limit, and only ${running} ran at once`,
      expected: `all ${size} run`,
      why: "A group that does one thing after the other is a loop.",
    }));
  };
  for (let n = 0; n < size; n += 1) await sim.waitFor("a place", group.go(task));
  await sim.waitFor("the group", group.wait());
}
