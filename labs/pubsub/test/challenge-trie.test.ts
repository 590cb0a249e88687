import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { Broker } from "../contract.ts";
import { workOf } from "./counted-work.ts"; // Before the subject: it counts what is loaded after it.
import { grownMb } from "./memory.ts";
import { fits, sequences } from "./patterns.ts";
import { expectRead, Reader } from "./reader.ts";
import { lab } from "./subject.ts";

const FEW = 50;
const MANY = 3_000;
/** A logarithm grows by two from few to many; a list by sixty. */
const MOST_GROWN = 3;
const MOST_GROWN_MB = 3;

challenge("trie", lab, () => {
  it("trie.1 it finds what comparing each would find, whoever has come and gone", async () => {
    const patterns = sequences(["a", "b", "*", ">"], 3).filter(
      (tokens) => !tokens.slice(0, -1).includes(">"),
    );
    const topics = sequences(["a", "b", "c"], 4);
    const broker = lab.createBroker();
    const readers = new Map<readonly string[], Reader>();
    const come = (tokens: readonly string[]) =>
      readers.set(tokens, new Reader(broker.subscribe(tokens.join("."))));
    for (const tokens of patterns) come(tokens);
    await expectFound(broker, readers, topics, "all have come");
    for (const step of [2, 3]) {
      for (const [i, tokens] of patterns.entries()) {
        if (i % step !== 0) continue;
        await readers.get(tokens)?.leave();
        readers.delete(tokens);
      }
      await expectFound(broker, readers, topics, `one in ${step} has gone`);
    }
    for (const tokens of patterns.slice(0, 20)) if (!readers.has(tokens)) come(tokens);
    await expectFound(broker, readers, topics, "some have come back");
  });

  it("trie.2 a message costs the same, however many patterns do not match", () => {
    const [few, many] = [FEW, MANY].map((n) => {
      const broker = crowded(n);
      for (const pattern of ["a.b.c", "a.*.c", "a.>", "*.*.*"]) broker.subscribe(pattern);
      return workOf(() => void broker.publish("a.b.c", 1));
    });
    expectFlat(few, many, "one message, for which 4 patterns match,");
  });

  it("trie.3 subscribing and leaving cost the same, however many others there are", () => {
    const [few, many] = [FEW, MANY].map((n) => {
      const broker = crowded(n);
      for (let i = 0; i < n; i += 1) broker.subscribe("a.b.c");
      return workOf(() => {
        for (const pattern of ["a.b.c", "a.b.new", "new.*", "*.new.>"])
          broker.subscribe(pattern)[Symbol.dispose]();
      });
    });
    expectFlat(few, many, "four subscriptions, ended at once,");
  });

  it("trie.4 nothing is left of a branch when its last subscriber has gone", async () => {
    const broker = lab.createBroker();
    for (const pattern of ["client.*.orders", "client.>"]) broker.subscribe(pattern);
    const grown = await grownMb(20_000, (n) =>
      broker.subscribe(`client.${n}.orders.*.created`)[Symbol.dispose](),
    );
    guarantee(grown < MOST_GROWN_MB, {
      happened: `after 20,000 subscriptions, each to a branch of its own and ended at once, the heap had grown by ${grown.toFixed(1)} MB`,
      expected: "it is flat: the branch goes with its last subscriber, down to where others hang",
      why: "Branches without leaves are found by nobody, and fill the memory all the same.",
    });
  });
});

/** So many patterns of each shape, none of which matches `a.b.c`. */
function crowded(n: number): Broker {
  const broker = lab.createBroker();
  for (let i = 0; i < n; i += 1) {
    for (const pattern of [
      `x${i}.b.c`,
      `a.x${i}.c`,
      `a.b.x${i}`,
      `a.b.c.x${i}`,
      `*.x${i}.>`,
      `a.*.x${i}`,
      `x${i}.>`,
    ])
      broker.subscribe(pattern);
  }
  return broker;
}

function expectFlat(few = 0, many = 0, what: string): void {
  guarantee(many <= MOST_GROWN * few, {
    happened: `${what} ran ${few} blocks of code among ${7 * FEW} patterns that do not match, and ${many} among ${7 * MANY}`,
    expected: `about the same: at most ${MOST_GROWN} times as many`,
    why: "Who subscribes to something else makes every message dearer for all.",
  });
}

/** Each topic is published once, and each subscription must have what the rules say. */
async function expectFound(
  broker: Broker,
  readers: ReadonlyMap<readonly string[], Reader>,
  topics: readonly (readonly string[])[],
  when: string,
): Promise<void> {
  for (const topic of topics) broker.publish(topic.join("."), 0);
  for (const [pattern, reader] of readers) {
    const before = reader.read.length;
    await reader.drain();
    const expected = topics.filter((topic) => fits(pattern, topic)).map((topic) => topic.join("."));
    expectRead(
      reader.read.slice(before).map(({ topic }) => topic),
      expected,
      {
        of: `${when}, and ${topics.length} topics were published; by \`${pattern.join(".")}\``,
        rule: "each that matches, once",
        why: "A search that is quick and finds something else is no search.",
      },
    );
  }
}
