import { getEventListeners } from "node:events";
import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describeOutcome, failedWith, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Line, LinesOptions } from "../contract.ts";
import { bytes, chunksOf, cuts } from "./bytes.ts";
import { arriving, Feed, numbers, untold } from "./feed.ts";
import { memoryInUse } from "./memory.ts";
import { below, expectRefused } from "./out-of-range.ts";
import { outcomeOf, readAll } from "./outcome.ts";
import { lab } from "./subject.ts";

const cut = (chunks: readonly Uint8Array[], options: Partial<LinesOptions> = {}) =>
  readAll(lab.lines({ maxBytes: 1_000, ...options })(new Feed(chunks), { signal: untold() }));

const numbered = (...texts: string[]): Line[] => texts.map((text, i) => ({ number: i + 1, text }));

function expectLines(what: string, got: readonly Line[], expected: readonly Line[], why: string): void {
  guarantee(show(got) === show(expected), {
    happened: `${what} gave ${show(got)}`,
    expected: show(expected),
    why,
  });
}

describe("Step 1: lines", () => {
  it("1.1 each line comes once, in order, with its number and without its ending", () =>
    simulate(async () => {
      const { values } = await cut([bytes("one\ntwo\r\n\nfo\rur\r\r\n"), bytes("  five \n")]);
      expectLines(
        String.raw`"one\ntwo\r\n\nfo\rur\r\r\n  five \n"`,
        values,
        numbered("one", "two", "", "fo\rur\r", "  five "),
        "The number is what somebody looks for a bad line by; a CR that is left at the end breaks every parser.",
      );
    }));

  it("1.2 it does not matter where the bytes were cut into chunks", () =>
    simulate(async () => {
      const text = "naïve\r\n日本語 ログ\n🪵 log\r\n\r\nend\n";
      const expected = numbered("naïve", "日本語 ログ", "🪵 log", "", "end");
      const why = "TCP knows nothing of lines or characters: it cuts where it likes.";
      for (const chunks of [...cuts(text), chunksOf(text, 1), chunksOf(text, 3), [bytes(""), bytes(text)]]) {
        const { values } = await cut(chunks);
        expectLines(
          `chunks of ${chunks.map(({ length }) => length).join(" + ")} bytes`,
          values,
          expected,
          why,
        );
      }
    }));

  it("1.3 the last line may do without an ending; an ending at the very end begins no further line", () =>
    simulate(async () => {
      const why = "A program that is killed does not finish its line, and that line tells what it died of.";
      for (const [text, expected] of [
        ["one\ntwo", numbered("one", "two")],
        ["one\ntwo\n", numbered("one", "two")],
        ["one\n\n", numbered("one", "")],
        ["", []],
        ["é", numbered("é")],
      ] as const) {
        for (const chunks of cuts(text)) expectLines(show(text), (await cut(chunks)).values, expected, why);
      }
    }));

  it("1.4 a line that is too long is told once, in time, and the next one is read as ever", async () => {
    const why = "One bad line must cost one line: not the memory, and not the lines after it.";
    await simulate(async () => {
      const text = `short\n${"x".repeat(25)}\r\n12345678\n123456789\nééééé\nend`;
      const expected = [
        { number: 1, text: "short" },
        { number: 3, text: "12345678" },
        { number: 6, text: "end" },
      ];
      const expectedTooLong = [
        { number: 2, text: "xxxxxxxx" },
        { number: 4, text: "12345678" },
        { number: 5, text: "éééé" },
      ];
      for (const chunks of [...cuts(text), chunksOf(text, 1), chunksOf(text, 2)]) {
        const tooLong: Line[] = [];
        const { values } = await cut(chunks, { maxBytes: 8, onTooLong: (line) => void tooLong.push(line) });
        const what = `with maxBytes 8, ${show(text)} in chunks of ${chunks.map(({ length }) => length).join(" + ")} bytes`;
        expectLines(what, values, expected, why);
        expectLines(`${what}, to onTooLong,`, tooLong, expectedTooLong, why);
      }
    });
    await simulate(toldInTime, { leaks: false });
    expectRefused("maxBytes", below(1), (maxBytes) => lab.lines({ maxBytes }));
  });

  it("1.5 what the input throws comes after the lines before it; a line that was not finished is none", () =>
    simulate(async () => {
      const broken = new Error("connection reset");
      const feed = new Feed([bytes("one\ntwo\nthr")], { after: broken });
      const { values, error } = await readAll(lab.lines({ maxBytes: 100 })(feed, { signal: untold() }));
      expectLines(
        "an input that broke off in its third line",
        values,
        numbered("one", "two"),
        "Half a line reads like a whole one, and says something else.",
      );
      guarantee(error === broken, {
        happened: `the input threw "connection reset", and the stage ${error === undefined ? "ended as if all had come" : `threw ${show(error)}`}`,
        expected: "it throws the very error",
        why: "A stream that was cut off must not look like one that is complete.",
      });
    }));

  it("1.6 it reads a chunk only when it has no line left to give, and none once the loop was left", async () => {
    await simulate(nothingAhead);
    await simulate(leftByEach);
  });

  it("1.7 an abort ends the wait for a line at once, with its very reason", async () => {
    await simulate(
      async (sim) => {
        for (const when of ["while the input is silent", "between two lines of a chunk", "before it began"]) {
          const controller = new AbortController();
          const reason = { why: "shutdown" };
          const feed = new Feed([bytes("one\ntwo\n")], { after: "silence" });
          if (when === "before it began") controller.abort(reason);
          const stream = lab.lines({ maxBytes: 100 })(feed, { signal: controller.signal });
          const lines = stream[Symbol.asyncIterator]();
          if (when !== "before it began") await sim.waitFor("the first line", lines.next());
          if (when === "while the input is silent") await sim.waitFor("the second line", lines.next());
          const next = when === "while the input is silent" ? lines.next() : undefined;
          await sim.idle();
          controller.abort(reason);
          const outcome = await outcomeOf(sim, next ?? lines.next());
          guarantee(failedWith(outcome, reason), {
            happened: `aborted ${when}: \`next\` ${describeOutcome(outcome)}`,
            expected: "it rejects with the signal's own `reason`, the identical object",
            why: "Nobody knows when the next line comes. Who wants to stop does not wait for it.",
          });
          const closed = when === "before it began" ? feed.given === 0 : feed.closeCalls > 0;
          guarantee(closed, {
            happened: `aborted ${when}: ${feed.given} chunks were read, and the input was not told to close`,
            expected: "nothing is read once the signal has aborted, and an input that was read is closed",
            why: "A socket that nobody closes stays open.",
          });
        }
      },
      { leaks: false },
    );
    await explore(
      async (sim) => {
        const controller = new AbortController();
        const feed = arriving(sim, "socket", [bytes("one\nt"), bytes("wo\nthree\n")]);
        const reading = readAll(lab.lines({ maxBytes: 100 })(feed, { signal: controller.signal }));
        sim.anytime("abort", () => controller.abort("shutdown"));
        await sim.waitFor("the end, or the abort", reading);
        const left = getEventListeners(controller.signal, "abort").length;
        guarantee(left === 0, {
          happened: `the stage has ended, and ${left} abort listeners are still on the signal`,
          expected: "none",
          why: "The signal is that of the service, and lives as long. A listener for each connection is a leak.",
        });
      },
      { leaks: false },
    );
  });

  it("1.8 an unfinished line takes memory by its bytes, not by its chunks, and `maxBytes` bounds that", async () => {
    const maxBytes = 50_000;
    const most = 32 * maxBytes;
    for (const received of [maxBytes, 2 * maxBytes]) {
      const held = await heldOfUnfinished(received, maxBytes);
      guarantee(held <= most, {
        happened: `with maxBytes ${maxBytes}, ${received} bytes of a line had come one by one, and ${Math.round(held)} bytes of memory were held`,
        expected: `at most ${most} bytes: 32 for each that is kept`,
        why: "A list of chunks costs 200 bytes for each byte of a sender that sends them singly: forty of those, and the process is out of memory.",
      });
    }
  });
});

/** How much memory is held when so many bytes of a line have come, each in a chunk of its own. In real time: nothing waits. */
async function heldOfUnfinished(received: number, maxBytes: number): Promise<number> {
  let held = 0;
  async function* singly(): AsyncGenerator<Uint8Array, void> {
    const before = await memoryInUse();
    for (let n = 0; n < received; n += 1) yield bytes("x");
    held = (await memoryInUse()) - before;
  }
  await readAll(lab.lines({ maxBytes })(singly(), { signal: untold() }));
  return held;
}

/** Even if the line never ends. */
async function toldInTime(sim: Sim): Promise<void> {
  const chunk = bytes("y".repeat(10));
  const feed = new Feed(
    Array.from({ length: 100 }, () => chunk),
    { after: "silence" },
  );
  let givenWhenTold = 0;
  const onTooLong = () => {
    givenWhenTold ||= feed.given;
  };
  void readAll(lab.lines({ maxBytes: 25, onTooLong })(feed, { signal: untold() }));
  await sim.idle();
  guarantee(givenWhenTold === 3, {
    happened:
      givenWhenTold === 0
        ? "1,000 bytes came without a line end, and nobody was told"
        : `the line was told when ${givenWhenTold * 10} bytes had come`,
    expected: "with maxBytes 25 it is told when 30 bytes have come, in chunks of 10",
    why: "Whoever waits for the end of the line keeps it in memory. Somebody sends one that has no end.",
  });
}

async function nothingAhead(sim: Sim): Promise<void> {
  const feed = new Feed(Array.from(numbers(9), (n) => bytes(`${n}a\n${n}b\n`)));
  const stream = lab.lines({ maxBytes: 100 })(feed, { signal: untold() });
  await sim.idle();
  guarantee(feed.asked === 0, {
    happened: "the input was read before anybody asked for a line",
    expected: "nothing is read until then",
    why: "Reading begins where somebody is there to take what comes.",
  });
  for await (const { text } of stream) if (text === "2a") break;
  await sim.idle();
  guarantee(feed.given === 2, {
    happened: `3 lines were taken, at 2 in a chunk, and ${feed.given} chunks were read`,
    expected: "2 chunks",
    why: "Whoever reads on while nobody takes fills the memory: the sender would never feel that we are slow.",
  });
  guarantee(feed.closeCalls > 0, {
    happened: "the loop was left, and the input was not told to close",
    expected: "`return()` of its iterator is called",
    why: "A socket that nobody closes stays open.",
  });
}

/** `each` is given, and reads with what was written for `lines`. Its loop is left by an error. */
async function leftByEach(sim: Sim): Promise<void> {
  const feed = new Feed(numbers(1_000));
  const broken = new Error("cannot");
  const oddOnly = lab.each((n: number) => {
    if (n === 6) throw broken;
    return n % 2 === 1 ? n * 10 : undefined;
  });
  const { values, error } = await sim.waitFor("the error", readAll(oddOnly(feed, { signal: untold() })));
  await sim.idle();
  guarantee(show(values) === "[10,30,50]" && error === broken, {
    happened: `its work gives ten times the odd numbers, undefined for the others, and throws at 6; the reader got ${show(values)}, and ${show(error)}`,
    expected: "10, 30, 50, and the very error",
    why: "It is what parses, filters and writes JSON: each entry passes it three times.",
  });
  guarantee(feed.given === 6 && feed.closeCalls > 0, {
    happened: `the work of \`each\` threw at item 6; ${feed.given} items were read, and the input was told to close ${feed.closeCalls} times`,
    expected: "nothing more is read, and it is told",
    why: "A stage that dies and leaves its input open keeps the sender waiting for ever.",
  });
}
