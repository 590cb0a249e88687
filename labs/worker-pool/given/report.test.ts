import { describe, expect, it } from "vitest";
import { Frontier, type Page } from "../demo/frontier.ts";
import { asJson, asTable, type Crawled, progressLine } from "./report.ts";

/** A crawl of these pages, made by hand. */
function crawledPages(...pages: readonly Partial<Page>[]): Crawled {
  const start = new URL("http://library.example/");
  const frontier = new Frontier(start, { depth: 1, maxPages: pages.length });
  const first = frontier.pages[0] as Page;
  first.links = pages.slice(1).map((_, index) => new URL(`/${index + 1}`, start));
  frontier.finish(first);
  pages.forEach((page, index) => {
    Object.assign(frontier.pages[index] as Page, page);
  });
  return { frontier, tookMs: 2_000, snapshot: undefined };
}

const fetched: Partial<Page> = {
  state: "fetched",
  title: "The library",
  bytes: 1_234,
  tries: [
    { beganAt: 0, endedAt: 100, status: 503 },
    { beganAt: 400, endedAt: 500, status: 200 },
  ],
};
const failed: Partial<Page> = {
  state: "failed",
  problem: "took too long",
  tries: [{ beganAt: 450, endedAt: 1_450 }],
};
const stopped: Partial<Page> = { state: "stopped", tries: [{ beganAt: 1_400, endedAt: 1_500 }] };
const waiting: Partial<Page> = { state: "waiting" };

describe("asTable", () => {
  it("has a row for each page that was begun, and what they come to", () => {
    expect(asTable(crawledPages(fetched, failed, stopped, waiting))).toBe(`\
STATUS  BYTES  RETRIES    TIME  PAGE  WHAT CAME OF IT
   200   1234        1  0.50 s  /     The library
     –      –        0   1.0 s  /1    failed: took too long
     –      –        0  0.10 s  /2    stopped

1 fetched, 1 failed, 1 stopped midway, 1 never begun
retries: 1, bytes: 1234, time: 2.0 s
tries at once: at most 2, begun within a second: at most 3
`);
  });

  it("cuts its rows to the width of the terminal", () => {
    const [header] = asTable(crawledPages(fetched), 40).split("\n");
    expect(header).toBe("STATUS  BYTES  RETRIES    TIME  PAGE  W…");
  });

  it("keeps strangers from steering the terminal", () => {
    const table = asTable(crawledPages({ ...fetched, title: "\x1b[31mred\x07\x9b2J \u202Eback" }));
    expect(table).toContain("  red");
    expect(table.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("asJson", () => {
  it("says the same to programs", () => {
    const report = JSON.parse(asJson(crawledPages(fetched, failed, waiting)));
    expect(report).toMatchObject({ neverBegun: 1, ms: 2_000 });
    expect(report.pages).toEqual([
      {
        url: "http://library.example/",
        depth: 0,
        state: "fetched",
        status: 200,
        bytes: 1_234,
        retries: 1,
        ms: 500,
        title: "The library",
        problem: null,
      },
      {
        url: "http://library.example/1",
        depth: 1,
        state: "failed",
        status: null,
        bytes: null,
        retries: 0,
        ms: 1_000,
        title: null,
        problem: "took too long",
      },
    ]);
  });
});

describe("progressLine", () => {
  it("does without the pool's own figures", () => {
    expect(progressLine(crawledPages(fetched, waiting))).toBe("1 of 2 pages · 2.0 s");
  });

  it("tells the pool's own figures when there are any", () => {
    const snapshot = {
      ...noFigures,
      queued: 4,
      waitingToRetry: 1,
      running: [{ id: 1, sinceMs: 5, worker: 0 }],
    };
    expect(progressLine({ ...crawledPages(fetched), snapshot })).toBe(
      "1 of 1 pages · 1 running · 4 queued · 1 to be tried again · 2.0 s",
    );
  });
});

const noFigures = {
  accepted: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  retries: 0,
  queued: 0,
  waitingToRetry: 0,
  running: [],
  utilisation: 0,
};
