import { defineBench } from "@pattern-labs/bench";
import { carriers } from "./carriers.ts";
import { patterns } from "./patterns.ts";
import { readers } from "./readers.ts";
import { sleepers } from "./sleepers.ts";
import { subscriptions } from "./subscriptions.ts";

export default defineBench({
  title: "Publish and subscribe",
  workloads: [
    readers(1),
    readers(10),
    readers(1_000),
    sleepers(1, "drop-oldest"),
    sleepers(1_000, "drop-oldest"),
    sleepers(1_000, "drop-newest"),
    // The more patterns, the fewer messages: whoever looks at all of them would not come to an end.
    patterns(100, 20_000),
    patterns(1_000, 10_000),
    patterns(10_000, 1_000),
    patterns(100_000, 200),
    subscriptions(),
    carriers(),
  ],
});
