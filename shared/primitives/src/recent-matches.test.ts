import { describe, expect, it } from "vitest";
import { RecentMatches } from "./recent-matches.ts";

describe("RecentMatches", () => {
  it("remembers at most 1,024 topics", () => {
    const recent = new RecentMatches<number>();
    for (let topic = 0; topic < 2_000; topic += 1) recent.offer(String(topic), [topic], 1);
    expect(recent.size).toBe(1_024);
    expect(recent.get("0")).toEqual([0]);
  });

  it("does not keep long copies, but does keep a long list that is not copied", () => {
    const recent = new RecentMatches<number>();
    const many = Array.from({ length: 257 }, (_, value) => value);
    recent.offer("copied", many, 2);
    recent.offer("shared", many, 1);
    expect(recent.get("copied")).toBeUndefined();
    expect(recent.get("shared")).toBe(many);
  });

  it("pauses while topics do not come again, and later tries anew", () => {
    const recent = new RecentMatches<number>();
    let topic = 0;
    const miss = () => {
      topic += 1;
      if (recent.get(String(topic)) === undefined) recent.offer(String(topic), [topic], 1);
    };
    for (let miss4096 = 0; miss4096 < 4_096; miss4096 += 1) miss();
    expect(recent.size).toBe(0);
    for (let paused = 0; paused < 4_096; paused += 1) miss();
    expect(recent.size).toBe(0);
    miss();
    expect(recent.size).toBe(1);
  });

  it("goes on where topics do come again", () => {
    const recent = new RecentMatches<number>();
    for (let round = 0; round < 20_000; round += 1) {
      const topic = round % 3 === 0 ? `once ${round}` : "again and again";
      if (recent.get(topic) === undefined) recent.offer(topic, [round], 1);
    }
    expect(recent.get("again and again")).toEqual([1]);
  });
});
