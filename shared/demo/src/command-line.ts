import { parseArgs } from "node:util";
import { z } from "zod";

/** One option of a demo: how it is described, and which values it takes. */
export interface Option<T = unknown> {
  /** What stands for its value in the usage, as in `--workers <n>`; a flag has none. */
  readonly placeholder: string | undefined;
  readonly does: string;
  /** Reads the text that was given, or `undefined` where nothing was. */
  readonly schema: z.ZodType<T>;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given, by the options' names; `help` is always among them. */
export type Given<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
} & { readonly help: boolean };

export interface CommandLine<O extends Options> {
  /** Describes every option; for `--help`. */
  readonly usage: string;
  /** Reads the arguments that follow the program's name. @throws UsageError */
  read(args: readonly string[]): Given<O>;
}

/** The command line cannot be understood. Its message names the option, the rule and the value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Describes the command line of a demo once: what `--help` prints and what is accepted cannot drift apart.
 *
 * @param description.does One sentence on what the demo does.
 * @param description.notes What else there is to know, below the options: Ctrl-C, exit status.
 */
export function commandLine<const O extends Options>(description: {
  readonly does: string;
  readonly options: O;
  readonly notes: string;
}): CommandLine<O> {
  const options: Options = { ...description.options, help: flag("print this") };
  const schema = z.strictObject(mapValues(options, (each) => each.schema));
  return {
    usage: usageOf(options, description),
    read: (args) => {
      const values = parse(args, options);
      const checked = schema.safeParse(values);
      if (!checked.success) throw new UsageError(complaint(checked.error, values));
      return checked.data as Given<O>;
    },
  };
}

/** An option with a value. */
export function option<T>(placeholder: string, does: string, schema: z.ZodType<T>): Option<T> {
  return { placeholder, does, schema };
}

/** An option that is there or not. */
export function flag(does: string): Option<boolean> {
  return {
    placeholder: undefined,
    does,
    schema: z.boolean({ error: "takes no value" }).default(false),
  };
}

export function wholeNumber(least: number, most: number) {
  return number(least, most, /^\d+$/, "a whole number");
}

export function number(least: number, most: number, form = /^\d+(\.\d+)?$/, kind = "a number") {
  const error = `must be ${kind} from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(form, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

export function oneOf<const Choice extends string>(choices: readonly [Choice, ...Choice[]]) {
  return z.enum(choices, { error: `must be one of ${choices.join(", ")}` });
}

export function address() {
  const error = "must be a web address such as https://example.com/, without user name and password";
  return z
    .string({ error })
    .transform((text) => URL.parse(text))
    .refine((url) => url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "", {
      error,
    })
    .transform((url) => url as URL);
}

/** Where to leave the picture of the run: a page, an SVG or a trace, by the end of its name. */
export function pictureFile() {
  const error = "must be the name of a file that ends in .html, .svg or .json";
  return z.string({ error }).regex(/\.(html|svg|json)$/, { error });
}

function parse(args: readonly string[], options: Options): Readonly<Record<string, unknown>> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: mapValues(options, ({ placeholder }, name) => ({
      type: placeholder === undefined ? "boolean" : "string",
      ...(name === "help" && { short: "h" }),
    })),
    // Not strict, so that the schema words every complaint, and "--workers -1" is one about workers.
    strict: false,
    allowPositionals: true,
  });
  if (positionals[0] !== undefined) {
    const example = Object.keys(options)[0];
    throw new UsageError(
      `unexpected argument ${JSON.stringify(positionals[0])}: every option has a name, as in --${example}`,
    );
  }
  return values;
}

function complaint(error: z.ZodError, values: Readonly<Record<string, unknown>>): string {
  const issue = error.issues[0];
  if (issue?.code === "unrecognized_keys") return `unknown option ${dashed(issue.keys[0] ?? "")}`;
  const name = String(issue?.path[0]);
  const value = values[name];
  // Without a value of its own, parseArgs makes an option `true`.
  const got = value === true ? "got nothing" : `got ${JSON.stringify(String(value))}`;
  return `${dashed(name)} ${issue?.message}, ${got}`;
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function usageOf(
  options: Options,
  { does, notes }: { readonly does: string; readonly notes: string },
): string {
  const rows = Object.entries(options).map(
    ([name, { placeholder, does }]) =>
      [placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`, does] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}${right}\n`);
  return `Usage: node demo/index.ts [options]\n\n${does}\n\n${lines.join("")}\n${notes}\n`;
}

function mapValues<V, R>(
  record: Readonly<Record<string, V>>,
  map: (value: V, name: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
