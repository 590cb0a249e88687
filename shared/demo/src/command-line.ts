import { parseArgs } from "node:util";
import { z } from "zod";
import { usageOf } from "./usage.ts";

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
  /** Of its options, without the dashes. */
  readonly names: readonly string[];
  /** Describes every option, in lines of at most so many columns; for `--help`. */
  usage(width: number): string;
  /** Reads the arguments that follow the program's name. @throws UsageError */
  read(args: readonly string[]): Given<O>;
}

/** "batch has no effect without threads": whoever gives it means something, and nothing would come of it. */
export type Idle<Name extends string> = readonly [
  option: Name,
  is: "idle with" | "idle without",
  other: Name,
];

/** The command line cannot be understood. Its message names the option, the rule and the value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Describes the command line of a demo once: what `--help` prints and what is accepted cannot drift apart.
 *
 * @param description.does One sentence on what the demo does.
 * @param description.notes What else there is to know, below the options: Ctrl-C, exit status.
 *   Between empty lines stands a paragraph; one that is too wide for the screen is broken anew.
 * @param description.program What is typed to start it. Left out: `npx lab demo`, with the lab.
 * @param description.idle Options that are refused, rather than ignored, with or without others.
 */
export function commandLine<const O extends Options>(description: {
  readonly does: string;
  readonly options: O;
  readonly notes: string;
  readonly program?: string | undefined;
  readonly idle?: readonly Idle<keyof O & string>[] | undefined;
}): CommandLine<O> {
  const options: Options = { ...description.options, help: flag("print this") };
  const schema = z.object(mapValues(options, (each) => each.schema));
  return {
    names: Object.keys(description.options),
    usage: (width) => usageOf(options, description, width),
    read: (args) => {
      const values = parse(args, options);
      const checked = schema.safeParse(values, { error: forWantOfWords });
      if (!checked.success) throw new UsageError(complaint(checked.error, values));
      refuseIdle(description.idle ?? [], values);
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

function parse(args: readonly string[], options: Options): Readonly<Record<string, unknown>> {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: mapValues(options, ({ placeholder }, name) => ({
      type: placeholder === undefined ? "boolean" : "string",
      ...(name === "help" && { short: "h" }),
    })),
    // Not strict, so that the schema words every complaint, and "--workers -1" is one about workers.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  const unknown = given.find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined) throw new UsageError(`unknown option ${dashed(unknown)}`);
  const twice = given.find((name, index) => given.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`${dashed(twice)} is given twice`);
  if (positionals[0] !== undefined) {
    const example = Object.keys(options)[0];
    throw new UsageError(
      `unexpected argument ${JSON.stringify(positionals[0])}: every option has a name, as in --${example}`,
    );
  }
  return values;
}

/** What is said where the schema itself says nothing. */
function forWantOfWords({ code, input }: z.core.$ZodRawIssue): string | undefined {
  return code === "invalid_type" && input === true ? "must have a value" : undefined;
}

function refuseIdle(idle: readonly Idle<string>[], values: Readonly<Record<string, unknown>>): void {
  for (const [option, is, other] of idle) {
    if (!(option in values) || other in values !== (is === "idle with")) continue;
    throw new UsageError(
      `${dashed(option)} has no effect ${is === "idle with" ? "with" : "without"} ${dashed(other)}`,
    );
  }
}

function complaint(error: z.ZodError, values: Readonly<Record<string, unknown>>): string {
  const issue = error.issues[0];
  const name = String(issue?.path[0]);
  const value = values[name];
  // Without a value of its own, parseArgs makes an option `true`.
  const got =
    value === true || value === undefined
      ? "got nothing"
      : `got ${JSON.stringify(withoutPassword(String(value)))}`;
  return `${dashed(name)} ${issue?.message}, ${got}`;
}

/** What is said stands on the screen, and in logs: of `redis://ann:secret@host` all but the password. */
function withoutPassword(text: string): string {
  return text.replace(/^(\w+:(?:\/\/[^:@]*:|(?!\/\/))).*@/s, "$1…@");
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function mapValues<V, R>(
  record: Readonly<Record<string, V>>,
  map: (value: V, name: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
