import { guarantee, LongLived, noLeaks } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Broker, Message, Subscription } from "../contract.ts";
import { grownMb, stillHeld } from "./memory.ts";
import { describeOutcome, failedWith, outcomeOf, show, thrownBy } from "./outcome.ts";
import { expectRead, loop, Reader } from "./reader.ts";
import { lab } from "./subject.ts";

const REASON = { why: "the client left" };
/** Any value is a reason; the signal turns only `undefined` into an error of its own. */
const REASONS = [REASON, new Error("shutdown"), "text", null, 0, undefined];

/** Of a hundred of each kind. The engine itself may hold on to what it has just worked on. */
const MOST_LEFT_LYING = 5;
const COMINGS = 30_000;
/** Far above what a garbage collector leaves lying; what is kept of a pattern is at least some hundred bytes each. */
const MOST_GROWN_MB = 5;

describe("Step 3: dynamic", () => {
  it("3.1 a subscription gets what is published from then on, and nothing from before", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      broker.publish("n", 1);
      const first = new Reader(broker.subscribe("n"));
      broker.publish("n", 2);
      await first.drain(); // It waits now.
      const second = new Reader(broker.subscribe("n"));
      broker.publish("n", 3);
      const third = new Reader(broker.subscribe("n"));
      for (const reader of [first, second, third]) await reader.drain();
      const why = "Where a subscription begins must be a place in the stream that the caller knows.";
      const of = "1 to 3 were published, with one subscribed after each; by";
      expectRead(first.payloads, [2, 3], { of: `${of} the first`, rule: "from then on", why });
      expectRead(second.payloads, [3], { of: `${of} the second`, rule: "from then on", why });
      expectRead(third.payloads, [], { of: `${of} the third`, rule: "from then on", why });
    }));

  it("3.2 disposing ends it at once: nothing more is put in, what is buffered is gone, every `next` is done", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const full = broker.subscribe("n");
      const empty = broker.subscribe("n");
      const [one, two] = [new Reader(empty), new Reader(empty)];
      broker.publish("n", 1);
      await one.drain();
      const waiting = [one.next(), two.next()];
      broker.publish("other", 0);
      for (let times = 1; times <= 3; times += 1) {
        full[Symbol.dispose]();
        {
          using _scope = empty;
        }
      }
      expectReceipt(broker, "0 0");
      expectCount(broker, 0, "both subscriptions were disposed");
      for (const next of [...waiting, one.next(), new Reader(full).next()])
        await expectDone(next, "it was disposed");

      const handled: unknown[] = [];
      const within = broker.subscribe("n");
      for (const n of [1, 2, 3]) broker.publish("n", n);
      for await (const { payload } of within) {
        handled.push(payload);
        within[Symbol.dispose]();
      }
      expectRead(handled, [1], {
        of: "1 to 3 were buffered, and the handler of 1 disposed its own subscription",
        rule: "the loop ends there",
        why: "Who has said that it wants no more has put away what it would need to work on it.",
      });
      guarantee(full.missed === 0 && within.missed === 0, {
        happened: `what was buffered was thrown away at the end, and \`missed\` is ${full.missed} and ${within.missed}`,
        expected: "0: nothing was dropped while it was subscribed",
        why: "An alarm that rings whenever somebody leaves is soon turned off.",
      });
    }));

  it("3.3 leaving a loop ends it likewise: `break`, an error in the body, `return()` while a `next` waits", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const mishap = new Error("the disk is full");
      const breaks = broker.subscribe("n");
      const fails = broker.subscribe("n");
      broker.publish("n", 1);
      broker.publish("n", 2);
      for await (const _ of breaks) break;
      const failed = await outcomeOf(
        loop(fails, () => {
          throw mishap;
        }),
      );
      guarantee(failedWith(failed, mishap), {
        happened: `the body of a loop threw, and the loop ${describeOutcome(failed)}`,
        expected: "what the body threw",
        why: "The error says what is wrong.",
      });
      expectReceipt(broker, "0 0");
      expectCount(broker, 0, "two loops were left");
      for (const left of [breaks, fails])
        await expectDone(new Reader(left).next(), "a loop over it was left");

      const waits = broker.subscribe("n");
      const [reader, other] = [new Reader(waits), new Reader(waits)];
      const waiting = [reader.next(), other.next(), reader.next()];
      await outcomeOf(Promise.all(waiting));
      const left = reader.leave();
      expectCount(broker, 0, "`return()` was called");
      guarantee(left !== undefined, {
        happened: "the iterator has no `return`",
        expected: "it has one: `break` calls it",
        why: "Without it, leaving a loop leaves its subscription behind.",
      });
      for (const next of [...waiting, left])
        await expectDone(
          next as Promise<IteratorResult<unknown>>,
          "`return()` was called while `next` waited",
        );
      await expectDone(other.leave() as Promise<IteratorResult<unknown>>, "the other loop was left, too");
    }));

  it("3.4 an abort ends it at once: every `next` rejects with the identical reason, what is buffered is gone", async () => {
    for (const reason of REASONS) {
      await explore(
        async (sim) => {
          const broker = lab.createBroker();
          const client = new AbortController();
          const subscription = broker.subscribe("n", { signal: client.signal });
          const seen: unknown[] = [];
          let endedAt: number | undefined;
          sim.anytime("abort", () => {
            client.abort(reason);
            endedAt = published;
            guarantee(broker.subscriptions === 0, countOf(broker, 0, "the signal aborted"));
          });
          let published = 0;
          const publishing = sim.spawn("publisher", async () => {
            for (const n of [1, 2, 3]) {
              published = n;
              const { delivered } = broker.publish("n", n);
              guarantee(delivered === (endedAt === undefined ? 1 : 0), {
                happened: `message ${n} was delivered to ${delivered}; the signal had ${endedAt === undefined ? "not " : ""}aborted`,
                expected: endedAt === undefined ? "1" : "0",
                why: "Who has gone gets nothing: it would be kept for nobody.",
              });
              await sim.io("goes on");
            }
          });
          const reading = sim.spawn("subscriber", () =>
            loop(subscription, async ({ payload }) => {
              guarantee(endedAt === undefined, {
                happened: `the signal had aborted, and the loop was given ${payload} afterwards`,
                expected: "what was buffered is gone",
                why: "The client has left. Work for it is work for nobody.",
              });
              seen.push(payload);
              await sim.io("works on it");
            }),
          );
          reading.catch(() => {});
          await publishing;
          await sim.idle();
          if (endedAt === undefined) client.abort(reason);
          const outcome = await outcomeOf(reading);
          expectReason(outcome, client.signal.reason, "a loop whose signal has aborted");
          for (const next of [new Reader(subscription).next(), new Reader(subscription).next()]) {
            expectReason(await outcomeOf(next), client.signal.reason, "`next` afterwards");
          }
          const expected = [1, 2, 3].slice(0, seen.length);
          expectRead(seen, expected, {
            of: "until the abort",
            rule: "in order",
            why: "They were published in this order.",
          });
        },
        { maxSchedules: 60 },
      );
    }
    await simulate(async () => {
      const broker = lab.createBroker();
      const client = new AbortController();
      const subscription = broker.subscribe("n", { signal: client.signal });
      const [one, two] = [new Reader(subscription), new Reader(subscription)];
      const waiting = [one.next(), two.next()];
      const buffering = new Reader(broker.subscribe("m", { signal: client.signal }));
      broker.publish("m", 1);
      broker.publish("m", 2);
      client.abort(REASON);
      for (const next of waiting) expectReason(await outcomeOf(next), REASON, "`next` that waited");
      expectReason(
        await outcomeOf(buffering.next()),
        REASON,
        "`next` of one with two messages in its buffer",
      );
    });
  });

  it("3.5 it has ended in the instant of the abort, also for those whose listener is called earlier", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const client = new AbortController();
      const { signal } = client;
      const during: Promise<unknown>[] = [];
      const receipts: string[] = [];
      signal.addEventListener("abort", () => {
        const { delivered, dropped } = broker.publish("n", "late");
        receipts.push(`${delivered} ${dropped}`);
        during.push(new Reader(buffering).next());
        disposed[Symbol.dispose]();
        left.leave();
      });
      const stays = new Reader(broker.subscribe("n"));
      const waits = new Reader(broker.subscribe("n", { signal }));
      const full = broker.subscribe("n", { signal, bufferLimit: 1, whenFull: "disconnect" });
      const buffering = broker.subscribe("n", { signal });
      broker.publish("n", "early");
      const disposed = broker.subscribe("n", { signal });
      const left = new Reader(broker.subscribe("n", { signal }));
      await waits.take(1);
      const waiting = [waits.next(), new Reader(disposed).next(), left.next()];
      client.abort(REASON);
      expectRead(receipts, ["1 0"], {
        of: "within the abort a message was published to one that stays and five that have this signal; of delivered and dropped",
        rule: "it reaches only the one that stays",
        why: "A message for somebody who has gone counts as delivered, and nobody has it.",
      });
      for (const next of [...waiting, ...during, new Reader(full).next()]) {
        expectReason(
          await outcomeOf(next as Promise<unknown>),
          REASON,
          "`next` of one whose signal aborted, and who was read, disposed or left within the abort",
        );
      }
      await stays.drain();
      expectRead(stays.payloads, ["early", "late"], {
        of: "two messages; by the one that stays",
        rule: "both",
        why: "That others go must not make the broker skip anybody.",
      });
      expectCount(broker, 1, "the signal of all others has aborted");
    }));

  it("3.6 with a signal that has aborted `subscribe` throws the identical reason, and nothing is subscribed", () => {
    for (const reason of REASONS) {
      const broker = lab.createBroker();
      const service = new LongLived();
      service.abort(reason);
      const thrown = thrownBy(() => broker.subscribe("n", { id: "Ann", signal: service.signal }));
      guarantee(thrown !== undefined && thrown.error === service.signal.reason, {
        happened: `the signal had aborted with ${show(service.signal.reason)}; \`subscribe\` ${thrown === undefined ? "went on" : `threw ${show(thrown.error)}`}`,
        expected: "it throws the identical reason",
        why: "Whoever asks has gone, so there is nobody to subscribe.",
      });
      expectCount(broker, 0, "`subscribe` threw");
      expectReceipt(broker, "0 0");
      service.expectBare("`subscribe` that threw");
      broker.subscribe("n", { id: "Ann" });
    }
  });

  it("3.7 `disconnect`: the first message without room ends the subscription within `publish`, and nobody else is skipped", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const readers = [new Reader(broker.subscribe("n"))];
      const subscription = broker.subscribe("n", { bufferLimit: 2, whenFull: "disconnect" });
      const reader = new Reader(subscription);
      readers.push(new Reader(broker.subscribe("n")));
      const receipts: string[] = [];
      const publish = (n: number) => {
        const { delivered, dropped } = broker.publish("n", n);
        receipts.push(`${delivered} ${dropped}`);
      };
      publish(1);
      await reader.take(1);
      publish(2);
      publish(3);
      expectCount(broker, 3, "its buffer of 2 is full");
      publish(4);
      expectCount(broker, 2, "4 found a full buffer");
      publish(5);
      expectRead(receipts, ["3 0", "3 0", "3 0", "2 1", "2 0"], {
        of: "1 to 5, of which 4 found no room at one of three; delivered and dropped",
        rule: "4 is dropped there and ends it; 5 is no concern of it",
        why: "The publisher cannot see the buffers. These two numbers are what it can put on a dashboard.",
      });
      guarantee(subscription.missed === 1, {
        happened: `\`missed\` of the subscription is ${subscription.missed} after the end`,
        expected: "1: the message with which it ended",
        why: "The figures are looked at when something has gone wrong: afterwards.",
      });
      for (const reader of readers) {
        await reader.drain();
        expectRead(reader.payloads, [1, 2, 3, 4, 5], {
          of: "1 to 5, of which one subscriber did not take 4; by one that was subscribed before it, or after",
          rule: "all",
          why: "That somebody else leaves must not make the broker skip anybody.",
        });
      }
    }));

  it("3.8 what one that is disconnected has buffered can be read, then `next` rejects with a SlowSubscriberError", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const subscription = broker.subscribe("n", { id: "tablet", bufferLimit: 2, whenFull: "disconnect" });
      const reader = new Reader(subscription);
      broker.publish("n", 1);
      await reader.take(1);
      for (const n of [2, 3, 4, 5]) broker.publish("n", n);
      const end = await reader.drain();
      expectRead(reader.payloads, [1, 2, 3], {
        of: "1 was read, 2 and 3 buffered, 4 found no room, then came 5",
        rule: "what was buffered stays readable",
        why: "Each message that was accepted can be worked on: the subscriber has a position to come back to.",
      });
      expectSlow(end);
      const { id, bufferLimit, sequence } = (end as { error: Record<string, unknown> }).error;
      expectRead([{ id, bufferLimit, sequence }], [{ id: "tablet", bufferLimit: 2, sequence: 4 }], {
        of: "4 found no room; of the SlowSubscriberError",
        rule: "who, how much waited, and the number of the first that is missing",
        why: "With these a log entry says who, and the subscriber knows from where to resume.",
      });
      const again = await outcomeOf(subscription[Symbol.asyncIterator]().next());
      guarantee(again !== undefined && "error" in again && failedWith(end, again.error), {
        happened: `a loop began over the subscription that was disconnected; its \`next\` ${describeOutcome(again)}`,
        expected: "it rejects with the same error",
        why: "A loop that just ends looks as if all had been read.",
      });
    }));

  it("3.9 what ended it first stays", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const slow = (signal?: AbortSignal) => {
        const subscription = broker.subscribe("n", { signal, bufferLimit: 2, whenFull: "disconnect" });
        for (const n of [1, 2, 3]) broker.publish("n", n);
        return subscription;
      };
      const client = new AbortController();
      const disposed = broker.subscribe("n", { signal: client.signal });
      disposed[Symbol.dispose]();
      const disconnected = slow(client.signal);
      client.abort(REASON);
      await expectDone(new Reader(disposed).next(), "it was disposed, and then its signal aborted");
      const reader = new Reader(disconnected);
      const end = await reader.drain();
      expectRead(reader.payloads, [1, 2], {
        of: "1 and 2 were buffered, 3 ended the subscription, then its signal aborted",
        rule: "what is buffered can still be read",
        why: "It has left the broker. Nothing that happens to its signal is about it any more.",
      });
      expectSlow(end);

      const aborter = new AbortController();
      const aborted = broker.subscribe("n", { signal: aborter.signal });
      aborter.abort(REASON);
      aborted[Symbol.dispose]();
      await new Reader(aborted).leave();
      expectReason(
        await outcomeOf(new Reader(aborted).next()),
        REASON,
        "`next` of one that was disposed after the abort",
      );

      const thrownAway = slow();
      await new Reader(thrownAway).leave();
      const rest = new Reader(thrownAway);
      expectSlow(await rest.drain());
      expectRead(rest.payloads, [], {
        of: "a loop over a disconnected subscription was left; by the next loop",
        rule: "what was buffered went with it",
        why: "Who leaves wants no more.",
      });
    }));

  it("3.10 a message that a `next` was given stays with it, whatever ends the subscription", () =>
    simulate(async () => {
      for (const wasBuffered of [false, true]) {
        for (const [how, end] of Object.entries(ENDS_AT_ONCE)) {
          const broker = lab.createBroker();
          const client = new AbortController();
          const subscription = broker.subscribe("n", { signal: client.signal });
          const [own, other] = [new Reader(subscription), new Reader(subscription)];
          if (wasBuffered) broker.publish("n", 1);
          const next = own.next();
          if (!wasBuffered) broker.publish("n", 1);
          end({ subscription, own, other, client }); // In the same turn: nobody has looked at the promise yet.
          const outcome = await outcomeOf(next);
          const given = outcome !== undefined && "value" in outcome ? outcome.value.value : undefined;
          guarantee((given as Message | undefined)?.payload === 1, {
            happened: `${wasBuffered ? "a message was buffered, and `next` called" : "`next` waited, and a message was published"}; then, in the same turn, ${how}; that \`next\` ${describeOutcome(outcome)}`,
            expected: "the message: it was given before",
            why: "It is counted as delivered, and nobody else has it.",
          });
        }
      }
    }));

  it("3.11 an ended subscription leaves nothing: no entry, no listener, nobody who waits, nothing in memory", async () => {
    const service = new LongLived();
    const broker = lab.createBroker();
    const held: WeakRef<object>[] = [];
    const kept: Subscription[] = [];
    await simulate(async () => {
      for (let n = 0; n < 100; n += 1) {
        const { slow, others, payloads } = await comeAndGo(broker, service.signal, `n.${n}`);
        held.push(...payloads);
        held.push(new WeakRef(slow)); // Its error holds, by its stack, what `publish` was working on.
        if (n < 50) kept.push(...others);
        else held.push(...others.map((each) => new WeakRef(each)));
      }
      expectCount(broker, 0, "500 subscriptions have ended");
      service.expectBare("500 subscriptions that have ended,");
    });
    await simulate(async () => {
      const reader = new Reader(broker.subscribe("n", { signal: service.signal }));
      for (let n = 1; n <= 100; n += 1) {
        const next = reader.next();
        broker.publish("n", n);
        await next;
      }
      const { listeners } = service;
      await reader.leave();
      service.expectBare("a subscription that read 100 messages");
      guarantee(listeners <= 2, {
        happened: `one subscription that had read 100 messages had ${listeners} listeners on its signal`,
        expected: "one: nothing grows with what has passed through",
        why: "A subscription lives for weeks. What each message leaves behind adds up.",
      });
    });
    await noLeaks(async () => {
      const client = new AbortController();
      const loops = ["a", "b.*", ">"].map((pattern) =>
        loop(broker.subscribe(pattern, { signal: client.signal })),
      );
      const reading = Promise.allSettled(loops);
      broker.publish("a", 1);
      client.abort(REASON);
      await reading;
    });
    const alive = await stillHeld(held);
    guarantee(alive <= MOST_LEFT_LYING, {
      happened: `of ${held.length} payloads, and subscriptions that had ended and were let go, ${alive} were still held in memory`,
      expected: `none (${MOST_LEFT_LYING}, at most, that the collector has left lying): not by the broker, not by the signal, not by the ${kept.length} ended subscriptions that somebody keeps`,
      why: "An entry that is only marked as gone is walked past for every message, for ever, and takes its buffer along.",
    });

    const grown = await grownMb(COMINGS, (n) => broker.subscribe(`client.${n}.>`)[Symbol.dispose]());
    guarantee(grown < MOST_GROWN_MB, {
      happened: `after ${COMINGS} subscriptions, each to a pattern of its own and ended at once, the heap had grown by ${grown.toFixed(1)} MB`,
      expected: "it is flat: nothing is left of a pattern whose last subscriber has gone",
      why: "A hub that remembers each pattern that it ever saw dies after some million, and is slower from day to day.",
    });
  });

  it("3.12 an `id` belongs to one subscription at a time; without one each gets its own", () =>
    simulate(async () => {
      const model = lab.createBroker().subscribe("n").id;
      const broker = lab.createBroker();
      const named = broker.subscribe("a", { id: model }); // What the broker might want to call somebody itself.
      const unnamed = Array.from({ length: 20 }, () => broker.subscribe("n").id);
      guarantee(new Set([model, ...unnamed]).size === 21 && named.id === model, {
        happened: `one subscription asked for the id ${show(model)}, 20 for none; they have ${show([named.id, ...unnamed])}`,
        expected: "the one that was asked for, and 20 others",
        why: "Two that have one name cannot be told apart in any log.",
      });
      broker.subscribe("n", { id: undefined, signal: undefined })[Symbol.dispose]();
      thrownBy(() => broker.subscribe("a..b", { id: "again" }));
      thrownBy(() => broker.subscribe("a", { id: "again", bufferLimit: 0 }));
      const thrown = thrownBy(() => broker.subscribe("b", { id: model }));
      const error = thrown?.error as { name?: unknown; id?: unknown } | undefined;
      guarantee(error?.name === "IdTakenError" && error.id === model, {
        happened: `the id ${show(model)} was asked for twice, and \`subscribe\` ${thrown === undefined ? "went on" : `threw ${show(error)} with id ${show(error?.id)}`}`,
        expected: "an IdTakenError with that `id`",
        why: "Otherwise two clients that were configured alike take turns, and nobody knows why messages are missing.",
      });
      expectCount(broker, 21, "21 were subscribed, and one was refused");
      lab.createBroker().subscribe("b", { id: model });
      for (const end of ENDS) {
        end(broker, (options) => broker.subscribe("c", { id: "again", ...options }));
      }
      const former = broker.subscribe("c", { id: "again" });
      former[Symbol.dispose]();
      const latter = broker.subscribe("c", { id: "again" });
      former[Symbol.dispose]();
      void new Reader(former).leave();
      expectCount(
        broker,
        22,
        '"again" ended, was subscribed anew, and the former one was disposed once more',
      );
      latter[Symbol.dispose]();
      expectCount(broker, 21, `"again" was subscribed and ended ${ENDS.length + 2} times`);

      for (const leave of [
        (former: Subscription) => former[Symbol.dispose](),
        (former: Subscription) => void new Reader(former).leave(),
      ]) {
        const former = broker.subscribe("d", { id: "tablet", bufferLimit: 2, whenFull: "disconnect" });
        for (const n of [1, 2, 3]) broker.publish("d", n);
        const latter = broker.subscribe("d", { id: "tablet" });
        leave(former); // With two messages unread.
        expectCount(broker, 22, '"tablet" was disconnected and subscribed anew, and the former one was left');
        broker.publish("d", 4);
        const reader = new Reader(latter);
        await reader.drain();
        expectRead(reader.payloads, [4], {
          of: '"tablet" was disconnected and subscribed anew; then the former one was left with two messages unread, and 4 was published; by the new one',
          rule: "the new one has the id, and stays",
          why: "A client that comes back is deaf, and nobody hears of it.",
        });
        await reader.leave();
      }
    }));

  it("3.13 a handler may subscribe and end anybody, itself included: the others get each message once", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const readers = new Map<string, unknown[]>();
        const subscriptions = new Map<string, Subscription>();
        const loops: Promise<unknown>[] = [];
        const begin = (id: string, handle: (payload: unknown) => unknown) => {
          const read: unknown[] = [];
          readers.set(id, read);
          const subscription = broker.subscribe("n", { id });
          subscriptions.set(id, subscription);
          loops.push(
            loop(subscription, ({ payload }) => {
              read.push(payload);
              return handle(payload);
            }),
          );
        };
        const io = () => sim.io("works on it");
        begin("first", io);
        begin("itself", () => subscriptions.get("itself")?.[Symbol.dispose]());
        begin("meddler", (payload) => {
          if (payload === 1) begin("newcomer", io);
          if (payload === 2) subscriptions.get("victim")?.[Symbol.dispose]();
        });
        begin("victim", () => {});
        begin("last", io);
        await outcomeOf(Promise.all(loops)); // Now all wait.
        for (const n of [1, 2, 3]) {
          broker.publish("n", n);
          await sim.io("goes on");
        }
        await sim.idle();
        for (const subscription of subscriptions.values()) subscription[Symbol.dispose]();
        await sim.waitFor("the loops", Promise.all(loops));
        for (const [id, expected] of [
          ["first", [1, 2, 3]],
          ["itself", [1]],
          ["meddler", [1, 2, 3]],
          ["victim", [1, 2]],
          ["newcomer", [2, 3]],
          ["last", [1, 2, 3]],
        ] as const) {
          expectRead(readers.get(id) ?? [], expected, {
            of: `1 to 3 were published; "itself" ended at 1, the newcomer subscribed within 1, the victim was ended within 2, which it had in hand; by "${id}"`,
            rule: "those who were subscribed when `publish` was called, and only they",
            why: "If coming and going shifts a list that somebody is walking through, the one behind is skipped, or served twice.",
          });
        }
      },
      { maxSchedules: 100 },
    ));

  it("3.14 a handler may publish: everybody gets both messages in the order of publication", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const answers = broker.subscribe("question.>", { id: "answers" });
        const loops: Promise<unknown>[] = [];
        const read = ["early", "late"].map(() => [] as unknown[]);
        const listen = (i: number) => {
          const subscription = broker.subscribe(">");
          loops.push(loop(subscription, ({ payload }) => void read[i]?.push(payload)));
          return subscription;
        };
        const early = listen(0);
        loops.push(
          loop(answers, ({ topic, payload }) => {
            if (payload === "why?") broker.publish(`${topic}.once.more`, "why not?"); // It gets this itself.
            broker.publish("answer", `to ${payload}`);
          }),
        );
        const late = listen(1);
        await outcomeOf(Promise.all(loops)); // Now all wait.
        broker.publish("question.a", "why?");
        await sim.io("goes on");
        await sim.idle();
        for (const subscription of [early, answers, late]) subscription[Symbol.dispose]();
        await sim.waitFor("the loops", Promise.all(loops));
        for (const [i, who] of ["before", "after"].entries()) {
          expectRead(read[i] ?? [], ["why?", "why not?", "to why?", "to why not?"], {
            of: `a question was answered from within a handler; by one that subscribed ${who} it`,
            rule: "the question, and what followed from it",
            why: "Who gets the answer before the question cannot make sense of either.",
          });
        }
      },
      { maxSchedules: 50 },
    ));

  it("3.15 whatever ends whenever: each message is read, missed, or thrown away with its subscription, and nothing waits for ever", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const client = new AbortController();
        const whenFull = sim.choose("whenFull", ["drop-oldest", "drop-newest", "disconnect"] as const);
        const ending = broker.subscribe("n", { bufferLimit: 1, whenFull, signal: client.signal });
        const stays = broker.subscribe("n");
        sim.anytime("abort", () => client.abort(REASON));
        sim.anytime("dispose", () => ending[Symbol.dispose]());
        const read: number[] = [];
        const gaps: number[] = [];
        let delivered = 0;
        let dropped = 0;
        const reading = sim.spawn("subscriber", () =>
          loop(ending, async ({ payload, missed }) => {
            read.push(payload as number);
            gaps.push(missed);
            await sim.io("works on it");
          }),
        );
        const end = outcomeOfLate(reading);
        for (const n of [1, 2, 3, 4]) {
          const receipt = broker.publish("n", n);
          delivered += receipt.delivered - 1; // One of them stays.
          dropped += receipt.dropped;
          if (n % 2 === 0) await sim.io("goes on");
        }
        await sim.idle();
        ending[Symbol.dispose]();
        const outcome = await sim.waitFor("the loop", end);
        const error = "error" in outcome ? outcome.error : undefined;
        guarantee(
          error === undefined || error === REASON || (error as Error).name === "SlowSubscriberError",
          {
            happened: `the loop ${describeOutcome(outcome)}`,
            expected: "it ends, or rejects with the reason of the abort or a SlowSubscriberError",
            why: "Whoever reads must learn in which way it ended.",
          },
        );
        const last = read.at(-1) ?? 0;
        const told = gaps.reduce((sum, gap) => sum + gap, 0);
        guarantee(told === last - read.length && told <= ending.missed && read.length <= delivered, {
          happened: `with ${whenFull}, read were ${read.join(", ") || "none"} with ${told} told as missed; in all ${ending.missed} were missed and ${delivered} delivered`,
          expected: "what is read and what is told as missed are all up to the last that was read",
          why: "The difference is messages of which nobody knows where they are.",
        });
        guarantee(ending.missed === dropped, {
          happened: `with ${whenFull}, ${dropped} were dropped, and \`missed\` is ${ending.missed} after the end`,
          expected: "the same: what was thrown away at the end was not missed, nobody wanted it any more",
          why: "An alarm that rings whenever somebody leaves is soon turned off.",
        });
        const reader = new Reader(stays);
        await reader.drain();
        expectRead(reader.payloads, [1, 2, 3, 4], {
          of: "by one that stays",
          rule: "all",
          why: "It is none of its business.",
        });
        await reader.leave();
        expectCount(broker, 0, "both have ended");
      },
      { maxSchedules: 300, leaks: 5 },
    ));
});

/** Five subscribe, get messages, and end, each in another way. Nobody should hold on to the payloads any more. */
async function comeAndGo(broker: Broker, signal: AbortSignal, topic: string) {
  const disposed = broker.subscribe(topic, { signal });
  const full = broker.subscribe(topic, { signal, bufferLimit: 1, whenFull: "disconnect" });
  const client = new AbortController();
  const aborted = broker.subscribe(topic, { signal: client.signal });
  const [first, second] = [{ payload: topic }, { payload: topic }];
  broker.publish(topic, first);
  const waits = broker.subscribe("n.*", { signal });
  const leaves = broker.subscribe("n.>", { signal });
  const [waiting, left] = [new Reader(waits), new Reader(leaves)];
  const next = [waiting.next(), left.next()];
  broker.publish(topic, second);
  await Promise.all(next);
  const last = [waiting.next(), left.next()];
  for (const each of [disposed, waits]) each[Symbol.dispose]();
  await left.leave();
  await Promise.all(last);
  client.abort(REASON);
  await new Reader(full).leave();
  return {
    slow: full,
    others: [disposed, waits, leaves, aborted],
    payloads: [first, second].map((payload) => new WeakRef(payload)),
  };
}

/** What can end a subscription in the turn in which a `next` was given a message. */
const ENDS_AT_ONCE: Readonly<
  Record<
    string,
    (at: { subscription: Subscription; own: Reader; other: Reader; client: AbortController }) => void
  >
> = {
  "its own loop was left": ({ own }) => void own.leave(),
  "another loop was left": ({ other }) => void other.leave(),
  "it was disposed": ({ subscription }) => subscription[Symbol.dispose](),
  "its signal aborted": ({ client }) => client.abort(REASON),
};

/** Every way to end a subscription. */
const ENDS: readonly ((
  broker: Broker,
  subscribe: (options: {
    signal?: AbortSignal;
    bufferLimit?: number;
    whenFull?: "disconnect";
  }) => Subscription,
) => void)[] = [
  (_, subscribe) => subscribe({})[Symbol.dispose](),
  (_, subscribe) => void new Reader(subscribe({})).leave(),
  (_, subscribe) => {
    const client = new AbortController();
    subscribe({ signal: client.signal });
    client.abort(REASON);
  },
  (broker, subscribe) => {
    subscribe({ bufferLimit: 1, whenFull: "disconnect" });
    broker.publish("c", 1);
    broker.publish("c", 2);
  },
];

const outcomeOfLate = (
  promise: Promise<unknown>,
): Promise<{ readonly value: unknown } | { readonly error: unknown }> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

const countOf = (broker: Broker, expected: number, after: string) => ({
  happened: `${after}, and the broker has ${broker.subscriptions} subscriptions`,
  expected: `${expected}`,
  why: "What is left behind gets messages that nobody reads, until the memory is full.",
});

function expectCount(broker: Broker, expected: number, after: string): void {
  guarantee(broker.subscriptions === expected, countOf(broker, expected, after));
}

/** What is published now reaches so many. */
function expectReceipt(broker: Broker, expected: string): void {
  const { delivered, dropped } = broker.publish("n", "to whom?");
  expectRead([`${delivered} ${dropped}`], [expected], {
    of: "all subscriptions had ended, and one message was published; of delivered and dropped",
    rule: "it reaches nobody",
    why: "A message for somebody who has gone counts as delivered, and nobody has it.",
  });
}

async function expectDone(next: Promise<IteratorResult<unknown>>, because: string): Promise<void> {
  const outcome = await outcomeOf(next);
  guarantee(
    outcome !== undefined &&
      "value" in outcome &&
      outcome.value.done === true &&
      outcome.value.value === undefined,
    {
      happened: `${because}; a call ${describeOutcome(outcome)}`,
      expected: "it resolves to { done: true, value: undefined }",
      why: "A loop that is not told waits for ever, and its `finally` never runs.",
    },
  );
}

function expectReason(outcome: Awaited<ReturnType<typeof outcomeOf>>, reason: unknown, what: string): void {
  guarantee(failedWith(outcome, reason), {
    happened: `${what} ${describeOutcome(outcome)}`,
    expected: `it rejects with the identical reason: ${show(reason)}`,
    why: "By its reason the caller tells a client that left from a shutdown.",
  });
}

function expectSlow(outcome: Awaited<ReturnType<typeof outcomeOf>>): void {
  const isSlow =
    outcome !== undefined && "error" in outcome && (outcome.error as Error).name === "SlowSubscriberError";
  guarantee(isSlow, {
    happened: `a subscription that was disconnected ended otherwise, too; \`next\` ${describeOutcome(outcome)}`,
    expected: "it rejects with the SlowSubscriberError",
    why: "It has missed something. A quiet end would hide that.",
  });
}
