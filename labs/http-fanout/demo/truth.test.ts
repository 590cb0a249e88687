import { describe, expect, it } from "vitest";
import type { SeenAnswer, ServedNews } from "./messages.ts";
import { compare } from "./truth.ts";

const seen = (parts: Partial<SeenAnswer>): SeenAnswer => ({
  ...{ requestId: "r1", services: ["a", "b"], end: 200, tookMs: 50, data: {}, warnings: [], notTaken: [] },
  ...parts,
});
const did = (service: string, doing: ServedNews["did"], parts: Partial<ServedNews> = {}): ServedNews => ({
  ...{ service, requestId: "r1", timeoutMs: 100, did: doing, nonce: `${service}#1`, end: "sent" as const },
  ...parts,
});
const compared = (answer: Partial<SeenAnswer>, served: readonly ServedNews[], isGuarded = false) =>
  compare([seen(answer)], served, { isGuarded, callTimeoutMs: 100 });

const failed = (service: string) => ({ service, reason: "failed" });
const late = (service: string) => ({ service, reason: "late" });

describe("compare", () => {
  it("finds nothing where all is as it was told", () => {
    const partial = compared({ data: { a: "a#1" }, warnings: [failed("b")] }, [
      did("a", "well"),
      did("b", "reset"),
    ]);
    expect(partial).toMatchObject({ answers: 1, answered: 1, failed: 1, late: 0, calls: 2, lies: [] });
    const stalled = did("b", "stalled", { end: "cut" });
    const missed = compared({ tookMs: 101, data: { a: "a#1" }, warnings: [late("b")] }, [
      did("a", "slow"),
      stalled,
    ]);
    expect(missed).toMatchObject({ late: 1, justMissed: 0, cut: 1, lies: [] });
    expect(compared({ end: 503 }, []).lies).toEqual([]);
    expect(compared({ end: "left" }, [did("a", "well", { end: "cut" })]).lies).toEqual([]);
    expect(compared({ requestId: "r1.2", end: 503, notTaken: ["r1"] }, []).lies).toEqual([]);
  });

  it("lets a service be refused without a call where there is a breaker", () => {
    const answer = { data: { a: "a#1" }, warnings: [failed("b")] };
    expect(compared(answer, [did("a", "well")], true)).toMatchObject({ spared: 1, lies: [] });
    expect(compared(answer, [did("a", "well")]).lies).toEqual(["r1, a 200: b has not failed"]);
  });

  it.each([
    [
      "an answer of nobody",
      { data: { a: "a#9" }, warnings: [failed("b")] },
      [did("b", "reset")],
      /made for somebody else/,
    ],
    [
      "an answer of a service that failed",
      { services: ["a"], data: { a: "a#1" } },
      [did("a", "failing")],
      /given no such answer/,
    ],
    [
      "the answer of another service",
      { services: ["a"], data: { a: "b#1" } },
      [did("b", "well")],
      /given no such answer/,
    ],
    [
      "failed, and it was well",
      { services: ["a"], end: 502, warnings: [failed("a")] },
      [did("a", "well")],
      /has not failed/,
    ],
    [
      "late before its time",
      { services: ["a"], end: 504, warnings: [late("a")] },
      [did("a", "stalled", { end: "cut" })],
      /its time was not over/,
    ],
    ["a service that is not named", { data: { a: "a#1" } }, [did("a", "well")], /told of a$/],
    [
      "a 200 without any data",
      { services: ["a"], warnings: [failed("a")] },
      [did("a", "reset")],
      /nobody has answered/,
    ],
    ["a 503 after a call", { end: 503 }, [did("a", "well")], /called all the same/],
    ["a 502 though one was well", { end: 502 }, [did("a", "well"), did("b", "reset")], /not every service/],
    ["no answer", { end: "lost" }, [], /must have an answer/],
    [
      "a connection that was closed under a request that had been read",
      { requestId: "r1.2", end: "left", notTaken: ["r1"] },
      [did("a", "well", { end: "cut" })],
      /has read it as r1, and hung up without an answer/,
    ],
    [
      "a call that goes on",
      { end: "left" },
      [did("a", "stalled", { end: "open" })],
      /1 calls were never hung up on/,
    ],
  ] as const)("finds %s", (_, answer, served, lie) => {
    expect(compared({ ...answer } as Partial<SeenAnswer>, served).lies.join("\n")).toMatch(lie);
  });
});
