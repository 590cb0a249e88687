import { challenge, guarantee, simulate } from "@pattern-labs/testkit";
import { expectRefusedOrRejected } from "@pattern-labs/testkit/out-of-range";
import { it } from "vitest";
import type { Child, WatchParentOptions } from "../contract.ts";
import { pause } from "./stage.ts";
import { lab } from "./subject.ts";

challenge("orphan", lab, () => {
  it("orphan.1 `onOrphan` is called once, at most `everyMs` after the parent has gone", () =>
    simulate(async (sim) => {
      const host = { ppid: 4242 };
      const calls: number[] = [];
      using _ = watchParent(host, { everyMs: 1_000, onOrphan: () => calls.push(sim.now()) });
      await pause(3_500);
      const before = calls.length;
      host.ppid = 1;
      await pause(10_000);
      const [at = 0] = calls;
      guarantee(before === 0 && calls.length === 1 && at <= 4_500, {
        happened: `with a parent it was called ${before} times; the parent went at 3,500 ms, and calls came at ${calls.join() || "no time"}`,
        expected: "none, and then one, by 4,500 ms",
        why: "`npm` passes no SIGTERM on: without this the program lives on, holds its port, and nobody knows of it.",
      });
    }));

  it("orphan.2 it does not keep the process alive, and disposing leaves nothing", () =>
    simulate(async () => {
      let calls = 0;
      const host = { ppid: 4242 };
      watchParent({ ppid: 4242 }, { everyMs: 1_000, onOrphan: () => {} }); // A timer that holds the process would be reported.
      const watch = watchParent(host, {
        everyMs: 1_000,
        onOrphan: () => {
          calls += 1;
        },
      });
      watch[Symbol.dispose]();
      host.ppid = 1;
      await pause(5_000);
      guarantee(calls === 0, {
        happened: `it was disposed, the parent went, and it was called ${calls} times`,
        expected: "never",
        why: "Nobody is interested any more.",
      });
    }));

  it("orphan.3 an `everyMs` out of range is refused by name", () =>
    simulate(() =>
      expectRefusedOrRejected(
        "everyMs",
        [-1, Number.NaN, 2 ** 31],
        (everyMs) => watchParent({ ppid: 1 }, { everyMs, onOrphan: () => {} }),
        "Given more than 2,147,483,647 ms, a timer fires every millisecond.",
      ),
    ));
});

function watchParent(host: Child, options: WatchParentOptions): Disposable {
  guarantee(lab.watchParent !== undefined, {
    happened: "the challenge is named in `attempted`, and `watchParent` is not exported",
    expected: "it is",
    why: "There is nothing to judge.",
  });
  return lab.watchParent(host, options);
}

/** The real process fits. */
export const realHost: Child = process;
