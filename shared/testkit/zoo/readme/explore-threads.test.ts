import { guarantee } from "@pattern-labs/testkit";
import { exploreThreads } from "@pattern-labs/testkit/threads";
import { test } from "vitest";

test("no click is lost", async () => {
  await exploreThreads({
    module: new URL("./clicks.ts", import.meta.url),
    threads: { Ann: "click", Bob: "click" },
    memory: { count: 4 },
    check: ({ count }) => {
      const counted = new Int32Array(count)[0];
      guarantee(counted === 2, {
        happened: `two clicked, and ${counted} is counted`,
        expected: "each click is counted",
        why: "The poll is won by whoever clicks more slowly.",
      });
    },
  });
});
