import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Producers, type Send } from "./producers.ts";

const options = { producers: 4, batch: 5, seed: 1 };
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What they saw in so many milliseconds of simulated time. */
async function offer(send: Send, perSecond: readonly number[], msEach: number) {
  let figures: ReturnType<Producers["figures"]> = [];
  await simulate(async () => {
    const producers = new Producers(options, send);
    for (const rate of perSecond) {
      producers.offer(rate);
      await pause(msEach);
    }
    await producers.end();
    figures = producers.figures();
  });
  return figures;
}

describe("Producers", () => {
  it("send so many events a second, in requests of so many lines", async () => {
    const bodies: string[] = [];
    const send: Send = async (body) => {
      bodies.push(body);
      return "let in";
    };
    const [figures] = await offer(send, [500], 10_000);
    expect(figures?.sent).toBe(5 * bodies.length);
    expect(figures?.sent).toBeGreaterThan(4_700);
    expect(figures?.sent).toBeLessThan(5_300);
    expect(figures).toMatchObject({ heldBack: 0, shed: 0, failed: 0, unanswered: 0, answerP99Ms: 0 });
    const lines = bodies[0]?.trimEnd().split("\n") ?? [];
    expect(lines).toHaveLength(5);
    expect(JSON.parse(lines[4] ?? "")).toMatchObject({
      kind: "page.viewed",
      data: { visit: 1, page: "/shelf/5" },
    });
  });

  it("offer the same for the same seed, however it is answered", async () => {
    const total = (figures: ReturnType<Producers["figures"]>) =>
      figures.map(({ sent, heldBack }) => sent + heldBack);
    const quick = await offer(async () => "let in", [100, 1_000], 2_000);
    const slow = await offer(() => pause(500).then(() => "let in"), [100, 1_000], 2_000);
    expect(total(slow)).toEqual(total(quick));
  });

  it("wait for their answers, and hold back what they would have sent meanwhile", async () => {
    let most = 0;
    let underWay = 0;
    const [figures] = await offer(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await pause(1_000);
        underWay -= 1;
        return "let in";
      },
      [500],
      9_500,
    );
    expect(most).toBe(4);
    // Four at a time, a second each, of five events; the first of them a moment after the beginning.
    expect(figures?.sent).toBe(10 * 4 * 5);
    expect(figures?.heldBack).toBeGreaterThan(4_000);
    expect(figures?.answerP50Ms).toBe(1_000);
  });

  it("count by what came of it, and each tenth as of high priority", async () => {
    let n = 0;
    const outcomes = ["shed", "failed", "unanswered", "let in"] as const;
    const [figures] = await offer(
      async (_, priority) => (priority === "high" ? "shed" : (outcomes[n++ % 4] ?? "failed")),
      [1_000],
      2_000,
    );
    const { sent = 0, shed = 0, failed = 0, unanswered = 0, highSent, highShed } = figures ?? {};
    const requests = sent / 5;
    expect(highSent).toBe(5 * Math.floor(requests / 10));
    expect(highShed).toBe(highSent);
    expect(shed).toBe((highSent ?? 0) + 5 * Math.ceil((requests - Math.floor(requests / 10)) / 4));
    expect(Math.abs(failed - unanswered)).toBeLessThanOrEqual(5);
  });

  it("begin a new row with each rate, and turn to it at once", async () => {
    const figures = await offer(async () => "let in", [0.001, 1_000], 1_000);
    expect(figures.map(({ sent }) => sent > 0)).toEqual([false, true]);
    const [before, after] = await offer(async () => "let in", [1_000, 0.001], 1_000);
    expect(before?.sent).toBeLessThan(1_300);
    expect(after?.sent).toBe(0);
  });
});
