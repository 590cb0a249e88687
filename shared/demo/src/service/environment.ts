import { type CommandLine, type Given, type Options, UsageError } from "../command-line.ts";

export interface SettingSources {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the variables begin with: with "OVEN", `--kind-of-flour` is OVEN_KIND_OF_FLOUR as well. */
  readonly prefix: string;
}

/**
 * The settings of a service: options that are not among `args` are taken from the environment.
 *
 * @throws {UsageError} It names the variable or the option, the rule and the value.
 */
export function readSettings<O extends Options>(
  line: CommandLine<O>,
  { args, env, prefix }: SettingSources,
): Given<O> {
  const variableOf = (name: string) => `${prefix}_${name.toUpperCase().replaceAll("-", "_")}`;
  const isAmongArgs = (name: string) =>
    args.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
  const fromEnv = line.names.filter((name) => env[variableOf(name)] !== undefined && !isAmongArgs(name));
  try {
    return line.read([...fromEnv.map((name) => `--${name}=${env[variableOf(name)]}`), ...args]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const name = fromEnv.find((each) => error.message.startsWith(`--${each} `));
    throw name === undefined ? error : new UsageError(error.message.replace(`--${name}`, variableOf(name)));
  }
}
