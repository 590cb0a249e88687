/** The scene of this lab: 24 pages of a shaky site, and the pool that fetches them. */

import { type Scene, scene } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { JobContext, Lab } from "./contract.ts";

const { createPool }: Lab = answer;
const PAGES = 24;

const controls = {
  workers: { kind: "range", label: "workers", min: 1, max: 8, value: 4, restart: true },
  queueLimit: { kind: "range", label: "places in the queue", min: 1, max: 16, value: 8, restart: true },
  retries: { kind: "range", label: "retries", min: 0, max: 5, value: 3, restart: true },
  shaky: { kind: "range", label: "shaky pages", min: 0, max: 100, value: 20, unit: "%", restart: true },
} as const;

export default scene({
  title: "Who waits for a retry?",
  controls,
  firstGuess: {
    question:
      "Four workers fetch 24 pages. Each fifth page fails once or twice and is tried again a little later. What does its worker do until then?",
    answers: [
      "It waits, and then tries again",
      "It fetches the next page",
      "It hands the page to an idle worker",
    ],
    right: 1,
    why: "A job that waits needs no worker. Where it keeps one, a handful of shaky pages holds up all the others.",
    afterMs: 600,
  },
  recording: ({ workers }) => ({ limits: { pages: workers } }),
  lengthMs: 20_000,
  async run({ values, recorder, signal, random, show }) {
    const { workers, queueLimit, retries } = values;
    const site = shakySite(values.shaky, random);
    const pool = createPool({ workers, queueLimit, retries, baseDelayMs: 200, random });
    const counts: Counts = { handed: 0, fetched: 0, failed: 0 };
    show(() => ({
      sum: {
        whole: ["handed over", counts.handed],
        parts: [
          ["fetched", counts.fetched],
          ["failed", counts.failed],
          ["on their way", counts.handed - counts.fetched - counts.failed],
        ],
      },
    }));

    const results: Promise<void>[] = [];
    for (let page = 1; page <= PAGES; page += 1) {
      const name = `p${page}`;
      const job = recorder.job("pages", name, site(page), { retries });
      const { result } = await recorder.submit("pages", name, () => pool.submit(job, { signal }));
      counts.handed += 1;
      results.push(settle(result, counts));
    }
    recorder.mark("close", "stop");
    await recorder.phase("drain", () => pool.close());
    await Promise.all(results);
  },
}) satisfies Scene<typeof controls>;

interface Counts {
  handed: number;
  fetched: number;
  failed: number;
}

async function settle(result: Promise<unknown>, counts: Counts): Promise<void> {
  try {
    await result;
    counts.fetched += 1;
  } catch {
    counts.failed += 1;
  }
}

/** Gives for each page the job that fetches it. How long it takes, and how often it fails first, is settled beforehand. */
function shakySite(shakyPercent: number, random: () => number) {
  const pages = Array.from({ length: PAGES + 1 }, (_, page) => ({
    ms: 60 + Math.floor(random() * 180),
    failures: (page * shakyPercent) % 100 < shakyPercent ? 1 + (page % 2) : 0,
  }));
  return (page: number) => {
    const { ms, failures } = pages[page] ?? { ms: 0, failures: 0 };
    return async ({ signal, attempt }: JobContext) => {
      await sleep(attempt > failures ? ms : ms / 2, { signal });
      if (attempt <= failures) throw new Error("503 Service Unavailable");
      return `the text of p${page}`;
    };
  };
}
