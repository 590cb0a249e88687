import type { Run, Strategy, Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";

const FLOOR = "qlobber";

/** Publishes to a topic, and gives how many got it. */
type Count = (topic: string) => number;
type Wire = (patterns: readonly string[]) => Promise<Count> | Count;

/**
 * Of all patterns four match each topic, and there are a hundred topics. The answer puts the message into four buffers
 * that are full; the others find, or call, the four.
 */
export function patterns(number: number, operations: number): Workload {
  const groups = number / 4;
  const all = () =>
    Array.from({ length: groups }, (_, group) => group).flatMap((group) => [
      `orders.r${group}.>`,
      `orders.r${group}.*.created`,
      `orders.r${group}.*.*`,
      `*.r${group}.*.created`,
    ]);
  const strategy = (name: string, wire: Wire, more: Partial<Strategy> = {}): Strategy => ({
    name,
    ours: false,
    ...more,
    async prepare(): Promise<Run> {
      const count = await wire(all());
      const topics = Array.from({ length: 100 }, (_, topic) => `orders.r${topic % groups}.c${topic}.created`);
      return () => {
        let found = 0;
        for (let n = 0; n < operations; n += 1) found += count(topics[n % topics.length] as string);
        return found;
      };
    },
  });
  return {
    title: `match ${number.toLocaleString("en")} patterns, of which 4 match`,
    operations,
    floor: FLOOR,
    strategies: [
      strategy("answer", throughBroker, { answer: true, ours: true }),
      strategy("TopicTree", throughTopicTree, { ours: true }),
      strategy(FLOOR, throughQlobber),
      strategy("eventemitter2", throughEventemitter2),
      strategy("linear scan", scan, { ours: true }),
    ],
    targets: [
      { strategy: "answer", against: "linear scan", atMost: 1, note: SCAN },
      { strategy: "answer", against: FLOOR, atMost: 1 / 6, note: BUFFERS },
    ],
    check: (found) => (found === 4 * operations ? undefined : `${found} were found, not ${4 * operations}`),
  };
}

const SCAN =
  "The bare scan has split the topic once for all patterns, and does nothing with what it has found. With few patterns that counts; with many, who looks at them one by one cannot do better than this.";
const BUFFERS =
  "What is left once the four are found: a message with its number and time, put into four full buffers, and four drops counted. TopicTree is the finding alone.";

const throughBroker: Wire = async (all) => {
  const { createBroker }: Lab = await import("#lab");
  const broker = createBroker();
  for (const pattern of all) broker.subscribe(pattern, { bufferLimit: 1 });
  return (topic) => broker.publish(topic, 1).delivered;
};

const throughTopicTree: Wire = async (all) => {
  const { TopicTree } = await import("@pattern-labs/primitives/topic-tree");
  const tree = new TopicTree<number>();
  for (const [index, pattern] of all.entries()) tree.add(pattern, index);
  return (topic) => tree.match(topic).length;
};

const throughQlobber: Wire = async (all) => {
  const { Qlobber } = await import("qlobber");
  const globber = new Qlobber<number>({ separator: ".", wildcard_one: "*", wildcard_some: ">" });
  for (const [index, pattern] of all.entries()) globber.add(pattern, index);
  return (topic) => globber.match(topic).length;
};

const throughEventemitter2: Wire = async (all) => {
  const { default: emitter2 } = await import("eventemitter2");
  const emitter = new emitter2.EventEmitter2({ wildcard: true, delimiter: "." });
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  // Its name for one or more at the end is "**" (none as well, which the topics here never are).
  for (const pattern of all) emitter.on(pattern.replace(">", "**"), count);
  return (topic) => {
    calls = 0;
    emitter.emit(topic);
    return calls;
  };
};

const scan: Wire = (all) => {
  const rules = all.map((pattern) => {
    const tokens = pattern.split(".");
    const isOpen = tokens.at(-1) === ">";
    return { tokens: isOpen ? tokens.slice(0, -1) : tokens, isOpen };
  });
  return (topic) => {
    const given = topic.split(".");
    let found = 0;
    for (const { tokens, isOpen } of rules) {
      if (isOpen ? given.length <= tokens.length : given.length !== tokens.length) continue;
      if (tokens.every((token, at) => token === "*" || token === given[at])) found += 1;
    }
    return found;
  };
};
