import { parseArgs } from "node:util";
import { z } from "zod";

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
  readonly help: boolean;
}

/** The command line cannot be understood. Its message names the option, the rule and the value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments that follow the program's name. @throws UsageError */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: types,
    // Not strict, so that the schema below words every complaint, and "--workers -1" is one about workers.
    strict: false,
    allowPositionals: true,
  });
  if (positionals[0] !== undefined) {
    throw new UsageError(
      `unexpected argument ${quote(positionals[0])}: every option has a name, as in --url`,
    );
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) throw new UsageError(complaint(parsed.error, values));

  const { url, timeout, rate, picture, "max-pages": maxPages, ...rest } = parsed.data;
  const strangers = url !== undefined; // Gentler, and more patient, with a site that is not ours.
  return {
    ...rest,
    url,
    picture,
    maxPages,
    ratePerSecond: rate ?? (strangers ? 5 : 20),
    timeLimitMs: 1000 * (timeout ?? (strangers ? 10 : 1)),
  };
}

export const usage = `Usage: node demo/index.ts [options]

Fetches a page and those that it links to, with the pool of this lab, and prints what came of each.

  --url <address>    where to begin (default: a small site served on this machine, with all kinds of bad pages)
  --depth <n>        how many links away from there to go (default 3)
  --max-pages <n>    how many pages at most (default 100)
  --workers <n>      how many pages at once (default 8)
  --rate <n>         how many tries may begin per second (default 20; with --url 5)
  --burst <n>        how many of them at once after a quiet time (default 8)
  --retries <n>      how often a page is tried again (default 3)
  --timeout <s>      seconds that one try may take (default 1; with --url 10)
  --json             print JSON instead of a table
  --picture <file>   draw who fetched what when: a page (.html), an image (.svg) or a trace (.json)
  --help             print this

Only pages of the site on which it begins are visited. Ctrl-C stops and prints what there is; a second one
ends at once. Exit status: 0, 1 if no page could be fetched, 2 for a bad option, 130 after Ctrl-C.
`;

const types = {
  url: { type: "string" },
  depth: { type: "string" },
  "max-pages": { type: "string" },
  workers: { type: "string" },
  rate: { type: "string" },
  burst: { type: "string" },
  retries: { type: "string" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  picture: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const schema = z.strictObject({
  url: address().optional(),
  depth: wholeNumber(0, 100).default(3),
  "max-pages": wholeNumber(1, 10_000).default(100),
  workers: wholeNumber(1, 256).default(8),
  rate: number(0.1, 1_000).optional(),
  burst: wholeNumber(1, 1_000).default(8),
  retries: wholeNumber(0, 10).default(3),
  timeout: number(0.1, 600).optional(),
  json: flag(),
  picture: pictureFile().optional(),
  help: flag(),
});

function wholeNumber(least: number, most: number) {
  return number(least, most, /^\d+$/, "a whole number");
}

function number(least: number, most: number, form = /^\d+(\.\d+)?$/, kind = "a number") {
  const error = `must be ${kind} from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(form, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

function address() {
  const error = "must be a web address such as https://example.com/, without user name and password";
  return z
    .string({ error })
    .transform((text) => URL.parse(text))
    .refine((url) => url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "", {
      error,
    })
    .transform((url) => url as URL);
}

function pictureFile() {
  const error = "must be the name of a file that ends in .html, .svg or .json";
  return z.string({ error }).regex(/\.(html|svg|json)$/, { error });
}

function flag() {
  return z.boolean({ error: "takes no value" }).default(false);
}

function complaint(error: z.ZodError, values: Readonly<Record<string, unknown>>): string {
  const issue = error.issues[0];
  if (issue?.code === "unrecognized_keys") return `unknown option ${option(issue.keys[0] ?? "")}`;
  const name = String(issue?.path[0]);
  const value = values[name];
  // Without a value of its own, parseArgs makes an option `true`.
  const got = value === true ? "got nothing" : `got ${quote(String(value))}`;
  return `${option(name)} ${issue?.message}, ${got}`;
}

function option(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
