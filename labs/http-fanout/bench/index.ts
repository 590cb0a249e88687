import { defineBench } from "@pattern-labs/bench";
import { halfStalled, overHttp, quick } from "./http.ts";
import { inMemory } from "./in-memory.ts";
import { stampede } from "./stampede.ts";

/** `npx node bench/latency.ts` tells how long single requests take, and what they hold. */
export default defineBench({
  title: "HTTP fan-out",
  workloads: [
    overHttp(1, 10_000),
    overHttp(5, 4_000),
    overHttp(20, 1_500),
    quick(10, 200),
    halfStalled(40),
    inMemory(5, "as many calls as there are permits"),
    inMemory(20, "four times as many calls as permits"),
    stampede,
  ],
});
