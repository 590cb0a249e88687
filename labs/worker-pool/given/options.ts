import {
  address,
  commandLine,
  flag,
  type Given,
  number,
  option,
  pictureFile,
  wholeNumber,
} from "@pattern-labs/demo";

const options = {
  url: option(
    "<address>",
    "where to begin (default: a small site served on this machine, with all kinds of bad pages)",
    address().optional(),
  ),
  depth: option("<n>", "how many links away from there to go (default 3)", wholeNumber(0, 100).default(3)),
  "max-pages": option("<n>", "how many pages at most (default 100)", wholeNumber(1, 10_000).default(100)),
  workers: option("<n>", "how many pages at once (default 8)", wholeNumber(1, 256).default(8)),
  rate: option(
    "<n>",
    "how many tries may begin per second (default 20; with --url 5)",
    number(0.1, 1_000).optional(),
  ),
  burst: option(
    "<n>",
    "how many of them at once after a quiet time (default 8)",
    wholeNumber(1, 1_000).default(8),
  ),
  retries: option("<n>", "how often a page is tried again (default 3)", wholeNumber(0, 10).default(3)),
  timeout: option(
    "<ms>",
    "how long one try may take (default 1000; with --url 10000)",
    wholeNumber(1, 600_000).optional(),
  ),
  json: flag("print JSON instead of a table"),
  picture: option(
    "<file>",
    "draw who fetched what when: a page (.html), an image (.svg) or a trace (.json)",
    pictureFile().optional(),
  ),
};

/** The command line of the polite scraper. */
export const scraperLine = commandLine({
  does: "Fetches a page and those that it links to, with the pool of this lab, and prints what came of each.",
  options,
  notes: `Only pages of the site on which it begins are visited. Ctrl-C stops and prints what there is; a second one
ends at once. Exit status: 0, 1 if no page could be fetched, 2 for a bad option, 130 after Ctrl-C.`,
});

/** What the demo was asked to do on the command line. */
export interface DemoOptions {
  /** Where to begin; without one, the demo serves a site of its own. */
  readonly url: URL | undefined;
  readonly depth: number;
  readonly maxPages: number;
  readonly workers: number;
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly retries: number;
  readonly timeLimitMs: number;
  readonly json: boolean;
  /** Where to leave the picture of the run: a page, an SVG or a trace, by the end of its name. */
  readonly picture: string | undefined;
}

/** Fills in what depends on whose site it is: gentler, and more patient, with one that is not ours. */
export function demoOptions(given: Given<typeof options>): DemoOptions {
  const { timeout, rate, "max-pages": maxPages, help: _, ...rest } = given;
  const strangers = rest.url !== undefined;
  return {
    ...rest,
    maxPages,
    ratePerSecond: rate ?? (strangers ? 5 : 20),
    timeLimitMs: timeout ?? (strangers ? 10_000 : 1_000),
  };
}
