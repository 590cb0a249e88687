import { challenge, guarantee, noLeaks, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefusedOrRejected } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { Dependency, Health, HealthOptions } from "../contract.ts";
import { pause } from "./stage.ts";
import { lab } from "./subject.ts";

challenge("readiness", lab, () => {
  it("readiness.1 `/healthz` says 200 from the start, `/readyz` 503 until `waitUntilReady` has resolved", () =>
    simulate(async (sim) => {
      const db = new FakeDependency(sim, "db", { upFrom: 1_500 });
      const cache = new FakeDependency(sim, "cache");
      const health = createHealth([db, cache]);
      const seen = [await probe(health, "/healthz"), await probe(health, "/readyz")];
      const waiting = health.waitUntilReady({ signal: never() });
      await pause(1_600);
      seen.push(await probe(health, "/readyz")); // By now all answer, but nobody has asked them in one round.
      await sim.waitFor("readiness", waiting);
      seen.push(await probe(health, "/readyz"), await probe(health, "/healthz"), await probe(health, "/"));
      const expected = "200, 503 db, 503, 200, 200, nothing";
      guarantee(seen.join(", ") === expected, {
        happened: `/healthz and /readyz at first, /readyz while waiting, then /readyz, /healthz and /: ${seen.join(", ")}`,
        expected,
        why: "A process that lives and is not ready yet must not be killed for it, nor get requests.",
      });
    }));

  it("readiness.2 all are asked at the same time, `checkWithinMs` each, and again `retryMs` after a round that failed", () =>
    simulate(async (sim) => {
      const deaf = new FakeDependency(sim, "deaf", { takesMs: 10_000, upFrom: 700 });
      const db = new FakeDependency(sim, "db");
      const health = createHealth([deaf, db], { checkWithinMs: 200, retryMs: 1_000 });
      const ready = health.waitUntilReady({ signal: never() });
      await sim.waitFor("readiness", ready);
      guarantee(deaf.askedAt.join() === "0,1200" && db.askedAt.join() === "0,1200" && sim.now() < 1_300, {
        happened: `one did not answer at first: it was asked at ${deaf.askedAt.join()} ms and the other one at ${db.askedAt.join()} ms; ready at ${sim.now()} ms`,
        expected: "both at 0 and at 1,200 ms: 200 until it is given up, and 1,000 more; then all is ready",
        why: "A check without a limit hangs with what it checks; and a database that comes back is not helped by being asked without a pause.",
      });
      guarantee(deaf.reasons.join() === "TimeoutError", {
        happened: `the signal of the check that took too long: ${deaf.reasons.join() || "did not abort"}`,
        expected: "it aborts with a TimeoutError",
        why: "Otherwise each probe leaves a connection open.",
      });
    }));

  it("readiness.3 once it is ready, `/readyz` asks afresh each time: 503 while one does not answer, with its name", () =>
    simulate(async (sim) => {
      const db = new FakeDependency(sim, "db");
      const cache = new FakeDependency(sim, "cache");
      const health = createHealth([db, cache]);
      await sim.waitFor("readiness", health.waitUntilReady({ signal: never() }));
      const seen: string[] = [];
      for (const down of [[], [db], [db, cache], []]) {
        for (const each of [db, cache]) each.isDown = down.includes(each);
        seen.push(await probe(health, "/readyz"));
      }
      guarantee(seen.join(", ") === "200, 503 db, 503 db cache, 200" && db.askedAt.length === 5, {
        happened: `all up, db down, both down, all up: ${seen.join(", ")}; db was asked ${db.askedAt.length} times`,
        expected: "200, 503 db, 503 db cache, 200; asked 5 times, once to get ready and once for each probe",
        why: "An answer from memory sends requests to a service that has lost its database.",
      });
    }));

  it("readiness.4 after `notReady` it is 503 for good, and nobody is asked", () =>
    simulate(async (sim) => {
      const db = new FakeDependency(sim, "db");
      const health = createHealth([db]);
      await sim.waitFor("readiness", health.waitUntilReady({ signal: never() }));
      const asked = db.askedAt.length;
      health.notReady();
      const seen = [await probe(health, "/readyz"), await probe(health, "/healthz")];
      await sim.waitFor("readiness, waited for again", health.waitUntilReady({ signal: never() }));
      const asked2 = db.askedAt.length;
      seen.push(await probe(health, "/readyz"));
      guarantee(seen.join(", ") === "503, 200, 503" && asked === 1 && db.askedAt.length === asked2, {
        happened: `/readyz, /healthz, and /readyz after waiting once more: ${seen.join(", ")}; for the probes db was asked ${db.askedAt.length - asked2} times`,
        expected: "503, 200, 503; not asked",
        why: "It leaves; it is not ill. A load balancer that is told 200 once more sends its requests to a closed port.",
      });
    }));

  it("readiness.5 an abort ends the waiting at once with its reason, and leaves nothing; times out of range are refused", async () => {
    for (const at of [0, 100, 500]) {
      await simulate(async (sim) => {
        const db = new FakeDependency(sim, "db", { takesMs: 10_000, upFrom: Infinity });
        const health = createHealth([db], { checkWithinMs: 200, retryMs: 1_000 });
        const controller = new AbortController();
        if (at === 0) controller.abort("SIGTERM");
        const waiting = health.waitUntilReady({ signal: controller.signal });
        if (at > 0) setTimeout(() => controller.abort("SIGTERM"), at);
        await sim.waitFor("the abort", Promise.allSettled([waiting]));
        const outcome = await outcomeOf(waiting);
        const isReason = outcome !== undefined && "error" in outcome && outcome.error === "SIGTERM";
        guarantee(isReason && sim.now() === at, {
          happened: `it was aborted at ${at} ms, and at ${sim.now()} ms it ${describeOutcome(outcome)}`,
          expected: `at ${at} ms it rejects with the very reason`,
          why: "SIGTERM comes to services that do not get ready more often than to others.",
        });
      });
    }
    await noLeaks(async () => {
      const health = createHealth([]);
      await health.waitUntilReady({ signal: never() });
      await health.answer("/readyz");
    });
    for (const name of ["checkWithinMs", "retryMs"] as const) {
      await expectRefusedOrRejected(
        name,
        [-1, Number.NaN, 2 ** 31],
        (ms) => createHealth([], { [name]: ms }),
        "Given more than 2,147,483,647 ms, setTimeout fires at once.",
      );
    }
  });
});

class FakeDependency implements Dependency {
  readonly name: string;
  readonly askedAt: number[] = [];
  readonly reasons: string[] = [];
  isDown = false;
  readonly #sim: Sim;
  readonly #upFrom: number;
  readonly #takesMs: number;

  /** Before `upFrom` it fails, or takes `takesMs` to do so. */
  constructor(sim: Sim, name: string, { upFrom = 0, takesMs = 0 } = {}) {
    this.#sim = sim;
    this.name = name;
    this.#upFrom = upFrom;
    this.#takesMs = takesMs;
    this.check = this.check.bind(this);
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.askedAt.push(this.#sim.now());
    if (!this.isDown && this.#sim.now() >= this.#upFrom) return;
    if (this.#takesMs > 0) await this.#hang(signal);
    throw new Error("refused");
  }

  #hang(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#takesMs);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        this.reasons.push(signal.reason instanceof Error ? signal.reason.name : show(signal.reason));
        resolve();
      });
    });
  }
}

async function probe(health: Health, path: string): Promise<string> {
  const answer = await health.answer(path);
  return answer === undefined ? "nothing" : [answer.status, ...answer.down].join(" ");
}

const never = () => new AbortController().signal;

function createHealth(dependencies: readonly Dependency[], options: Partial<HealthOptions> = {}): Health {
  guarantee(lab.createHealth !== undefined, {
    happened: "the challenge is named in `attempted`, and `createHealth` is not exported",
    expected: "it is",
    why: "There is nothing to judge.",
  });
  return lab.createHealth({ dependencies, checkWithinMs: 500, retryMs: 1_000, ...options });
}
