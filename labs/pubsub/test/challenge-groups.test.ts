import { challenge, guarantee } from "@pattern-labs/testkit";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Broker, Subscription } from "../contract.ts";
import { grownMb } from "./memory.ts";
import { outcomeOf } from "./outcome.ts";
import { expectRead, loop, payloadsOf, Reader } from "./reader.ts";
import { expectRefused } from "./refused.ts";
import { lab } from "./subject.ts";

const group = "workers";

challenge("groups", lab, () => {
  it("groups.1 of a group exactly one gets each message; every other group, and whoever is in none, gets it, too", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const members = Array.from({ length: 3 }, () => broker.subscribe("job.*", { group }));
      const alone = broker.subscribe("job.*");
      const other = broker.subscribe("job.*", { group: "audit" });
      const elsewhere = broker.subscribe("job.>", { group }); // Another pattern is another group.
      const jobs = [1, 2, 3, 4, 5, 6, 7];
      const receipts = jobs.map((job) => broker.publish("job.new", job));
      expectRead(
        receipts.map(({ delivered, dropped }) => `${delivered} ${dropped}`),
        jobs.map(() => "4 0"),
        {
          of: "seven messages for a group of three, two groups of one, and one in none; of delivered and dropped",
          rule: "a group counts once",
          why: "The receipt says how many have it.",
        },
      );
      const taken = (await Promise.all(members.map(payloadsOf))).flat() as number[];
      expectRead(
        taken.toSorted((a, b) => a - b),
        jobs,
        {
          of: "seven messages; by all three members of a group together",
          rule: "each by one of them",
          why: "A job that two have is done twice; one that none has is not done.",
        },
      );
      for (const one of [alone, other, elsewhere]) {
        expectRead(await payloadsOf(one), jobs, {
          of: "the same, by another group or in none",
          rule: "all",
          why: "It is no concern of theirs who shares what with whom.",
        });
      }
    }));

  it("groups.2 they take turns: of n members with room n messages in a row go to n", () =>
    simulate(async () => {
      const broker = lab.createBroker();
      const members = Array.from({ length: 3 }, () => broker.subscribe("job", { group }));
      for (let n = 1; n <= 9; n += 1) broker.publish("job", n);
      const counts = await Promise.all(members.map(async (member) => (await payloadsOf(member)).length));
      expectRead(counts, [3, 3, 3], {
        of: "nine messages for three members that have room; of how many each has",
        rule: "three each",
        why: "A group of three in which one does everything is a group of one.",
      });
    }));

  it("groups.3 who is full is passed over while another has room, or waits: nothing is lost, and nobody disconnected", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const whenFull = sim.choose("whenFull", ["drop-oldest", "drop-newest", "disconnect"] as const);
        const asleep = [1, 2].map(() => broker.subscribe("job", { group, bufferLimit: 1, whenFull }));
        const done: unknown[] = [];
        const awake = broker.subscribe("job", { group, bufferLimit: 2, whenFull });
        const working = sim.spawn("awake", () =>
          loop(awake, async ({ payload }) => {
            done.push(payload);
            await sim.io("works on it");
          }),
        );
        for (let n = 1; n <= 6; n += 1) {
          const { delivered, dropped } = broker.publish("job", n);
          guarantee(delivered === 1 && dropped === 0, {
            happened: `message ${n} of 6 for two that sleep, with a place each, and one that is awake (${whenFull}): delivered ${delivered}, dropped ${dropped}`,
            expected: "delivered 1, dropped 0: one has room",
            why: "The sleeper hurts nobody but itself, in a group too.",
          });
          if (n % 2 === 0) await sim.idle();
        }
        await sim.idle();
        for (const sleeper of asleep) done.push(...(await payloadsOf(sleeper)));
        expectRead(done.toSorted(), [1, 2, 3, 4, 5, 6], {
          of: "six messages; by all three together",
          rule: "each once",
          why: "What is lost while somebody stands there with empty hands is lost for nothing.",
        });
        guarantee(broker.subscriptions === 3, {
          happened: `nothing was lost, and ${broker.subscriptions} of 3 subscriptions are left`,
          expected: "3",
          why: "Who was passed over has missed nothing.",
        });
        awake[Symbol.dispose]();
        await working;
      },
      { maxSchedules: 100 },
    ));

  it("groups.4 if all are full one message is lost, once, by the policy of one of them", () =>
    simulate(async () => {
      for (const whenFull of ["drop-oldest", "drop-newest", "disconnect"] as const) {
        const broker = lab.createBroker();
        const members = [1, 2].map(() => broker.subscribe("job", { group, bufferLimit: 1, whenFull }));
        const readers = members.map((member) => new Reader(member));
        for (const n of [1, 2]) broker.publish("job", n);
        const { dropped } = broker.publish("job", 3);
        const missed = members.reduce((sum, member) => sum + member.missed, 0);
        for (const reader of readers) await reader.drain();
        const left = readers.flatMap(({ payloads }) => payloads).length;
        guarantee(dropped === 1 && missed === 1 && left === 2, {
          happened: `three messages for two members with a place each (${whenFull}): dropped ${dropped}, missed ${missed}, and ${left} are there`,
          expected: "dropped 1, missed 1, and two are there",
          why: "One message was too much, and one is lost.",
        });
        const expected = whenFull === "disconnect" ? 1 : 2;
        guarantee(broker.subscriptions === expected, {
          happened: `with ${whenFull}, ${broker.subscriptions} of 2 are left`,
          expected: `${expected}`,
          why: "A message that is lost once sends away one, not all.",
        });
        for (const member of members) member[Symbol.dispose]();
        const { delivered } = broker.publish("job", 4);
        guarantee(delivered === 0, {
          happened: `with ${whenFull}, all had gone, one message was published, and delivered to ${delivered}`,
          expected: "0: who was sent away takes no turns any more",
          why: "It counts as delivered, and nobody has it.",
        });
      }
    }));

  it("groups.5 members come and go at any moment: each message has one, as long as there is one", () =>
    explore(
      async (sim) => {
        const broker = lab.createBroker();
        const client = new AbortController();
        const had = new Map<unknown, number>();
        const loops: Promise<unknown>[] = [];
        const join = (signal?: AbortSignal): Subscription => {
          const member = broker.subscribe("job", { group, signal });
          loops.push(
            outcomeOfLoop(loop(member, ({ payload }) => void had.set(payload, (had.get(payload) ?? 0) + 1))),
          );
          return member;
        };
        // Whoever is gone in the instant of the abort gets nothing.
        client.signal.addEventListener("abort", () => publish("in the abort"));
        let published = 0;
        const publish = (job: unknown) => {
          const { delivered, dropped } = broker.publish("job", job);
          published += 1;
          guarantee(delivered === 1 && dropped === 0, {
            happened: `"${job}" was published, with at least one in the group: delivered ${delivered}, dropped ${dropped}`,
            expected: "delivered 1, dropped 0",
            why: "A job that is given to somebody who has gone is done by nobody.",
          });
        };
        const stays = join();
        const leaves = join();
        join(client.signal);
        sim.anytime("abort", () => client.abort("left"));
        sim.anytime("leave", () => leaves[Symbol.dispose]());
        sim.anytime("come", () => void join());
        for (const job of [1, 2, 3]) {
          publish(job);
          await sim.io("goes on");
        }
        await sim.idle();
        guarantee([...had.values()].every((times) => times === 1) && had.size === published, {
          happened: `${published} were published to those who were waiting, ${had.size} were had, at most ${Math.max(...had.values())} times`,
          expected: "each once",
          why: "A job that two have is done twice; one that none has is not done.",
        });
        client.abort("the end");
        for (const member of [stays, leaves]) member[Symbol.dispose]();
      },
      { maxSchedules: 200 },
    ));

  it("groups.6 nothing is left of a group whose last member has gone", async () => {
    const broker = lab.createBroker();
    const grown = await grownMb(20_000, (n) =>
      broker.subscribe("job.*", { group: `group of request ${n}` })[Symbol.dispose](),
    );
    const { delivered } = broker.publish("job.new", 1);
    guarantee(grown < 3 && delivered === 0, {
      happened: `20,000 groups of one came and went; the heap grew by ${grown.toFixed(1)} MB, and a message was delivered to ${delivered}`,
      expected: "nothing is left",
      why: "A group without members takes messages, and nobody has them.",
    });
  });

  it("groups.7 a `group` that is no text is a TypeError", () => {
    const broker = lab.createBroker();
    for (const bad of ["", 7, null]) {
      expectRefused(() => subscribe(broker, { group: bad }), {
        what: `group: ${String(bad)}`,
        kind: "TypeError",
        mentions: [String(bad)],
        why: "All who forgot their name would share their work.",
      });
    }
  });
});

const subscribe = (broker: Broker, options: object): Reader => new Reader(broker.subscribe("job", options));

const outcomeOfLoop = (running: Promise<unknown>): Promise<unknown> => outcomeOf(running.catch(() => {}));
