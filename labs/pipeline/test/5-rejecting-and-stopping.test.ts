import { getEventListeners } from "node:events";
import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describeOutcome, failedWith, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Counters, Pipeline, PipelineError, PipelineOptions } from "../contract.ts";
import { bytes } from "./bytes.ts";
import { Feed } from "./feed.ts";
import { outcomeOf } from "./outcome.ts";
import { entries, Rig } from "./rig.ts";

const REASON = { why: "shutdown" };

/** A whole pipeline takes many steps, so fewer orders than usual have to do. */
const options = { leaks: false, maxSchedules: 80 } as const;

describe("Step 5: rejecting and stopping", () => {
  it("5.1 a bad line is told with source, number, text and reason, and the pipeline goes on", () =>
    simulate(async (sim) => {
      const rig = new Rig(sim, {
        sources: [
          ["INFO a1", "bad a2", "INFO a3"],
          ["INFO b1", `INFO ${"b".repeat(60)}`, "INFO b3", "bad b4"],
        ],
        quick: true,
        options: { maxLineBytes: 40 },
      });
      await sim.waitFor("the end", rig.run().done);
      const told = rig.rejected.toSorted((one, other) => one.source - other.source || one.line - other.line);
      const places = told.map(({ source, line }) => `${source}:${line}`).join(", ");
      guarantee(places === "0:2, 1:2, 1:4", {
        happened: `line 2 of source 0, and lines 2 (too long) and 4 of source 1 are bad; told were ${places || "none"}`,
        expected: "these three, each once",
        why: "Somebody has to go and look what is wrong with that line: a line that nobody can find is lost.",
      });
      const [unparsed, tooLong] = told;
      guarantee(
        unparsed?.text === "bad a2" &&
          unparsed.reason === "no level in bad a2" &&
          tooLong?.text === `INFO ${"b".repeat(35)}`,
        {
          happened: `told were ${show(unparsed)} and ${show(tooLong)}`,
          expected:
            "the text of the line, or the beginning of one that is too long, and the message of what `parse` threw",
          why: "The line may be worth more than all others; it must be possible to mend it and send it again.",
        },
      );
      guarantee((tooLong?.reason ?? "").includes("40"), {
        happened: `the reason for the line that is too long is ${show(tooLong?.reason)}`,
        expected: "one that names the limit, 40",
        why: "Who sees it has to know what to change.",
      });
      guarantee(rig.taken[0]?.toSorted().join() === "a1!,a3!,b1!,b3!", {
        happened: `written were ${show(rig.taken[0]?.toSorted())}`,
        expected: "a1!, a3!, b1! and b3!",
        why: "One bad line must cost one line.",
      });
    }, options));

  it("5.2 the counters tell exactly what became of every line, however the pipeline ended", () =>
    explore(
      async (sim) => {
        const controller = new AbortController();
        const end = sim.choose("ends by", ["itself", "abort", "failure"]);
        const rig: Rig = new Rig(sim, {
          sources: [["INFO a1", "bad a2", "INFO a3", "DEBUG a4"], ["INFO b1"]],
          outputs: 2,
          options: { signal: controller.signal },
          output: async (index, message) => {
            await sim.as(`output ${index}`, () => sim.io("writes")); // Deaf: what it has begun, it writes.
            if (end === "failure" && message === "a3!" && index === 1) throw new Error("disk full");
          },
        });
        const pipeline = rig.run();
        if (end === "abort") sim.anytime("abort", () => controller.abort(REASON));
        const outcome = await sim.waitFor("the end", settle(pipeline));
        if (outcome !== undefined && "value" in outcome) {
          expectCounted(outcome.value as Counters, rig, "`done` resolved to");
          expectCounted(pipeline.counters(), rig, "after the end, `counters` gave");
        } else {
          const { enriched } = rig; // Of calls that end after the stop this is left open.
          expectCounted({ ...pipeline.counters(), enriched }, rig, `after the ${end},`);
        }
      },
      { leaks: false, maxSchedules: 150 },
    ));

  it("5.3 an error of what was handed in ends everything at once, and is told with stage and cause", async () => {
    await explore(failing, options);
    await explore(failingAtTheOnlyOutput, options);
    await simulate(failingBehindAStall, { leaks: false });
  });

  it("5.4 at whatever moment it is drained, nothing more is read, and all that was read is written", () =>
    explore(async (sim) => {
      const rig = new Rig(sim, {
        sources: [
          ["INFO a1", "bad a2", "INFO a3", "INFO a4"],
          ["INFO b1", "DEBUG b2"],
        ],
        outputs: 2,
      });
      const pipeline = rig.run();
      let givenAtDrain = Number.POSITIVE_INFINITY;
      const draining = sim.spawn("operator", () => {
        givenAtDrain = rig.given;
        sim.recorder.mark("drain");
        return Promise.all([pipeline.drain(), pipeline.drain()]); // People press Ctrl-C twice.
      });
      const [counters] = await sim.waitFor("drain", draining);
      expectCounted(counters, rig, "drained, it gave");
      guarantee(rig.parsed.length === givenAtDrain, {
        happened: `${givenAtDrain} lines had been handed over when it was drained, and ${rig.parsed.length} were read in the end`,
        expected: "all of them, and no others",
        why: "The sender takes a line that was handed over for delivered. And a drain that goes on reading never ends.",
      });
      guarantee(counters.discarded === 0 && rig.taken[0]?.length === rig.taken[1]?.length, {
        happened: `drained, with ${counters.discarded} discarded; the outputs have ${rig.taken.map(({ length }) => length).join(" and ")} lines`,
        expected: "nothing is discarded, and every output has every line",
        why: "That is what draining is for: stop at the entrance, and let the buffers run empty.",
      });
      expectCounted(
        await sim.waitFor("a drain after the end", pipeline.drain()),
        rig,
        "drained once more, it gave",
      );
    }, options));

  it("5.5 a drain does not wait for a silent source, and loses neither the rest of a chunk nor the unfinished line", async () => {
    await simulate(drainInSilence, options);
    await simulate((sim) => brokenByClosing(sim, "drain"), options);
  });

  it("5.6 at whatever moment it is aborted, it ends at once, with the very reason, and nothing is called after `done`", async () => {
    await explore(aborted, options);
    await simulate((sim) => brokenByClosing(sim, "abort"), options);
    for (const stalled of ["gives up", "writes its line"] as const) {
      for (const way of ["as it ran", "while it was drained"] as const)
        await simulate((sim) => abortedBehindAStall(sim, stalled, way), options);
    }
    await simulate(abortedBefore, options);
  });

  it("5.7 a pipeline that has ended leaves nothing behind: no open source, no listener, no timer, nobody who waits", () =>
    explore(
      async (sim) => {
        const service = new AbortController(); // Its signal outlives the pipeline by far.
        const end = sim.choose("ends by", ["itself", "drain", "failure", "abort"]);
        const rig = new Rig(sim, {
          sources: [entries("a", 2), entries("b", 2)],
          outputs: 2,
          options: {
            signal: service.signal,
            keep: ({ message }) => {
              if (end === "failure" && message === "a2") throw new Error("cannot tell");
              return true;
            },
          },
        });
        const pipeline = rig.run();
        if (end === "drain") sim.anytime("drain", () => void pipeline.drain());
        if (end === "abort") sim.anytime("abort", () => service.abort(REASON));
        await sim.waitFor("the end", settle(pipeline));
        expectClosed(rig, `ended by ${end}`);
        const left = getEventListeners(service.signal, "abort").length;
        guarantee(left === 0, {
          happened: `ended by ${end}: ${left} abort listeners are still on the caller's signal`,
          expected: "none",
          why: "Such a signal lives as long as the service. Listeners that stay are a leak that grows with each pipeline.",
        });
      },
      { leaks: 30, maxSchedules: 80 },
    ));
});

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

const settle = ({ done }: Pipeline): Promise<Outcome> =>
  done.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

function expectCounted(counters: Counters, rig: Rig, when: string): void {
  const { read, rejected, filtered, enriched, written, discarded } = counters;
  const got = { read, rejected, filtered, enriched, written, discarded };
  guarantee(show(got) === show(rig.counted()), {
    happened: `${when} ${show(got)}`,
    expected: `${show(rig.counted())}, as counted from outside`,
    why: "If the figures do not add up, nobody can tell whether a line was lost or only not counted.",
  });
}

function expectClosed(rig: Rig, when: string): void {
  guarantee(rig.leftOpen === 0, {
    happened: `${when}: \`done\` has settled, and ${rig.leftOpen} sources that had not ended were not told to close`,
    expected: "all of them are",
    why: "A socket that stays open keeps the sender writing, and the process alive.",
  });
}

function expectFailure(outcome: Outcome, stage: PipelineError["stage"], cause: Error): void {
  const error = outcome !== undefined && "error" in outcome ? outcome.error : undefined;
  const told = error as
    | { readonly name?: string; readonly stage?: string; readonly cause?: unknown }
    | undefined;
  guarantee(told?.name === "PipelineError" && told.stage === stage && told.cause === cause, {
    happened: `${stage} threw "${cause.message}", and \`done\` ${describeOutcome(outcome)}${told?.name === "PipelineError" ? `, of stage ${told.stage}, caused by ${show(told.cause)}` : ""}`,
    expected: `it rejects with a PipelineError whose stage is ${show(stage)}, and whose cause is the very error`,
    why: "Who is woken at night wants to know what broke, not what broke because of it.",
  });
}

async function failing(sim: Sim): Promise<void> {
  const stage = sim.choose("fails", ["enrich", "output", "keep", "onRejected", "source"] as const);
  const broken = new Error(`${stage} is broken`);
  const underWay = new Map<string, AbortSignal>();
  let toBeTold: readonly AbortSignal[] = [];
  const failIf = (isNow: boolean) => {
    if (!isNow) return;
    toBeTold = [...underWay.values()];
    throw broken;
  };
  const options: Partial<PipelineOptions> = {
    ...(stage === "keep" && { keep: ({ message }) => message !== "a2" || void failIf(true) === undefined }),
    ...(stage === "onRejected" && { onRejected: () => failIf(true) }),
  };
  const rig: Rig = new Rig(sim, {
    sources: [["INFO a1", "INFO a2", "bad a3"], entries("b", 2)],
    feed: stage === "source" ? { after: broken } : { after: "silence" },
    outputs: 2,
    options,
    enrich: async (message, { signal }) => {
      underWay.set(message, signal);
      await sim.as(`enrich ${message}`, () => sim.io("is done"));
      underWay.delete(message);
      failIf(stage === "enrich" && message === "a2");
    },
    output: async (index, message) => {
      await sim.as(`output ${index}`, () => sim.io("writes"));
      failIf(stage === "output" && message === "a2!");
    },
  });
  const pipeline = rig.run();
  const outcome = await sim.waitFor("the failure", settle(pipeline), () => ({
    happened: `${stage} threw, and \`done\` never settled`,
    expected: "it rejects",
    why: "A pipeline that stands still and says nothing is found out when somebody misses the log.",
  }));
  expectFailure(outcome, stage, broken);
  guarantee(rig.enriching.running === 0 && toBeTold.every(({ aborted }) => aborted), {
    happened: `${stage} threw; ${rig.enriching.running} calls of \`enrich\` were still under way when \`done\` settled, or were not told`,
    expected: "their signals abort, and it waits for them",
    why: "What goes on after the end uses what the end has closed.",
  });
}

/** A loop over entries that is left by the error closes the stages before it, and works that are told fail, too. */
async function failingAtTheOnlyOutput(sim: Sim): Promise<void> {
  const broken = new Error("disk full");
  const rig: Rig = new Rig(sim, {
    sources: [entries("a", 4)],
    output: async (_, message) => {
      await sim.as("output", () => sim.io("writes"));
      if (message === "a1!") throw broken;
    },
  });
  const outcome = await sim.waitFor("the failure", settle(rig.run()));
  expectFailure(outcome, "output", broken);
}

/** The error must not stand in line behind what an output that stalls has not written yet. */
async function failingBehindAStall(sim: Sim): Promise<void> {
  const broken = new Error("lookup refused");
  const rig: Rig = new Rig(sim, {
    sources: [entries("a")],
    quick: true,
    buffer: 4,
    workers: 1,
    enrich: (message) => {
      if (message === "a4") throw broken;
    },
    output: (_, __, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const outcome = await outcomeOf(sim, rig.run().done);
  const cause = outcome !== undefined && "error" in outcome ? (outcome.error as Error).cause : undefined;
  guarantee(cause === broken, {
    happened: `the output stalled with entries in front of it, \`enrich\` threw, and \`done\` ${describeOutcome(outcome)}`,
    expected: "the failure stops everything at once, the stalled output, too",
    why: "Otherwise the failure waits until the output goes on; and perhaps it never does.",
  });
}

async function drainInSilence(sim: Sim): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const chunks = [
    "INFO a1\nINFO a2\nINFO a3\nINFO a4\nINFO a5\nINFO a6\nINFO a7\nINFO a8\nINFO a9\nERR",
    "never read\n",
  ];
  const stalled = new Feed(chunks.map(bytes), {
    after: "silence",
    wait: (n) => (n === 1 ? Promise.resolve() : gate.promise),
  });
  const stuck = new Feed([bytes("INFO b1\nWAR")], {
    after: "silence",
    stuck: true,
    closing: () => new Promise(() => {}),
  });
  const rig = new Rig(sim, {
    sources: [],
    quick: true,
    buffer: 0,
    workers: 1,
    enrich: () => new Promise((resolve) => setTimeout(resolve, 10)),
    options: { sources: [stalled, stuck] },
  });
  const pipeline = rig.run();
  await new Promise((resolve) => setTimeout(resolve, 25)); // Most of the first chunk is not even cut into lines.
  const counters = await sim.waitFor("drain", pipeline.drain(), () => ({
    happened: "two sources were silent, and `drain` never came back",
    expected: "it does not wait for what they may still give",
    why: "Logs are quiet at night. The process would be killed before the next line comes.",
  }));
  const { length } = rig.parsed;
  guarantee(length === 12 && rig.written === 12, {
    happened: `9 lines and "ERR" of one source had been handed over, 1 line and "WAR" of the other; ${length} were parsed, and ${rig.written} written`,
    expected:
      "12: the rest of a chunk is cut into lines, and the unfinished line becomes one, as at the end of a source",
    why: "What was taken out of the socket is nowhere else any more.",
  });
  expectCounted(counters, rig, "drained, it gave");
}

/** As the stream of a socket does that is destroyed while somebody waits for its next chunk. */
async function brokenByClosing(sim: Sim, way: "drain" | "abort"): Promise<void> {
  const controller = new AbortController();
  const hungUp = Promise.withResolvers<IteratorResult<Uint8Array, undefined>>();
  const given = [{ done: false, value: bytes("INFO a1\n") }] as const;
  let asked = 0;
  const iterator = {
    next: () => {
      asked += 1;
      return given[asked - 1] === undefined ? hungUp.promise : Promise.resolve(given[asked - 1]);
    },
    return: () => {
      hungUp.reject(new Error("closed too early"));
      return Promise.resolve({ done: true, value: undefined } as const);
    },
  };
  const socket = { [Symbol.asyncIterator]: () => iterator } as AsyncIterable<Uint8Array>;
  const rig = new Rig(sim, {
    sources: [],
    quick: true,
    options: { sources: [socket], signal: controller.signal },
  });
  const pipeline = rig.run();
  await sim.idle();
  if (way === "abort") controller.abort(REASON);
  const outcome = await outcomeOf(sim, way === "abort" ? pipeline.done : pipeline.drain());
  const isHeard = way === "abort" ? failedWith(outcome, REASON) : outcome !== undefined && "value" in outcome;
  guarantee(isHeard && rig.written === 1, {
    happened: `${way}: a source that was told to close threw, as a socket does, and \`done\` ${describeOutcome(outcome)}`,
    expected:
      "a drain resolves, an abort rejects with its reason: what a source throws because of them is dropped",
    why: "Whoever reads of a failure at each end stops reading.",
  });
}

async function aborted(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const rig = new Rig(sim, {
    sources: [
      ["INFO a1", "bad a2", "INFO a3"],
      ["INFO b1", "DEBUG b2"],
    ],
    outputs: 2,
    options: { signal: controller.signal },
  });
  const pipeline = rig.run();
  let aborted = false;
  sim.anytime("abort", () => {
    aborted = true;
    sim.recorder.abort(controller, REASON);
  });
  const outcome = await sim.waitFor("the end, or the abort", settle(pipeline));
  const running = rig.enriching.running + rig.writing.reduce((sum, { running }) => sum + running, 0);
  const { calls } = rig;
  if (!aborted) return;
  const late = rig.written === 3 && "value" in (outcome ?? {}); // Everything was done when it came.
  guarantee(failedWith(outcome, REASON) || late, {
    happened: `aborted, \`done\` ${describeOutcome(outcome)}`,
    expected: "it rejects with the signal's own `reason`, the identical object",
    why: "By the reason the caller tells a shutdown from a failure.",
  });
  guarantee(running === 0, {
    happened: `\`done\` had settled, and ${running} calls of \`enrich\` or of an output were still under way`,
    expected: "none: their signals abort, and it waits for them",
    why: "What goes on after the end uses what the end has closed: files, connections, the process.",
  });
  await sim.idle();
  guarantee(rig.calls === calls, {
    happened: `${rig.calls - calls} more calls were made after \`done\` had settled`,
    expected: "none",
    why: "An abort that goes on working is none.",
  });
}

/** One output has taken all there is, and waits for more; the other one stalls, and everything behind it stands still. */
async function abortedBehindAStall(
  sim: Sim,
  stalled: "gives up" | "writes its line",
  way: "as it ran" | "while it was drained",
): Promise<void> {
  const controller = new AbortController();
  const rig = new Rig(sim, {
    sources: [entries("a", 40)],
    outputs: 2,
    quick: true,
    options: { signal: controller.signal },
    output: (index, _, { signal }) => {
      if (index === 0) return undefined;
      return new Promise<void>((resolve, reject) => {
        const end = { "gives up": () => reject(signal.reason), "writes its line": resolve };
        signal.addEventListener("abort", () => end[stalled]());
      });
    },
  });
  const pipeline = rig.run();
  const { done } = pipeline;
  done.catch(() => {});
  await sim.idle();
  if (way === "while it was drained") pipeline.drain().catch(() => {});
  await sim.idle();
  controller.abort(REASON);
  const outcome = await outcomeOf(sim, done);
  guarantee(failedWith(outcome, REASON), {
    happened: `one of two outputs stalled, the other waited for its next line, and the abort came, ${way}, at which the stalled one ${stalled}; \`done\` ${describeOutcome(outcome)}`,
    expected: "whoever waits hears of it, whatever it waits for",
    why: "A process that does not end when it is told to is killed, in the middle of a line.",
  });
}

async function abortedBefore(sim: Sim): Promise<void> {
  const rig = new Rig(sim, {
    sources: [entries("a", 3), entries("b", 3)],
    quick: true,
    options: { signal: AbortSignal.abort(REASON) },
  });
  const outcome = await outcomeOf(sim, rig.run().done);
  guarantee(failedWith(outcome, REASON) && rig.given === 0 && rig.calls === 0, {
    happened: `the signal had aborted before; \`done\` ${describeOutcome(outcome)}, and ${rig.given} lines were read`,
    expected: "it rejects with the signal's `reason`, and no source is read",
    why: "Work that was cancelled must not begin.",
  });
}
