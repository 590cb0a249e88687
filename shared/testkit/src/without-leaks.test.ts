import { describe, expect, it } from "vitest";
import * as strict from "./explore.ts";
import { explore, simulate } from "./without-leaks.ts";

/** Parks a function for ever. */
function park(): void {
  const never = async () => {
    await new Promise(() => {});
  };
  void never();
}

const failure = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([
  ["explore", explore, strict.explore],
  ["simulate", simulate, strict.simulate],
] as const)("%s without leaks", (_, open, asEver) => {
  it("passes over what is parked, which is a leak otherwise", async () => {
    expect(await failure(open(park))).toBeUndefined();
    expect(await failure(asEver(park))).toMatchObject({ kind: "leak" });
  });

  it("looks for it where `leaks` says so", async () => {
    expect(await failure(open(park, { leaks: 1 }))).toMatchObject({ kind: "leak" });
  });

  it("finds a timer that outlives the scenario", async () => {
    expect(await failure(open(() => void setTimeout(() => {}, 1_000)))).toMatchObject({ kind: "leftover" });
  });

  it("hands the other options on", async () => {
    const busy = async () => {
      for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    expect(await failure(open(busy))).toBeUndefined();
    expect(await failure(open(busy, { maxEvents: 5 }))).toMatchObject({ kind: "livelock" });
  });
});
