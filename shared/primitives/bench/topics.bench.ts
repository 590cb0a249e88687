import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";

type Listener = (value: number) => void;

interface Sum {
  value: number;
}

/** Everybody calls each subscriber to one topic of a hundred; the listeners add up what they get. */
function publishExact(subscribers: number): Workload {
  const operations = Math.ceil(2_000_000 / subscribers);
  const strategy = (
    name: string,
    ours: boolean,
    wire: (topics: readonly string[], listeners: readonly Listener[]) => Promise<(topic: string) => void>,
  ): Strategy => ({
    name,
    ours,
    async prepare() {
      const topics = Array.from({ length: 100 }, (_, index) => `orders.region${index}.created`);
      const sum: Sum = { value: 0 };
      const listeners = Array.from({ length: subscribers }, () => (value: number) => {
        sum.value += value;
      });
      const publish = await wire(topics, listeners);
      return () => {
        sum.value = 0;
        for (let index = 0; index < operations; index += 1) publish(topics[index % 100] as string);
        return sum.value;
      };
    },
  });
  return {
    title: `publish to an exact topic with ${subscribers.toLocaleString("en")} subscribers`,
    operations,
    floor: "Map.get and a loop",
    strategies: [
      strategy("Map.get and a loop", true, async (topics, listeners) => {
        const map = new Map(topics.map((topic) => [topic, listeners]));
        return (topic) => {
          for (const listener of map.get(topic) ?? []) listener(1);
        };
      }),
      strategy("TopicTree", true, async (topics, listeners) => {
        const { TopicTree } = await import("@pattern-labs/primitives/topic-tree");
        const tree = new TopicTree<Listener>();
        for (const topic of topics) for (const listener of listeners) tree.add(topic, listener);
        return (topic) => {
          for (const listener of tree.match(topic)) listener(1);
        };
      }),
      strategy("nanoevents", false, async (topics, listeners) => {
        const { createNanoEvents } = await import("nanoevents");
        const emitter = createNanoEvents<Record<string, Listener>>();
        for (const topic of topics) for (const listener of listeners) emitter.on(topic, listener);
        return (topic) => emitter.emit(topic, 1);
      }),
      strategy("node:events", false, async (topics, listeners) => {
        const { EventEmitter } = await import("node:events");
        const emitter = new EventEmitter().setMaxListeners(0);
        for (const topic of topics) for (const listener of listeners) emitter.on(topic, listener);
        return (topic) => emitter.emit(topic, 1);
      }),
      strategy("eventemitter3", false, async (topics, listeners) => {
        const { EventEmitter } = await import("eventemitter3");
        const emitter = new EventEmitter();
        for (const topic of topics) for (const listener of listeners) emitter.on(topic, listener);
        return (topic) => emitter.emit(topic, 1);
      }),
    ],
    targets: [
      { strategy: "TopicTree", against: "Map.get and a loop", atMost: 1.3 },
      ...(subscribers > 1 ? [{ strategy: "TopicTree", against: "node:events", atMost: 1 / 1.6 }] : []),
    ],
    check: (sum) => (sum === operations * subscribers ? undefined : `${sum} deliveries`),
  };
}

type Topics = "hot" | "cold" | "in turn";

/**
 * Of all patterns four match each topic. Hot: a hundred topics; in turn: 3,333 in a circle; cold: a hundred thousand, which
 * no memory of a thousand holds. Topics are built beforehand, so that only matching is measured.
 */
function matchWildcards(patterns: number, kind: Topics): Workload {
  const operations = kind === "hot" ? 400_000 : 100_000;
  const groups = patterns / 4;
  const match = (
    name: string,
    ours: boolean,
    wire: (all: string[]) => Promise<(topic: string) => number>,
  ) => ({
    name,
    ours,
    async prepare() {
      const all = Array.from({ length: groups }, (_, group) => group).flatMap((group) => [
        `orders.r${group}.>`,
        `orders.r${group}.*.created`,
        `orders.r${group}.*.*`,
        `*.r${group}.*.created`,
      ]);
      const count = await wire(all);
      const topics = Array.from(
        { length: { hot: 100, cold: 100_000, "in turn": 3_333 }[kind] },
        (_, topic) => `orders.r${topic % groups}.c${topic}.created`,
      );
      return () => {
        let found = 0;
        for (let index = 0; index < operations; index += 1) {
          found += count(topics[index % topics.length] as string);
        }
        return found;
      };
    },
  });
  const title = {
    hot: "a hundred topics",
    cold: "a hundred thousand topics",
    "in turn": "3,333 topics in turn",
  }[kind];
  const matters = kind === "hot" ? 1 / 6 : 1 / 0.9;
  return {
    title: `match ${patterns.toLocaleString("en")} wildcard patterns, 4 of them match, ${title}`,
    operations,
    floor: "qlobber",
    strategies: [
      match("qlobber", false, async (all) => {
        const { Qlobber } = await import("qlobber");
        const globber = new Qlobber<number>({ separator: ".", wildcard_one: "*", wildcard_some: ">" });
        for (const [index, pattern] of all.entries()) globber.add(pattern, index);
        return (topic) => globber.match(topic).length;
      }),
      match("TopicTree", true, async (all) => {
        const { TopicTree } = await import("@pattern-labs/primitives/topic-tree");
        const tree = new TopicTree<number>();
        for (const [index, pattern] of all.entries()) tree.add(pattern, index);
        return (topic) => tree.match(topic).length;
      }),
      ...(kind === "hot"
        ? []
        : [
            match("TopicTree, no memory", true, async (all) => {
              const { RecentMatches } = await import("@pattern-labs/primitives/recent-matches");
              RecentMatches.prototype.get = () => undefined;
              RecentMatches.prototype.offer = () => {};
              const { TopicTree } = await import("@pattern-labs/primitives/topic-tree");
              const tree = new TopicTree<number>();
              for (const [index, pattern] of all.entries()) tree.add(pattern, index);
              return (topic) => tree.match(topic).length;
            }),
          ]),
      ...(patterns <= 1_000
        ? [
            match("linear scan", true, async (all) => {
              const rules = all.map((pattern) => {
                const tokens = pattern.split(".");
                return tokens.at(-1) === ">"
                  ? { tokens: tokens.slice(0, -1), rest: true }
                  : { tokens, rest: false };
              });
              return (topic) => {
                const tokens = topic.split(".");
                let found = 0;
                for (const rule of rules) {
                  const { length } = rule.tokens;
                  if (rule.rest ? tokens.length <= length : tokens.length !== length) continue;
                  if (rule.tokens.every((token, at) => token === "*" || token === tokens[at])) found += 1;
                }
                return found;
              };
            }),
          ]
        : []),
      ...(kind !== "in turn"
        ? [
            match("eventemitter2", false, async (all) => {
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
            }),
          ]
        : []),
    ],
    targets: [
      { strategy: "TopicTree", against: "qlobber", atMost: matters },
      ...(kind === "in turn"
        ? [{ strategy: "TopicTree", against: "TopicTree, no memory", atMost: 1.05 }]
        : []),
    ],
    check: (found) => (found === 4 * operations ? undefined : `${found} matches, not ${4 * operations}`),
  };
}

export default defineBench({
  title: "TopicTree",
  workloads: [
    publishExact(1),
    publishExact(1_000),
    matchWildcards(1_000, "cold"),
    matchWildcards(10_000, "hot"),
    matchWildcards(10_000, "cold"),
    matchWildcards(10_000, "in turn"),
    matchWildcards(1_000_000, "cold"),
  ],
});
