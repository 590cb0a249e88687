import { guarantee, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import { Feed } from "./feed.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";

describe("Step 2: fan in", () => {
  it("2.1 every value of every source comes once, each source's in its order, and then the end", () =>
    explore(async (sim) => {
      const first = await sim.waitFor("the end of no sources", lab.merge<string>([]).next());
      guarantee(first.done === true, {
        happened: `without a source the first \`next\` gave ${show(first)}`,
        expected: "the end",
        why: "There is nothing to wait for, and who waits all the same waits for ever.",
      });
      const sources = [letters(sim, "a", 2), letters(sim, "b", 1), letters(sim, "c", 0)];
      const seen = await sim.waitFor("the end of the merged values", Array.fromAsync(lab.merge(sources)));
      guarantee([...seen].sort().join() === "a1,a2,b1" && seen.indexOf("a1") < seen.indexOf("a2"), {
        happened: `a gave a1 and a2, b gave b1, c gave nothing; merged they were ${seen.join(", ") || "nothing"}`,
        expected: "a1, a2 and b1, a1 before a2",
        why: "The stream has ended when all sources have, not when the first has: the last result is as good as the first.",
      });
    }));

  it("2.2 a slow source keeps nobody waiting", () =>
    simulate(async (sim) => {
      const gate = Promise.withResolvers<void>();
      const slow = new Feed(sim, "slow", { length: 1, value: () => "slow", arrives: () => gate.promise });
      const fast = new Feed(sim, "fast", {
        length: 3,
        value: (n) => `fast${n}`,
        arrives: () => Promise.resolve(),
      });
      const merged = lab.merge([slow, fast]);
      for (let taken = 0; taken < 3; taken += 1) {
        const next = await outcomeOf(merged.next());
        guarantee(next !== undefined && "value" in next && next.value.value === `fast${taken}`, {
          happened: `one source is stuck, and the other is ready; value ${taken + 1}: \`next\` ${describeOutcome(next)}`,
          expected: `fast${taken}, without waiting for the stuck source`,
          why: "One sleeping disk must not stop the other.",
        });
      }
      gate.resolve();
      const rest = await sim.waitFor("the rest", Array.fromAsync(merged));
      guarantee(rest.join() === "slow", {
        happened: `when the slow source came at last, the rest was ${rest.join(", ") || "nothing"}`,
        expected: "its value, and the end",
        why: "A slow source is late, not lost.",
      });
    }));

  it("2.3 of sources that always have a value ready, none is starved", () =>
    simulate(async (sim) => {
      const sources = ["a", "b", "c"].map(
        (name) => new Feed(sim, name, { value: () => name, arrives: () => Promise.resolve() }),
      );
      const merged = lab.merge(sources);
      const seen: string[] = [];
      for (let taken = 0; taken < 30; taken += 1) {
        const next = await sim.waitFor("a value of sources that are ready", merged.next());
        seen.push(String(next.value));
        await sim.idle(); // Every source has its value ready again.
      }
      for (const name of ["a", "b", "c"]) {
        const count = seen.filter((value) => value === name).length;
        guarantee(count >= 6, {
          happened: `three sources always had a value ready; of 30 values ${count} were of ${name}: ${seen.join("")}`,
          expected: "each has its turn: between two values of a ready source at most two of each other one",
          why: "With `Promise.race` the first in the list wins as long as it has something, and the last is never read.",
        });
      }
      await sim.waitFor("leaving the loop", Promise.resolve(merged.return?.()));
    }));

  it("2.4 nothing is read before it is asked for, and of each source one value at most lies ready", () =>
    explore(async (sim) => {
      const sources = [letters(sim, "a"), letters(sim, "b")];
      const merged = lab.merge(sources);
      await sim.idle();
      guarantee(
        sources.every(({ asked }) => asked === 0),
        {
          happened: "a source was read before anybody had asked for a value",
          expected: "reading begins with the first `next`",
          why: "What is read and never taken is lost, and its source is left open.",
        },
      );
      const taken = new Map<string, number>();
      const check = () => {
        for (const { name, given } of sources) {
          guarantee(given <= (taken.get(name) ?? 0) + 1, {
            happened: `${given} values of ${name} were read, and ${taken.get(name) ?? 0} of them were taken`,
            expected: "at most one is read that has not been taken",
            why: "A source that is faster than the consumer fills the memory otherwise.",
          });
        }
      };
      for (let count = 0; count < 3; count += 1) {
        const next = merged.next();
        if (count === 0) {
          await outcomeOf(next.catch(() => undefined));
          guarantee(
            sources.every(({ asked }) => asked === 1),
            {
              happened: `while the consumer waited, ${sources.filter(({ asked }) => asked > 0).length} of 2 sources were asked`,
              expected: "all are: nobody knows who will be first",
              why: "Sources that are asked in turn wait for each other.",
            },
          );
        }
        const { value } = await sim.waitFor("a value", next);
        const name = String(value).slice(0, 1);
        taken.set(name, (taken.get(name) ?? 0) + 1);
        if (count === 1) await sim.io("the consumer is busy");
        check();
      }
      await sim.waitFor("leaving the loop", Promise.resolve(merged.return?.()));
    }));

  it("2.5 an error of a source closes the others, and then reaches the consumer once", async () => {
    await explore(async (sim) => {
      const broken = new Error("disk b is gone");
      const good = letters(sim, "a", 6, () => sim.io("closes"));
      const bad = failing(sim, "b", broken);
      const merged = lab.merge([good, bad]);
      const outcome = await sim.waitFor("the error", endOf(drain(merged)));
      guarantee(failedWith(outcome, broken), {
        happened: `source b failed with "disk b is gone", and the loop ${describeOutcome(outcome)}`,
        expected: "it throws that very error",
        why: "An error that is swallowed looks like the end: half of the files are missing, and nobody knows.",
      });
      guarantee(good.closed || good.ended, {
        happened: "the error was thrown while the other source was still open",
        expected: "it is closed first, to the end",
        why: "Nobody reads it any more: what it holds, a file, a connection, stays open for ever.",
      });
      const next = await sim.waitFor("`next` after the error", endOf(merged.next()));
      guarantee("value" in next && next.value.done === true, {
        happened: `after the error, \`next\` ${describeOutcome(next)}`,
        expected: "the end: an error is told once",
        why: "Whoever goes on after it would handle it twice.",
      });
    });
    await simulate(throwsAtOnce);
  });

  it("2.6 leaving the loop closes every source, and waits for it, even while a `next` waits", async () => {
    await explore(async (sim) => {
      const sources = [
        letters(sim, "a", Infinity, () => sim.io("a closes")),
        letters(sim, "b", Infinity, () => sim.io("b closes")),
      ];
      const reading = async () => {
        for await (const value of lab.merge(sources)) if (String(value).endsWith("2")) break;
      };
      await sim.waitFor("leaving the loop", reading());
      checkClosed(sources, "the loop was left with `break`");
    });
    await simulate(async (sim) => {
      const gate = Promise.withResolvers<void>();
      const stuck = new Feed(sim, "stuck", { value: () => "x", arrives: () => gate.promise });
      const merged = lab.merge([stuck]);
      const next = merged.next();
      await sim.idle();
      const left = await sim.waitFor(
        "`return`, called while `next` waits",
        Promise.resolve(merged.return?.()),
        () => ({
          happened: "`return` was called while `next` waited for a source, and neither of them came back",
          expected: "the source is closed, `return` resolves, and that `next` resolves to the end",
          why: "So a merged stream is closed that is itself a source of another: its consumer has gone, and it waits for a value that nobody wants.",
        }),
      );
      const outcome = await outcomeOf(next);
      guarantee(
        left?.done === true && outcome !== undefined && "value" in outcome && outcome.value.done === true,
        {
          happened: `\`return\` gave ${show(left)}, and the \`next\` that waited ${describeOutcome(outcome)}`,
          expected: "both resolve to the end",
          why: "Whoever waits for a value that will never come must be told.",
        },
      );
      checkClosed([stuck], "`return` was called");
      gate.resolve();
    });
    for (const because of ["an error", "another `return`"] as const) {
      await simulate((sim) => leftWhileClosing(sim, because));
    }
  });

  it("2.7 a source is closed once at most, and not at all when it has ended or thrown", async () => {
    await explore(async (sim) => {
      const broken = new Error("broken");
      const sources = [letters(sim, "a", 1), failing(sim, "b", broken), letters(sim, "c", 4)];
      const merged = lab.merge(sources);
      await sim.waitFor("the error", endOf(drain(merged)));
      await sim.waitFor("leaving after the error", endOf(Promise.resolve(merged.return?.())));
      for (const { name, closings, closedAfterEnd } of sources) {
        guarantee(closings <= 1 && !closedAfterEnd, {
          happened: `the source ${name} was closed ${closings} times${closedAfterEnd ? ", although it had ended by itself" : ""}`,
          expected: "what is open is closed once; what has ended or thrown is not",
          why: "To close twice what is shared or pooled closes it for its next owner.",
        });
      }
      const bare = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: "x" }) }) };
      const reading = async () => {
        for await (const _ of lab.merge([bare])) break;
      };
      const outcome = await sim.waitFor("leaving a source that cannot be closed", endOf(reading()));
      guarantee("value" in outcome, {
        happened: `the loop over a source without \`return\` was left, and it ${describeOutcome(outcome)}`,
        expected: "the loop is left: such a source has nothing to close",
        why: "`return` is optional in every iterator.",
      });
    });
    for (const fails of [false, true]) await simulate((sim) => overWhileTheConsumerIsBusy(sim, fails));
  });
});

function letters(sim: Sim, name: string, length = Infinity, closes = () => Promise.resolve()): Feed<string> {
  return new Feed(sim, name, { length, value: (n) => `${name}${n + 1}`, closes });
}

/** Gives one value and then fails. */
function failing(sim: Sim, name: string, error: unknown): Feed<string> {
  const arrives = (n: number) =>
    sim.io(n === 0 ? "value" : "fails", () => {
      if (n > 0) throw error;
    });
  return new Feed(sim, name, { value: (n) => `${name}${n + 1}`, arrives });
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** The sources are being closed already when the consumer leaves. */
async function leftWhileClosing(sim: Sim, because: "an error" | "another `return`"): Promise<void> {
  const [closes, fails] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = new Feed(sim, "slow", {
    value: () => "x",
    arrives: () => new Promise(() => {}),
    closes: () => closes.promise,
  });
  const other = new Feed(sim, "other", { value: () => "y", arrives: () => fails.promise });
  const merged = lab.merge([slow, other]);
  const next = endOf(merged.next());
  await sim.idle();
  if (because === "an error") fails.reject(new Error("disk b is gone"));
  else void merged.return?.();
  await sim.idle();
  const leaving = Promise.resolve(merged.return?.());
  const early = await outcomeOf(leaving);
  closes.resolve();
  fails.resolve();
  await sim.waitFor("`return`", leaving);
  await sim.waitFor("the `next` that waited", next);
  guarantee(early === undefined && slow.closed && slow.closings === 1, {
    happened: `the sources were being closed because of ${because}; \`return\` ${early === undefined ? "waited" : "did not wait"} for it, and the slow one was closed ${slow.closings} times`,
    expected: "it waits until they are closed, and closes none twice",
    why: "Whoever leaves wants to know that it is over, not who was the first to end it.",
  });
}

/** The last that one source says comes while the consumer has a value of the other in hand; and then it leaves. */
async function overWhileTheConsumerIsBusy(sim: Sim, fails: boolean): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const last = new Feed(sim, "last", {
    length: fails ? 1 : 0,
    value: () => "x",
    arrives: () => gate.promise,
    ends: () => gate.promise,
  });
  const other = letters(sim, "other", 2);
  const merged = lab.merge([last, other]);
  await sim.waitFor("a value", merged.next());
  if (fails) gate.reject(new Error("gone"));
  else gate.resolve();
  await sim.idle();
  await sim.waitFor("leaving the loop", Promise.resolve(merged.return?.()));
  guarantee(last.ended && last.closings === 0 && other.closings === 1, {
    happened: `while the consumer was busy, one source ${fails ? "failed" : "ended"}; then the loop was left, and that source was closed ${last.closings} times, the other ${other.closings} times`,
    expected: `what has ${fails ? "thrown" : "ended"} is not closed, also if nobody has been told yet; the other is, once`,
    why: "Its end is no value that waits to be taken. To close what has closed itself may close it for its next owner.",
  });
}

/** One source cannot even be opened, and another throws instead of giving a promise. */
async function throwsAtOnce(sim: Sim): Promise<void> {
  const broken = new Error("no such source");
  const fail = () => {
    throw broken;
  };
  const unopenable: AsyncIterable<string> = { [Symbol.asyncIterator]: fail };
  const unreadable: AsyncIterable<string> = { [Symbol.asyncIterator]: () => ({ next: fail }) };
  for (const bad of [unopenable, unreadable]) {
    const good = letters(sim, "good");
    const outcome = await sim.waitFor("the error", endOf(drain(lab.merge([good, bad]))));
    guarantee(failedWith(outcome, broken) && (good.closed || good.asked === 0) && good.closings <= 1, {
      happened: `a source threw as it was opened or read; the loop ${describeOutcome(outcome)}; the other source was ${good.asked > 0 ? "begun" : "not begun"} and closed ${good.closings} times`,
      expected: "the loop throws that error, and the other source is closed, once, if it was begun",
      why: "There is more than one way to fail, and they must not differ for the consumer.",
    });
  }
}

function checkClosed(sources: readonly Feed<unknown>[], when: string): void {
  for (const { name, closed, asked } of sources) {
    guarantee(closed || asked === 0, {
      happened: `${when}, and the source ${name} was not closed`,
      expected: "every source that was begun is closed before the loop goes on",
      why: "Half-read files stay open until the process ends, or has no more file descriptors.",
    });
  }
}
