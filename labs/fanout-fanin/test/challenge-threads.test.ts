import { challenge, guarantee } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, endOf, failedWith, show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { Hashed } from "../contract.ts";
import { NO_COUNTS } from "./no-counts.ts";
import { contentOf, newProgress, Plant, sha256Of } from "./plant.ts";
import { lab } from "./subject.ts";

challenge("threads", lab, () => {
  it("threads.1 every file is hashed once, by threads that count in shared memory", async () => {
    using plant = new Plant();
    const files = plant.files(20);
    const missing = plant.path("missing");
    const progress = newProgress();
    const options = { threads: 2, batch: 3, progress };
    const results = await plant.collect(plant.hash([...files, missing], options));
    checkEachOnce(results, [...files, missing]);
    for (const [n, path] of files.entries()) {
      const result = results.find((one) => one.path === path);
      guarantee(result !== undefined && "sha256" in result && result.sha256 === sha256Of(contentOf(n)), {
        happened: `the result of file ${n}, of ${contentOf(n).length} bytes, was ${show(result)}`,
        expected: sha256Of(contentOf(n)),
        why: "It is what the whole thing is for.",
      });
    }
    const failed = results.find(({ path }) => path === missing);
    const error = failed && "error" in failed ? failed.error : undefined;
    guarantee(
      error instanceof Error &&
        "code" in error &&
        error.code === "ENOENT" &&
        /no such file/.test(error.message),
      {
        happened: `one file was missing, and its result was ${show(error)}`,
        expected: 'an Error with the message of the original and its `code`, "ENOENT"',
        why: "The code is lost when an Error is cloned to another thread, and the caller decides by it.",
      },
    );
    const bytes = files.reduce((sum, _, n) => sum + contentOf(n).length, 0);
    guarantee(progress[0] === 20n && progress[1] === BigInt(bytes), {
      happened: `20 files of ${bytes} bytes were hashed, and the counters showed ${progress[0]} and ${progress[1]}`,
      expected: `20 and ${bytes}`,
      why: "Additions that are no single step are lost when two threads make them at the same moment.",
    });
  });

  it("threads.2 at most `threads` are alive, from the first `next` on, and paths are read only in step", async () => {
    using plant = new Plant();
    const [file = ""] = plant.files(1);
    let read = 0;
    const endless = (function* () {
      for (;;) {
        read += 1;
        yield file;
      }
    })();
    const results = plant.hash(endless, { threads: 2, batch: 4 });
    guarantee(plant.threads.length === 0 && read === 0, {
      happened: `nobody had asked for a result, and ${plant.threads.length} threads were started, ${read} paths read`,
      expected: "nothing happens before the first `next`",
      why: "A stream that is made and never read would leave threads behind, and nobody to end them.",
    });
    for (let taken = 1; taken <= 30; taken += 1) {
      await plant.orDeserted(results.next(), () => `${taken - 1} results had come`);
      guarantee(read <= taken + (2 * 2 + 1) * 4, {
        happened: `${taken} results had been taken, and ${read} paths were read`,
        expected: `at most ${taken + 20}: results taken + (2 × threads + 1) × batch`,
        why: "A source may be endless. A queue of messages without a bound is memory without a bound.",
      });
    }
    guarantee(plant.peak <= 2, {
      happened: `${plant.peak} threads were alive at once`,
      expected: "at most 2",
      why: "A thread costs megabytes, and more of them than cores only get into each other's way.",
    });
    await results.return?.();
    checkEnded(plant, "the loop was left");
  });

  it("threads.3 a thread that dies is replaced, and its batch is done again: each file has one result", async () => {
    using plant = new Plant();
    const files = plant.files(4);
    const pipe = plant.pipe("pipe");
    const progress = newProgress();
    const paths = [files[0] ?? "", pipe, ...files.slice(1)];
    const collecting = plant.collect(plant.hash(paths, { threads: 1, batch: 3, progress }));
    collecting.catch(() => {});
    const first = await plant.reached(pipe, collecting);
    await first.kill(plant.threads[0]);
    const second = await plant.reached(pipe, collecting);
    await second.write("at last");
    const isDoneAgain = await plant.isReadAgain(pipe, collecting);
    guarantee(!isDoneAgain, {
      happened: "one thread died, and the batch that it had was done by two others",
      expected: "it is done again once",
      why: "Not twice: work done again is paid again.",
    });
    const results = await collecting;
    checkEachOnce(results, paths);
    const fromPipe = results.find(({ path }) => path === pipe);
    guarantee(fromPipe !== undefined && "sha256" in fromPipe && fromPipe.sha256 === sha256Of("at last"), {
      happened: `the file in the middle of which the thread died had the result ${show(fromPipe)}`,
      expected: "its hash, from the second try",
      why: "Half of a file has a hash, too. It is wrong.",
    });
    guarantee(plant.threads.length === 2 && plant.peak <= 1 && progress[0] === 6n, {
      happened: `${plant.threads.length} threads were started, ${plant.peak} alive at once, and ${progress[0]} files were hashed in all`,
      expected:
        "2 threads, one after the other, and 6 files: 5, and the first again, for its batch was begun anew once",
      why: "Not twice: work done again is paid again.",
    });
    await killedAtBirth();
  });

  it("threads.4 a batch with which a second thread dies is given up, and the others go on", async () => {
    using plant = new Plant();
    const files = plant.files(6);
    const pipe = plant.pipe("poison");
    const paths = files.with(2, pipe); // The second batch kills. Others wait behind it.
    const collecting = plant.collect(plant.hash(paths, { threads: 1, batch: 2 }));
    collecting.catch(() => {});
    for (let deaths = 0; deaths < 2; deaths += 1) {
      const end = await plant.reached(pipe, collecting);
      await end.kill(plant.threads.at(-1));
    }
    const triedAgain = await plant.isReadAgain(pipe, collecting);
    guarantee(!triedAgain, {
      happened: "two threads had died with a batch, and a third one was given it",
      expected: "after the second it is given up",
      why: "What kills every thread, a file that makes the decoder crash, would go round for ever.",
    });
    const results = await collecting;
    checkEachOnce(results, paths);
    const given = results.filter((result) => "error" in result);
    const names = given.map(({ error }) => (error instanceof Error ? error.name : String(error)));
    guarantee(names.join() === "ThreadDiedError,ThreadDiedError" && given.some(({ path }) => path === pipe), {
      happened: `two threads died of the second batch, of two files; the errors among the results were ${names.join(", ") || "none"}`,
      expected: "a ThreadDiedError for each of these two files, and a hash for all others",
      why: "The caller is told what was not done, and why.",
    });
  });

  it("threads.5 a thread counts each file as soon as it is hashed", async () => {
    using plant = new Plant();
    const [file = "", other = ""] = plant.files(2);
    const pipe = plant.pipe("pipe");
    const progress = newProgress();
    const collecting = plant.collect(plant.hash([file, pipe, other], { threads: 1, batch: 3, progress }));
    collecting.catch(() => {});
    const end = await plant.reached(pipe, collecting);
    const counted = [Atomics.load(progress, 0), Atomics.load(progress, 1)];
    await end.write("at last");
    await collecting;
    guarantee(counted[0] === 1n && counted[1] === BigInt(contentOf(0).length), {
      happened: `a thread was reading the second file of its batch, and the counters showed ${counted.join(" and ")}`,
      expected: `1 and ${contentOf(0).length}: the first file is done`,
      why: "A progress bar that moves by whole batches stands still, and then jumps.",
    });
  });

  it("threads.6 an abort and leaving the loop end every thread first", async () => {
    const reason = { why: "Ctrl-C" };
    using plant = new Plant();
    const files = plant.files(30);
    const controller = new AbortController();
    const results = plant.hash(files, { threads: 2, batch: 2, signal: controller.signal });
    const reading = async () => {
      for await (const _ of results) controller.abort(reason);
    };
    const outcome = await plant.orDeserted(endOf(reading()), () => "a result had come");
    guarantee(failedWith(outcome, reason), {
      happened: `the run was aborted, and the loop ${describeOutcome(outcome)}`,
      expected: "it throws the signal's own reason",
      why: "A run that was cut short must not look like one that is complete.",
    });
    checkEnded(plant, "the run was aborted");
    for await (const _ of plant.hash(files, { threads: 2, batch: 2 })) break;
    checkEnded(plant, 'the loop was left with "break"');
    await plant.collect(plant.hash(files, { threads: 2, batch: 2 }));
    checkEnded(plant, "all files were done");
    const started = plant.threads.length;
    const refused = await endOf(
      plant.hash(files, { threads: 1, batch: 1, signal: controller.signal }).next(),
    );
    guarantee(failedWith(refused, reason) && plant.threads.length === started, {
      happened: `the signal had been aborted before, and the first \`next\` ${describeOutcome(refused)}`,
      expected: "its reason, and no thread is started",
      why: "Work that was cancelled must not begin.",
    });
  });

  it("threads.7 options out of range are refused at once, by name", () => {
    for (const name of ["threads", "batch"] as const) {
      const call = (value: number) => lab.hashOnThreads?.([], { threads: 1, batch: 1, [name]: value });
      expectRefused(
        name,
        NO_COUNTS,
        call,
        "Without a thread, or with nothing in a batch, nothing ever moves.",
      );
    }
  });
});

function checkEachOnce(results: readonly Hashed[], paths: readonly string[]): void {
  for (const path of paths) {
    const count = results.filter((result) => result.path === path).length;
    guarantee(count === 1, {
      happened: `${path.slice(path.lastIndexOf("/") + 1)} has ${count} results`,
      expected: "each file has exactly one",
      why: "A file without a result is lost; one with two was done again after it had been told of.",
    });
  }
}

function checkEnded(plant: Plant, when: string): void {
  guarantee(plant.alive === 0, {
    happened: `${when}, and ${plant.alive} of ${plant.threads.length} threads were alive when the loop ended`,
    expected: "none",
    why: "A thread that is left keeps the process alive, or reads in a folder that is being removed.",
  });
}

/** A thread dies before it has done anything at all. */
async function killedAtBirth(): Promise<void> {
  using plant = new Plant();
  const files = plant.files(12);
  let isFirst = true;
  const onThread = (thread: (typeof plant.threads)[number]) => {
    if (isFirst) void thread.terminate();
    isFirst = false;
  };
  const results = await plant.collect(plant.hash(files, { threads: 2, batch: 2, onThread }));
  checkEachOnce(results, files);
  guarantee(
    results.every((result) => "sha256" in result),
    {
      happened: `one of the threads died at its birth, and ${results.filter((result) => "error" in result).length} files have an error`,
      expected: "another takes its place, and all are hashed",
      why: "One death is an accident.",
    },
  );
}
