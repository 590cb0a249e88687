import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, nameOf, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { BufferOptions, Counts, EventBuffer, Policy } from "../contract.ts";
import { Consumer, createBuffer, drain } from "./recorded-buffer.ts";
import { lab } from "./subject.ts";

const POLICIES: readonly [Policy, ...Policy[]] = ["block", "drop-newest", "drop-oldest", "refuse"];

describe("Step 2: drop or refuse", () => {
  it("2.1 `drop-newest`: while the buffer is full, what is offered is dropped, and what is older stays", () =>
    simulate(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 3, policy: "drop-newest" });
      await offerAll(sim, buffer, [1, 2, 3, 4, 5]);
      await using consumer = new Consumer(buffer);
      await consumer.take();
      await offerAll(sim, buffer, [6, 7]);
      expectDelivered([...consumer.taken, ...(await drain(buffer))], [1, 2, 3, 6], {
        of: "1 to 5 were offered to a buffer of 3, one was taken, then came 6 and 7",
        rule: "4, 5 and 7 found it full",
        why: "Who keeps the oldest wants to know how it began: the first error explains the thousand that follow.",
      });
    }));

  it("2.2 `drop-oldest`: while the buffer is full, what has been buffered longest makes room for what is offered", () =>
    simulate(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 3, policy: "drop-oldest" });
      await offerAll(sim, buffer, [1, 2, 3, 4, 5]);
      await using consumer = new Consumer(buffer);
      await consumer.take();
      await offerAll(sim, buffer, [6, 7]);
      expectDelivered([...consumer.taken, ...(await drain(buffer))], [3, 5, 6, 7], {
        of: "1 to 5 were offered to a buffer of 3, one was taken, then came 6 and 7",
        rule: "1 and 2 gave way to 4 and 5, then 4 to 7",
        why: "Who keeps the newest wants to know how it is now: a price of a minute ago is worth nothing.",
      });
    }));

  it("2.3 `refuse`: while the buffer is full, `offer` rejects with a BufferFullError, and changes nothing", () =>
    simulate(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 2, policy: "refuse" });
      await offerAll(sim, buffer, [1, 2]);
      const refused = await outcomeOf(buffer.offer(3));
      guarantee(nameOf(refused) === "BufferFullError", {
        happened: `the buffer (limit 2) was full, and an offer ${describeOutcome(refused)}`,
        expected: "it rejects with a BufferFullError, at once",
        why: "The producer can do something better than wait, if it is told: answer 429, store it elsewhere, sample.",
      });
      const { limit } = (refused as { error: { limit?: number } }).error;
      guarantee(limit === 2, {
        happened: `the error's \`limit\` is ${limit}`,
        expected: "2, the buffer's",
        why: "In the log of the producer this number is all that there is to see of the buffer.",
      });
      await using consumer = new Consumer(buffer);
      await consumer.take();
      await offerAll(sim, buffer, [4]);
      expectDelivered([...consumer.taken, ...(await drain(buffer))], [1, 2, 4], {
        of: "1 and 2 filled the buffer, 3 was refused, one was taken, then came 4",
        rule: "only 3 was refused",
        why: "A refusal says that nothing has happened. Then it must be so.",
      });
    }));

  it("2.4 with these three no offer ever waits, and none is dropped or refused while there is room or a consumer waits", () =>
    simulate(async (sim) => {
      for (const policy of POLICIES.slice(1)) {
        const dropped: number[] = [];
        const buffer = createBuffer<number>(sim, {
          limit: 1,
          policy,
          onDrop: (event) => dropped.push(event),
        });
        await using consumer = new Consumer(buffer);
        const asked = consumer.take();
        await sim.idle();
        const offers = [1, 2, 3].map((event) => buffer.offer(event)); // One for the consumer, one buffered, one too many.
        const outcomes = await Promise.all(offers.map(outcomeOf));
        guarantee(!outcomes.includes(undefined), {
          happened: `with ${policy}, of three offers in one breath ${outcomes.filter((outcome) => outcome === undefined).length} still wait`,
          expected: "none does",
          why: "This policy was chosen because its producer cannot wait: it reads from a socket, or holds a lock.",
        });
        const lost =
          policy === "refuse"
            ? outcomes.filter((outcome) => nameOf(outcome) === "BufferFullError").length
            : dropped.length;
        guarantee(lost === 1, {
          happened: `with ${policy}, three were offered in one breath to a waiting consumer and an empty buffer of 1; ${lost} were ${policy === "refuse" ? "refused" : "dropped"}`,
          expected: "one is: one goes to the consumer, and one finds room",
          why: "What is lost while somebody stands there with empty hands is lost for nothing.",
        });
        const first = await asked;
        expectDelivered([first, ...(await drain(buffer))], policy === "drop-oldest" ? [1, 3] : [1, 2], {
          of: `with ${policy}, 1, 2 and 3 were offered in one breath`,
          rule: "the consumer that waited gets 1",
          why: "What was handed over cannot be dropped any more.",
        });
      }
    }));

  it("2.5 `onDrop` is told of each dropped event once, within `offer`, when all else is done", async () => {
    for (const policy of ["drop-newest", "drop-oldest"] as const) {
      await simulate((sim) => telling(sim, policy));
      await simulate((sim) => offeringAgain(sim, policy));
    }
  });

  it("2.6 at every instant: offered = delivered + dropped + refused + cancelled + buffered + waiting", () =>
    explore(
      async (sim) => {
        const policy = sim.choose("policy", POLICIES);
        const { buffer, check } = checkedBuffer(sim, { limit: 1, policy });
        const controller = new AbortController();
        sim.anytime("abort", () => {
          controller.abort("gone");
          check("after the abort");
        });
        sim.anytime("close", () => buffer.close());
        const produce = (name: string, signal?: AbortSignal) =>
          sim.spawn(name, async () => {
            for (let n = 1; n <= 2; n += 1) {
              await buffer.offer(`${name} ${n}`, { signal }).catch(() => {});
              check("after an offer has settled");
            }
          });
        const consume = sim.spawn("consumer", async () => {
          for await (const _ of buffer) {
            check("inside a loop");
            await sim.io("works on it");
          }
        });
        await Promise.all([produce("Ann", controller.signal), produce("Bob")]);
        buffer.close();
        await consume;
        check("at the end");
      },
      { maxSchedules: 200 },
    ));

  it("2.7 `counts` tells what became of every event, and is a copy", () =>
    simulate(async (sim) => {
      await expectCounts(sim, "block", {
        offered: 8,
        delivered: 1,
        dropped: 0,
        refused: 0,
        cancelled: 2,
        buffered: 2,
        waiting: 3,
      });
      await expectCounts(sim, "drop-newest", {
        offered: 8,
        delivered: 1,
        dropped: 4,
        refused: 0,
        cancelled: 1,
        buffered: 2,
        waiting: 0,
      });
      await expectCounts(sim, "drop-oldest", {
        offered: 8,
        delivered: 1,
        dropped: 4,
        refused: 0,
        cancelled: 1,
        buffered: 2,
        waiting: 0,
      });
      await expectCounts(sim, "refuse", {
        offered: 8,
        delivered: 1,
        dropped: 0,
        refused: 4,
        cancelled: 1,
        buffered: 2,
        waiting: 0,
      });
    }));

  it("2.8 an unknown policy is refused at once", () => {
    expectRefused(
      "policy",
      ["drop", "Block"],
      (policy) => lab.createBuffer({ limit: 1, policy }),
      "A policy that was misspelt in a configuration shows on the day of the overload.",
    );
  });
});

async function telling(sim: Sim, policy: "drop-newest" | "drop-oldest"): Promise<void> {
  const told: number[] = [];
  const seen: Counts[] = [];
  const mishap = new Error("the log is full");
  const buffer: EventBuffer<number> = lab.createBuffer<number>({
    limit: 2,
    policy,
    onDrop: (event) => {
      told.push(event);
      seen.push(buffer.counts());
      if (event === lost[1]) throw mishap;
    },
  });
  const lost = policy === "drop-newest" ? [3, 4] : [1, 2];
  const kept = policy === "drop-newest" ? [1, 2] : [3, 4];
  for (const event of [1, 2]) await buffer.offer(event);
  const third = buffer.offer(3);
  guarantee(told.join() === `${lost[0]}`, {
    happened: `with ${policy}, 3 was offered to a full buffer of 2, and when \`offer\` returned, \`onDrop\` had been told of ${told.join(", ") || "nothing"}`,
    expected: `${lost[0]}, the event that is dropped`,
    why: "Whoever logs a loss wants to log the event that is lost.",
  });
  await sim.waitFor("the offer", third);
  const fourth = await outcomeOf(buffer.offer(4));
  guarantee(fourth !== undefined && "error" in fourth && fourth.error === mishap, {
    happened: `\`onDrop\` threw, and \`offer\` ${describeOutcome(fourth)}`,
    expected: "it rejects with what `onDrop` threw",
    why: "An error that nobody gets to see is the worst kind.",
  });
  guarantee(told.join() === lost.join(), {
    happened: `with ${policy}, 3 and 4 were offered to a full buffer of 2; \`onDrop\` was told of ${told.join(", ")}`,
    expected: `${lost.join(", ")}, each once`,
    why: "A loss that is told twice, or not at all, makes every sum wrong.",
  });
  const dropped = seen.map((counts) => counts.dropped);
  const balanced = seen.every((counts) => sumOf(counts) === counts.offered && counts.buffered === 2);
  guarantee(dropped.join() === "1,2" && balanced, {
    happened: `inside \`onDrop\`, \`counts\` gave ${seen.map(show).join(" and then ")}`,
    expected: "the event that is being dropped is counted as dropped, and all places are taken",
    why: "Whoever is told of the loss looks at the figures just then.",
  });
  expectDelivered(await drain(buffer), kept, {
    of: `with ${policy}, 1 to 4 were offered to a buffer of 2, and \`onDrop\` threw at the last`,
    rule: "that it throws changes nothing else",
    why: "A log that fails must not cost an event.",
  });
}

/** `onDrop` offers what it is told of once more, as something else, and that drops again. */
async function offeringAgain(sim: Sim, policy: "drop-newest" | "drop-oldest"): Promise<void> {
  const told: number[] = [];
  const toldWithin: string[] = [];
  const again: Promise<unknown>[] = [];
  const mishap = new Error("the log is full");
  const buffer: EventBuffer<number> = lab.createBuffer<number>({
    limit: 1,
    policy,
    onDrop: (event) => {
      told.push(event);
      if (told.length === 3) throw mishap;
      if (told.length > 1) return;
      for (const other of [10, 11]) {
        again.push(outcomeOf(buffer.offer(other)));
        toldWithin.push(told.join(" "));
      }
    },
  });
  await buffer.offer(1);
  const second = await outcomeOf(buffer.offer(2));
  const expected = policy === "drop-newest" ? ["2 10", "2 10 11"] : ["1 2", "1 2 10"];
  guarantee(toldWithin.join() === expected.join(), {
    happened: `with ${policy} and a limit of 1, 1 and 2 were offered, and \`onDrop\` offered 10 and 11; as these calls returned, it had been told of ${toldWithin.join(", and of ")}`,
    expected: `${expected.join(", and of ")}: each loss before the call that causes it returns`,
    why: "An offer is an offer, wherever it is made. Who looks at the log as it returns must find the loss there.",
  });
  const [tenth, eleventh] = (await Promise.all(again)) as Awaited<ReturnType<typeof outcomeOf>>[];
  const isOnlyThird = eleventh !== undefined && "error" in eleventh && eleventh.error === mishap;
  guarantee(isOnlyThird && [second, tenth].every((outcome) => outcome !== undefined && "value" in outcome), {
    happened: `the third call of \`onDrop\` threw; the offer of 2 ${describeOutcome(second)}, that of 10 ${describeOutcome(tenth)}, that of 11 ${describeOutcome(eleventh)}`,
    expected: "that of 11 rejects, whose loss could not be told, and the others resolve",
    why: "An error that goes to somebody else blames the wrong event.",
  });
  const counts = buffer.counts();
  guarantee(sumOf(counts) === counts.offered && counts.dropped === 3, {
    happened: `four were offered to a buffer of 1; \`counts\` gave ${show(counts)}`,
    expected: "3 dropped, 1 buffered",
    why: "The difference is events of which nobody knows where they are.",
  });
  await sim.waitFor("what is left", drain(buffer));
}

/** Each call of the buffer is followed by a look at its counts, in the same breath. */
function checkedBuffer(sim: Sim, options: BufferOptions<string>) {
  const check = (when: string) => {
    const counts = buffer.counts();
    guarantee(sumOf(counts) === counts.offered, {
      happened: `${when}, with ${options.policy}: ${show(counts)}; the parts add up to ${sumOf(counts)}, offered were ${counts.offered}`,
      expected: "offered = delivered + dropped + refused + cancelled + buffered + waiting",
      why: "The difference is events of which nobody knows where they are.",
    });
    guarantee(counts.buffered <= options.limit && (options.policy === "block" || counts.waiting === 0), {
      happened: `${when}, with ${options.policy} and a limit of ${options.limit}: ${counts.buffered} buffered, ${counts.waiting} waiting`,
      expected: `at most ${options.limit} buffered, and nobody waits unless the policy is block`,
      why: "A figure that shows more than there is room for shows a bug.",
    });
  };
  const inner = createBuffer<string>(sim, { ...options, onDrop: () => check("inside onDrop") });
  const buffer: EventBuffer<string> = {
    offer(event, rest) {
      const offer = inner.offer(event, rest);
      check("as `offer` returned");
      return offer;
    },
    [Symbol.asyncIterator]() {
      const iterator = inner[Symbol.asyncIterator]();
      return {
        next() {
          const next = iterator.next();
          check("as `next` returned");
          return next;
        },
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      };
    },
    close() {
      inner.close();
      check("as `close` returned");
    },
    counts: () => inner.counts(),
  };
  return { buffer, check };
}

/** Two fill the buffer, one of them is taken; then five more, and two whose callers have left, one of them in time. */
async function expectCounts(sim: Sim, policy: Policy, expected: Counts): Promise<void> {
  const buffer = createBuffer<number>(sim, { limit: 2, policy });
  const controller = new AbortController();
  const empty = buffer.counts();
  const results: Promise<unknown>[] = [];
  const offer = (event: number, signal?: AbortSignal) =>
    results.push(buffer.offer(event, { signal }).catch(() => {}));
  await using consumer = new Consumer(buffer);
  offer(1);
  offer(2);
  await consumer.take();
  offer(3);
  offer(4, controller.signal);
  offer(5);
  offer(6);
  offer(7);
  controller.abort("gone");
  offer(8, controller.signal);
  const counts = buffer.counts();
  const story = `with ${policy} and a limit of 2: two offered, one taken, five more offered, one of these aborted, one offered with an aborted signal`;
  guarantee(same(counts, expected), {
    happened: `${story}; \`counts\` gave ${show(counts)}`,
    expected: show(expected),
    why: "Nobody sees an event that is gone. These figures are all that is left of it.",
  });
  buffer.close();
  await Promise.all(results);
  const closed = buffer.counts();
  const refused = expected.refused + expected.waiting;
  guarantee(closed.refused === refused && closed.waiting === 0 && sumOf(closed) === closed.offered, {
    happened: `${story}; after \`close\` \`counts\` gave ${show(closed)}`,
    expected: `refused ${refused}: whoever waits when the buffer is closed is refused`,
    why: "Events that were turned away at the end are missing as well.",
  });
  guarantee(empty.offered === 0 && same(counts, expected), {
    happened: `counts taken before show ${show(empty)} and ${show(counts)} afterwards`,
    expected: "they are as they were",
    why: "Two readings that change afterwards have no difference, and the difference is the rate.",
  });
  await drain(buffer);
}

const same = (counts: Counts, expected: Counts) =>
  (Object.keys(expected) as (keyof Counts)[]).every((name) => counts[name] === expected[name]);

const sumOf = ({ delivered, dropped, refused, cancelled, buffered, waiting }: Counts) =>
  delivered + dropped + refused + cancelled + buffered + waiting;

async function offerAll(sim: Sim, buffer: EventBuffer<number>, events: readonly number[]): Promise<void> {
  for (const event of events) await sim.waitFor(`offer ${event}`, buffer.offer(event));
}

function expectDelivered(
  delivered: readonly unknown[],
  expected: readonly unknown[],
  { of, rule, why }: { of: string; rule: string; why: string },
): void {
  guarantee(delivered.join() === expected.join(), {
    happened: `${of}; delivered were ${delivered.join(", ") || "none"}`,
    expected: `${expected.join(", ")}: ${rule}`,
    why,
  });
}
