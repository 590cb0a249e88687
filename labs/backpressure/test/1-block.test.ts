import { getEventListeners } from "node:events";
import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, nameOf, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import { Consumer, createBuffer, drain } from "./recorded-buffer.ts";
import { lab } from "./subject.ts";

/** Of orders that are alike in all that matters here. */
const enough = { maxSchedules: 150 } as const;

describe("Step 1: block", () => {
  it("1.1 never more than `limit` events are buffered: `offer` waits while the buffer is full", async () => {
    await simulate(floodWithoutConsumer);
    await explore(async (sim) => {
      const buffer = createBuffer<string>(sim, { limit: 2 });
      let accepted = 0;
      let asked = 0;
      const produce = (name: string) =>
        sim.spawn(name, async () => {
          for (let n = 1; n <= 3; n += 1) {
            await sim.waitFor("a place", buffer.offer(`${name} ${n}`));
            accepted += 1;
            guarantee(accepted <= asked + 2, {
              happened: `${accepted} events were accepted when only ${asked} had been asked for`,
              expected: `at most ${asked + 2} are: one for each that was asked for, and 2 in the buffer`,
              why: "Two producers that take one free place make the limit a wish. The memory that it guards is real.",
            });
          }
        });
      const consume = async () => {
        await using consumer = new Consumer(buffer);
        for (let n = 1; n <= 6; n += 1) {
          await sim.io("ready for one");
          asked += 1;
          await sim.waitFor("an event", consumer.take());
        }
      };
      await Promise.all([produce("Ann"), produce("Bob"), sim.spawn("consumer", consume)]);
      buffer.close();
    }, enough);
  });

  it("1.2 a place that gets free goes to the first producer that waits, before any newcomer", async () => {
    await simulate(newcomerAtTheMoment);
    await explore(async (sim) => {
      const buffer = createBuffer<string>(sim, { limit: 1 });
      const offered: string[] = [];
      const produce = (name: string, count: number) =>
        sim.spawn(name, async () => {
          for (let n = 1; n <= count; n += 1) {
            offered.push(`${name} ${n}`);
            await sim.waitFor("a place", buffer.offer(`${name} ${n}`));
          }
        });
      await using consumer = new Consumer(buffer);
      const consume = sim.spawn("consumer", async () => {
        for (let n = 1; n <= 5; n += 1) {
          await sim.io("ready for one");
          await sim.waitFor("an event", consumer.take());
        }
      });
      await Promise.all([produce("Ann", 2), produce("Bob", 2), produce("Cid", 1), consume]);
      buffer.close();
      expectOrder(consumer.taken, offered, "first come, first served, in the buffer and in front of it");
    }, enough);
  });

  it("1.3 each event goes to one consumer, in the order in which they were offered; who asks first is served first", () =>
    explore(async (sim) => {
      const buffer = createBuffer<string>(sim, { limit: 2 });
      const offered: string[] = [];
      const asked: Promise<string | undefined>[] = [];
      const produce = (name: string) =>
        sim.spawn(name, async () => {
          for (let n = 1; n <= 2; n += 1) {
            await sim.io("finds one");
            offered.push(`${name} ${n}`);
            await sim.waitFor("a place", buffer.offer(`${name} ${n}`));
          }
        });
      const consume = (name: string) =>
        sim.spawn(name, async () => {
          await using consumer = new Consumer(buffer);
          for (let n = 1; n <= 2; n += 1) {
            const next = consumer.take();
            asked.push(next);
            await sim.waitFor("an event", next);
            await sim.io("works on it");
          }
        });
      await Promise.all([produce("Ann"), produce("Bob"), consume("Xia"), consume("Yan")]);
      const taken = await Promise.all(asked);
      buffer.close();
      expectOrder(taken, offered, "whoever asks first gets the event that was offered first, and so on");
    }, enough));

  it("1.4 an event that a consumer waits for goes straight to it, and takes no place in the buffer", () =>
    simulate(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 1 });
      await using first = new Consumer(buffer);
      await using second = new Consumer(buffer);
      const asked = [first.take(), second.take()];
      await sim.idle();
      const offers = [1, 2, 3, 4].map((event) => buffer.offer(event)); // In one breath.
      const outcomes = await Promise.all(offers.slice(0, 3).map(outcomeOf));
      guarantee(!outcomes.includes(undefined), {
        happened: `two consumers waited and the buffer (limit 1) was empty; of three events offered in one breath, ${outcomes.filter((outcome) => outcome !== undefined).length} were accepted`,
        expected: "all three are: two are handed to the consumers, one is buffered",
        why: "A producer that waits, or an event that is dropped, while somebody stands there with empty hands is pure loss.",
      });
      const fourth = await outcomeOf(offers[3] ?? Promise.resolve());
      guarantee(fourth === undefined, {
        happened: "two were handed over and one was buffered, and a fourth was accepted as well",
        expected: "it waits: the limit is 1",
        why: "What is handed over makes room for nobody.",
      });
      const taken = await Promise.all(asked);
      guarantee(taken.join() === "1,2", {
        happened: `the consumers that waited got ${taken.join(" and ")}`,
        expected: "1 and 2",
        why: "Events stay in order, by whichever way they go.",
      });
      expectOrder([await first.take(), await second.take()], [3, 4], "the rest is delivered, too");
      buffer.close();
    }));

  it("1.5 any value is an event: `undefined`, `null`, `false`", () =>
    simulate(async (sim) => {
      const events = [undefined, undefined, undefined, undefined, null, false, 0, ""];
      const buffer = createBuffer<unknown>(sim, { limit: 2 });
      const taken: unknown[] = [];
      const consumer = sim.spawn("consumer", async () => {
        for await (const event of buffer) {
          taken.push(event);
          await sim.io("works on it"); // So that `undefined` goes each way: handed over, buffered, waited for.
        }
      });
      await sim.idle();
      await sim.waitFor("all offers", Promise.all(events.map((event) => buffer.offer(event))));
      buffer.close();
      await sim.waitFor("the end of the loop", consumer);
      guarantee(taken.length === events.length && taken.every((event, i) => event === events[i]), {
        happened: `offered were ${events.map(show).join(", ")}; the consumer got ${taken.map(show).join(", ") || "nothing"}`,
        expected: "all of them, in order",
        why: "Where a value means “empty”, somebody will send just that value.",
      });
    }));

  it("1.6 an abort while `offer` waits ends the wait, and the event is never delivered", async () => {
    await simulate(abortWhileFull);
    await simulate(abortHeardElsewhereFirst);
    await simulate(abortAfterPlace);
    await explore(async (sim) => {
      const buffer = createBuffer<string>(sim, { limit: 1 });
      const reason = { why: "shutting down" };
      const controller = new AbortController();
      await buffer.offer("first");
      const quitter = outcomeOnce(buffer.offer("quitter", { signal: controller.signal }));
      const patient = buffer.offer("patient");
      sim.anytime("abort", () => sim.recorder.abort(controller, reason));
      await using consumer = new Consumer(buffer);
      const consume = sim.spawn("consumer", async () => {
        for (let taken = ""; taken !== "patient"; taken = (await consumer.take()) ?? "patient")
          await sim.io("ready for one");
      });
      const outcome = await sim.waitFor("the offer, after the abort or with a place", quitter);
      await sim.waitFor("a place after the quitter", patient);
      await sim.waitFor("the events", consume);
      buffer.close();
      const delivered = consumer.taken.includes("quitter");
      const accepted = outcome !== undefined && "value" in outcome;
      guarantee(accepted || (outcome !== undefined && "error" in outcome && outcome.error === reason), {
        happened: `\`offer\` ${describeOutcome(outcome)}`,
        expected: "it rejects with the signal's own `reason`, the identical object",
        why: "By the reason the caller tells a shutdown from a timeout.",
      });
      guarantee(accepted === delivered, {
        happened: accepted
          ? "`offer` resolved, and the event was never delivered"
          : "`offer` was aborted, and its event was delivered all the same",
        expected: "what was accepted is delivered, what was aborted is not",
        why: "Whoever was told no will send it elsewhere: then it is there twice, or not at all.",
      });
      const left = getEventListeners(controller.signal, "abort").length;
      guarantee(left === 0, {
        happened: `${left} abort listeners are still on the caller's signal`,
        expected: "none is, whichever way the wait ended",
        why: "Such a signal lives as long as the service. Listeners that stay are a leak that grows with each event.",
      });
    });
  });

  it("1.7 with an aborted signal nothing is accepted, even when there is room or a consumer waits", () =>
    simulate(async (sim) => {
      const reason = new Error("too late");
      const signal = AbortSignal.abort(reason);
      const buffer = createBuffer<string>(sim, { limit: 1 });
      const withRoom = await outcomeOf(buffer.offer("cancelled", { signal }));
      await using consumer = new Consumer(buffer);
      const asked = consumer.take();
      await sim.idle();
      const withConsumer = await outcomeOf(buffer.offer("cancelled", { signal }));
      buffer.close();
      const closed = await outcomeOf(buffer.offer("cancelled", { signal }));
      await asked;
      for (const [when, outcome] of Object.entries({
        "there was room": withRoom,
        "a consumer waited": withConsumer,
        "the buffer was closed": closed,
      })) {
        guarantee(outcome !== undefined && "error" in outcome && outcome.error === reason, {
          happened: `${when}, and an offer whose signal had aborted ${describeOutcome(outcome)}`,
          expected: "it rejects with the signal's `reason`: that is looked at first",
          why: "Work that was cancelled must not begin.",
        });
      }
      guarantee(consumer.taken.length === 0, {
        happened: "an event whose offer was rejected has been delivered",
        expected: "it is forgotten",
        why: "Whoever was told no will send it elsewhere: then it is there twice.",
      });
    }));

  it("1.8 after `close` what is buffered is still delivered, and then every loop ends", async () => {
    await explore(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 3 });
      for (const event of [1, 2, 3]) await buffer.offer(event);
      const taken: number[] = [];
      const consume = (name: string) =>
        sim.spawn(name, async () => {
          for await (const event of buffer) {
            taken.push(event);
            await sim.io("works on it");
          }
        });
      const loops = Promise.all([consume("Xia"), consume("Yan")]);
      await sim.io("enough");
      buffer.close();
      buffer.close();
      await sim.waitFor("the end of both loops", loops, () => ({
        happened: "the buffer was closed, and a loop over it still waits",
        expected: "it ends when the buffer is empty",
        why: "A consumer that nobody tells of the end waits for ever, and the process with it.",
      }));
      expectOrder(
        taken.toSorted((a, b) => a - b),
        [1, 2, 3],
        "what was accepted before the end is delivered, once",
      );
    });
  });

  it("1.9 once it is closed `offer` rejects with a BufferClosedError, also for those who wait at that moment", () =>
    explore(async (sim) => {
      const buffer = createBuffer<string>(sim, { limit: 1 });
      const controller = new AbortController();
      await buffer.offer("buffered");
      const waiting = ["Ann", "Bob"].map((name) =>
        outcomeOnce(buffer.offer(name, { signal: controller.signal })),
      );
      await sim.io("enough");
      buffer.close();
      const late = await outcomeOf(buffer.offer("late"));
      const outcomes = [
        ...(await Promise.all(waiting.map((offer) => sim.waitFor("a waiting offer", offer)))),
        late,
      ];
      guarantee(
        outcomes.every((outcome) => nameOf(outcome) === "BufferClosedError"),
        {
          happened: `two offers waited when the buffer was closed, one came later: ${outcomes.map(nameOf).join(", ")}`,
          expected: "all three reject with a BufferClosedError",
          why: "A producer that is not told waits for ever; one that is told nothing bad believes its event delivered.",
        },
      );
      expectOrder(await drain(buffer), ["buffered"], "what was accepted, and nothing else, is delivered");
      const left = getEventListeners(controller.signal, "abort").length;
      guarantee(left === 0, {
        happened: `${left} abort listeners are still on the caller's signal`,
        expected: "none is",
        why: "Such a signal lives as long as the service.",
      });
    }));

  it("1.10 leaving a loop loses nothing: the rest goes to the other loops, or to the next one", () =>
    simulate(async (sim) => {
      const buffer = createBuffer<number>(sim, { limit: 4 });
      for (const event of [1, 2, 3]) await buffer.offer(event);
      const taken: number[] = [];
      for await (const event of buffer) {
        taken.push(event);
        break;
      }
      const accepted = await outcomeOf(buffer.offer(4));
      guarantee(accepted !== undefined && "value" in accepted, {
        happened: `a consumer left its loop, and the next offer ${describeOutcome(accepted)}`,
        expected: "it is accepted: only `close` closes the buffer",
        why: "A consumer may be restarted. Its leaving must not stop all producers.",
      });
      taken.push(...(await drain(buffer)));
      expectOrder(taken, [1, 2, 3, 4], "the next loop goes on where the last one stopped");
    }));

  it("1.11 a `limit` out of range is refused at once", () => {
    expectRefused(
      "limit",
      [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
      (limit) => lab.createBuffer({ limit }),
      "A buffer without a place blocks for ever, and one without a limit is what this lab is about.",
    );
  });
});

/** Nobody consumes: everything beyond the limit has to wait. */
async function floodWithoutConsumer(sim: Sim): Promise<void> {
  const buffer = createBuffer<number>(sim, { limit: 4 });
  let accepted = 0;
  const offers = Array.from({ length: 500 }, async (_, event) => {
    await buffer.offer(event).catch(() => {});
    accepted += 1;
  });
  await sim.idle();
  guarantee(accepted <= 4, {
    happened: `500 events were offered, nobody consumed, and ${accepted} of them were accepted`,
    expected: "4 are, for the limit is 4; the other offers wait",
    why: "What takes everything that it is given grows until the memory is full; and long before that, each event is served hopelessly late.",
  });
  guarantee(accepted === 4, {
    happened: `500 events were offered to an empty buffer of 4, and ${accepted} were accepted`,
    expected: "4 are",
    why: "A place that nobody gets is a limit set lower than was asked for.",
  });
  buffer.close();
  await Promise.all(offers);
}

/** The place gets free in the call of `next`; the newcomer comes in the same breath, before anybody who waits could wake. */
async function newcomerAtTheMoment(sim: Sim): Promise<void> {
  const buffer = createBuffer<number>(sim, { limit: 2 });
  const accepted: number[] = [];
  const offer = (event: number) => void buffer.offer(event).then(() => accepted.push(event));
  for (const event of [1, 2, 3, 4, 5]) offer(event);
  await sim.idle();
  await using consumer = new Consumer(buffer);
  const taken = consumer.take();
  offer(6);
  await sim.idle();
  guarantee(accepted.length === 3, {
    happened: `a full buffer gave one event away, and ${accepted.length - 2} of those who waited got in`,
    expected: "exactly one does: one place got free",
    why: "More than one and the limit is broken; none and a place stays empty while somebody waits for it.",
  });
  await taken;
  for (let n = 2; n <= 6; n += 1) await sim.waitFor("an event", consumer.take());
  expectOrder(
    consumer.taken,
    [1, 2, 3, 4, 5, 6],
    "3, 4 and 5 waited when 6 came: whoever waits comes before whoever comes later",
  );
  buffer.close();
}

/** Nobody makes room: only the abort can end the wait. */
async function abortWhileFull(sim: Sim): Promise<void> {
  const buffer = createBuffer<string>(sim, { limit: 1 });
  const reason = { why: "shutting down" };
  const controller = new AbortController();
  await buffer.offer("first");
  const quitter = outcomeOnce(buffer.offer("quitter", { signal: controller.signal }));
  await sim.idle();
  controller.abort(reason);
  const outcome = await outcomeOf(quitter);
  const settled = outcome !== undefined && "value" in outcome ? await quitter : undefined;
  guarantee(settled !== undefined && "error" in settled && settled.error === reason, {
    happened: `\`offer\` waited for a place when its signal was aborted; it ${describeOutcome(settled)}`,
    expected: "it rejects at once with the signal's own `reason`",
    why: "The caller has gone, and does not come back to see whether a place became free.",
  });
  expectOrder(await drain(buffer), ["first"], "an event whose offer was aborted is never delivered");
}

/** Another listener of the signal is called before that of `offer`, and takes an event, or closes the buffer. */
async function abortHeardElsewhereFirst(sim: Sim): Promise<void> {
  for (const deed of ["took an event", "closed the buffer"] as const) {
    const buffer = createBuffer<string>(sim, { limit: 1 });
    const reason = { why: "shutting down" };
    const controller = new AbortController();
    const { signal } = controller;
    await using consumer = new Consumer(buffer);
    signal.addEventListener("abort", () => {
      if (deed === "took an event") void consumer.take();
      else buffer.close();
    });
    await buffer.offer("first");
    const quitters = ["Ann", "Bob"].map((name) => outcomeOnce(buffer.offer(name, { signal })));
    const patient = outcomeOnce(buffer.offer("patient"));
    await sim.idle();
    controller.abort(reason);
    const story = `a listener that was called first ${deed}, and`;
    for (const quitter of quitters) {
      const outcome = await sim.waitFor("an offer whose signal has aborted", quitter, () => ({
        happened: `${story} an offer whose signal had aborted never settled`,
        expected: "it rejects with the signal's `reason`",
        why: "Who is passed over in silence waits for ever.",
      }));
      guarantee("error" in outcome && outcome.error === reason, {
        happened: `${story} an offer whose signal had aborted ${describeOutcome(outcome)}`,
        expected: "it rejects with the signal's `reason`: from the instant of the abort on it is gone",
        why: "Whoever was told to stop must not be let in by the order in which listeners were added.",
      });
    }
    const expected = deed === "took an event" ? undefined : "BufferClosedError";
    const outcome = await sim.waitFor("the one that did not leave", patient, () => ({
      happened: `${story} two that waited first were gone; the third, which was not, still waits`,
      expected: "the place that got free is its own",
      why: "A place that goes to somebody who has gone is lost for good.",
    }));
    guarantee(expected === undefined ? "value" in outcome : nameOf(outcome) === expected, {
      happened: `${story} an offer without a signal ${describeOutcome(outcome)}`,
      expected:
        expected === undefined ? "it has the place that got free" : "it rejects with a BufferClosedError",
      why: "The abort of others is none of its business.",
    });
    await drain(buffer).then((rest) => {
      const delivered = [...consumer.taken, ...rest];
      expectOrder(
        delivered,
        expected === undefined ? ["first", "patient"] : ["first"],
        "who left is not delivered",
      );
    });
    const left = getEventListeners(signal, "abort").length;
    guarantee(left <= 1, {
      happened: `${left - 1} abort listeners of the buffer are still on the caller's signal`,
      expected: "none is",
      why: "Such a signal lives as long as the service.",
    });
  }
}

/** The abort comes so many microtasks after the place: whichever came first, promise and delivery must agree. */
async function abortAfterPlace(sim: Sim): Promise<void> {
  for (let turns = 0; turns < 12; turns += 1) {
    const buffer = createBuffer<string>(sim, { limit: 1 });
    const controller = new AbortController();
    await buffer.offer("first");
    const offer = outcomeOnce(buffer.offer("second", { signal: controller.signal }));
    await sim.idle();
    await using consumer = new Consumer(buffer);
    const taken = consumer.take();
    for (let turn = 0; turn < turns; turn += 1) await null;
    controller.abort("gone");
    const outcome = await sim.waitFor("the offer", offer);
    await taken;
    const delivered = (await drain(buffer)).includes("second");
    guarantee("value" in outcome === delivered, {
      happened: `a place got free, ${turns} microtasks later the signal was aborted: \`offer\` ${describeOutcome(outcome)}, and its event was ${delivered ? "" : "never "}delivered`,
      expected: "what was accepted is delivered, what was aborted is not",
      why: "Whoever was told no will send it elsewhere: then it is there twice, or not at all.",
    });
  }
}

/** Its outcome, handled from the start, so that a rejection is never nobody's. */
const outcomeOnce = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

function expectOrder(taken: readonly unknown[], expected: readonly unknown[], rule: string): void {
  guarantee(taken.map(String).join() === expected.map(String).join(), {
    happened: `delivered were ${taken.map(show).join(", ") || "none"}`,
    expected: `${expected.map(show).join(", ")}: ${rule}`,
    why: "An event that is lost, doubled or overtaken is found weeks later, in a sum that does not add up.",
  });
}
