import { guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import { fits, sequences } from "./patterns.ts";
import { expectRefused, NO_PATTERNS, NO_TEXTS, NO_TOPICS, written } from "./refused.ts";
import { lab } from "./subject.ts";

describe("Step 1: match", () => {
  it("1.1 a pattern without wildcards matches its own topic, token by token and letter by letter", () => {
    const topics = [
      ...[
        "orders",
        "orders.created",
        "orders.created.eu",
        "orders.create",
        "Orders.created",
        "created.orders",
      ],
      ...[
        "order.screated",
        "orders-created",
        "a+b.(c|d)",
        "aab.c",
        "a+b.c",
        "[x]",
        "x",
        "$end",
        "^a",
        "a",
        "\\d",
        "7",
      ],
      ...["naïve.日本", "constructor", "__proto__.toString", "orders/created", "#", "?"],
    ];
    for (const pattern of topics) {
      for (const topic of topics) {
        expectMatch(
          pattern,
          topic,
          pattern === topic,
          "Who asked for one topic gets another's messages, or none.",
        );
      }
    }
  });

  it("1.2 `*` stands for exactly one token, wherever it is", () => {
    const why = "A subscriber of `orders.*` expects orders, not all that anybody hangs below them one day.";
    const cases: [pattern: string, matching: string[], others: string[]][] = [
      [
        "orders.*",
        ["orders.created", "orders.x", "orders.orders"],
        ["orders", "orders.eu.created", "order.created"],
      ],
      [
        "*.created",
        ["orders.created", "users.created"],
        ["created", "eu.orders.created", "orders.created.eu"],
      ],
      ["*", ["orders", "a"], ["orders.created", "a.b.c"]],
      ["a.*.c", ["a.b.c", "a.c.c"], ["a.c", "a.b.b.c", "a.b.c.c", "a.b.d"]],
      ["*.*", ["a.b"], ["a", "a.b.c"]],
      ["*.b.*", ["a.b.c", "b.b.b"], ["a.b", "b.c", "a.c.b", "a.a.b.c"]],
    ];
    for (const [pattern, matching, others] of cases) {
      for (const topic of matching) expectMatch(pattern, topic, true, why);
      for (const topic of others) expectMatch(pattern, topic, false, why);
    }
  });

  it("1.3 `>` stands for one or more tokens at the end; alone, for every topic", () => {
    const why = "Who follows everything below `orders` must miss nothing of it, and get nothing else.";
    const cases: [pattern: string, matching: string[], others: string[]][] = [
      [
        "orders.>",
        ["orders.created", "orders.eu.created", "orders.a.b.c.d"],
        ["orders", "order.s", "eu.orders.a"],
      ],
      [">", ["orders", "orders.created", "a.b.c.d.e"], []],
      ["*.>", ["a.b", "a.b.c"], ["a"]],
      ["a.*.>", ["a.b.c", "a.b.c.d"], ["a.b", "a", "b.b.c"]],
    ];
    for (const [pattern, matching, others] of cases) {
      for (const topic of matching) expectMatch(pattern, topic, true, why);
      for (const topic of others) expectMatch(pattern, topic, false, why);
    }
    // Every pattern of up to three tokens against every topic of up to four, by the definition.
    for (const pattern of sequences(["a", "b", "*", ">"], 3).filter(
      (tokens) => !tokens.slice(0, -1).includes(">"),
    )) {
      for (const topic of sequences(["a", "b"], 4)) {
        expectMatch(pattern.join("."), topic.join("."), fits(pattern, topic), why);
      }
    }
  });

  it("1.4 what is no topic, or no pattern, is a TypeError with the value in it", () => {
    for (const topic of [...NO_TOPICS, ...NO_TEXTS] as string[]) {
      expectRefused(() => lab.matches(">", topic), {
        what: `matches(">", ${JSON.stringify(topic)})`,
        kind: "TypeError",
        mentions: written(topic),
        why: "A topic with a typing mistake reaches nobody, and nobody hears of it.",
      });
    }
    for (const pattern of [...NO_PATTERNS, ...NO_TEXTS] as string[]) {
      expectRefused(() => lab.matches(pattern, "orders.created"), {
        what: `matches(${JSON.stringify(pattern)}, "orders.created")`,
        kind: "TypeError",
        mentions: written(pattern),
        why: "A subscription that can never match looks like a quiet day.",
      });
    }
  });
});

function expectMatch(pattern: string, topic: string, expected: boolean, why: string): void {
  const matched = lab.matches(pattern, topic);
  guarantee(matched === expected, {
    happened: `matches(${JSON.stringify(pattern)}, ${JSON.stringify(topic)}) is ${String(matched)}`,
    expected: String(expected),
    why,
  });
}
