import { outliveClosedOutput } from "./closed-output.ts";
import { PAGE_WIDTH, widthOf } from "./columns.ts";
import type { CommandLine, Given, Options } from "./command-line.ts";
import { UsageError } from "./command-line.ts";
import { explain } from "./explain.ts";
import { type Interrupts, listenForInterrupts } from "./interrupts.ts";

export interface Demo<O extends Options> {
  readonly commandLine: CommandLine<O>;
  /** What the lab's answer makes, for the sentence that says what went wrong in it: "pool". */
  readonly noun: string;
  /**
   * The demo itself. Heeds `interrupts.signal`, and puts away all that it opened before it returns; the process ends
   * when nothing keeps it alive. Resolves to the exit status, unless an interrupt ended it: then that tells the status,
   * and it may as well reject with the signal's reason.
   */
  readonly run: (given: Given<O>, interrupts: Interrupts) => Promise<number>;
}

/**
 * Runs a demo as a program: reads the command line, turns Ctrl-C into an abort, and says in a sentence what goes wrong.
 *
 * Exit status: what `run` resolves to; 1 when the answer fails, 2 for a bad option, 130 after Ctrl-C, 143 after
 * SIGTERM, 129 when the terminal was closed. A second Ctrl-C ends the process at once.
 */
export async function runDemo<O extends Options>(
  { commandLine, noun, run }: Demo<O>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const endWith = (error: unknown): never => {
    const usage = error instanceof UsageError;
    process.stderr.write(usage ? `${error.message}\nSee --help.\n` : `${explain(error, noun)}\n`);
    process.exit(usage ? 2 : 1);
  };
  outliveClosedOutput();
  // An answer that is half done may also fail where nobody waits for it.
  process.once("uncaughtException", endWith);
  try {
    const given = commandLine.read(args);
    if (given.help) {
      process.stdout.write(commandLine.usage(Math.min(PAGE_WIDTH, widthOf(process.stdout))));
      return;
    }
    using interrupts = listenForInterrupts();
    process.exitCode = await statusOf(run(given, interrupts), interrupts);
  } catch (error) {
    endWith(error);
  }
}

async function statusOf(running: Promise<number>, interrupts: Interrupts): Promise<number> {
  try {
    const status = await running;
    return interrupts.reason?.exitStatus ?? status;
  } catch (error) {
    if (interrupts.reason === undefined || error !== interrupts.reason) throw error;
    return interrupts.reason.exitStatus;
  }
}
