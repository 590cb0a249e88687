import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { BenchFlags } from "./commands/bench.ts";
import type { Session } from "./session.ts";
import { type Terminal, wantsColour } from "./terminal.ts";

/** A command; each is loaded only when it is asked for. */
type Run = (session: Session) => Promise<number> | number;

interface TestFlags {
  step?: string;
  challenge?: string;
  title?: string;
  replay?: string;
  target?: string;
  json?: boolean;
}

/** The commands and their options. `start` runs the one that was asked for; `passedOn` is what follows `--`. */
export function describeCommands(
  terminal: Terminal,
  passedOn: readonly string[],
  start: (command: Run) => Promise<void>,
): Command {
  const program = new Command("lab")
    .description(
      "Nine small labs in which you learn to control concurrent work.\nAlone, it tells where you are, and in a terminal goes on into watch.",
    )
    .version(manifest.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help, or a command's")
    .helpCommand("help [command]", "print this help, or a command's")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.output.write(text),
      writeErr: (text) => void terminal.errors.write(text.replace(/^error: /, "lab: ")),
      getOutHasColors: () => wantsColour(terminal),
      getErrHasColors: () => wantsColour(terminal),
    })
    .showHelpAfterError("lab --help lists every command.")
    .action(() => start(async (session) => (await import("./commands/home.ts")).home(session)))
    .addHelpText(
      "after",
      "\nWithout a lab, a command means the one you are at; once that has passed, start and watch mean the next one.\nBegin with: npx lab start worker-pool",
    );

  program
    .command("start [lab]")
    .description("copy the starter to attempt/ and tell the problem")
    .action((lab?: string) =>
      start(async (session) => (await import("./commands/start.ts")).start(session, lab)),
    );

  program
    .command("watch [lab]")
    .description("judge the current step at each save")
    .option("--step <n>", "begin at this step")
    .action((lab: string | undefined, { step }: { step?: string }) =>
      start(async (session) => (await import("./commands/watch.ts")).watchCommand(session, lab, { step })),
    );

  program
    .command("test [lab]")
    .description("judge once; status 0 if every step that was judged holds")
    .option("--step <n>", "this step only")
    .option("--challenge <id>", "this challenge only")
    .option("--title <number or text>", "only the tests of this number, or with this in their title")
    .option("--replay <string>", "one schedule again, as a failing test names it")
    .option("--target <answer>", "attempt, reference, starter or bug (default: the attempt)")
    .option("--json", "print the verdict as JSON")
    .action((lab: string | undefined, flags: TestFlags) =>
      start(async (session) => (await import("./commands/test.ts")).test(session, lab, flags)),
    );

  program
    .command("hint [lab]")
    .description("the next hint for the current step, one at a time")
    .option("--step <n>", "for this step")
    .option("--challenge <id>", "for this challenge")
    .action((lab: string | undefined, flags: { step?: string; challenge?: string }) =>
      start(async (session) => (await import("./commands/hint.ts")).hint(session, lab, flags)),
    );

  program
    .command("compare [lab]")
    .description("after a pass: the reference beside your attempt, and what each of them holds")
    .option("--reveal", "before a pass, too")
    .option("--plain", "plain lines, even in a terminal")
    .option("--json", "print the comparison as JSON")
    .action((lab: string | undefined, flags: { reveal?: boolean; plain?: boolean; json?: boolean }) =>
      start(async (session) => (await import("./commands/compare.ts")).compare(session, lab, flags)),
    );

  program
    .command("bench [lab]")
    .description("your attempt, the reference and their rivals, measured in one run; it never judges")
    .option("--time <seconds>", "how long each is measured in each workload (default: 1)")
    .option("--rounds <n>", "in how many rounds, each in a fresh process (default: 5)")
    .option("--only <text>", "only the workloads, or else the strategies, with this in their name")
    .option("--picture <file>", "where the picture goes (default: .pictures/bench.svg of the lab)")
    .option("--profile <cpu|heap>", "write a profile of each as well, for Chrome DevTools or speedscope")
    .option("--json", "print the numbers as JSON")
    .action((lab: string | undefined, flags: BenchFlags) =>
      start(async (session) => (await import("./commands/bench.ts")).bench(session, lab, flags)),
    );

  program
    .command("bug [lab]")
    .description("after a pass: find the one mistake in a copy of the reference")
    .option("--give-up", "name it")
    .option("--new", "another one")
    .option("--seed <text>", "the same choice every time")
    .action((lab: string | undefined, flags: { giveUp?: boolean; new?: boolean; seed?: string }) =>
      start(async (session) => (await import("./commands/bug.ts")).bug(session, lab, flags)),
    );

  program
    .command("list")
    .description("the road: nine labs in order")
    .option("--json", "print the road as JSON")
    .action(({ json }: { json?: boolean }) =>
      start(async (session) => (await import("./commands/list.ts")).list(session, { json: json === true })),
    );

  program
    .command("status")
    .description("where you are, and the next command")
    .action(() => start(async (session) => (await import("./commands/home.ts")).tellStatus(session)));

  program
    .command("reset [lab]")
    .description("put the attempt aside (it is kept) and start afresh")
    .option("-y, --yes", "do not ask")
    .action((lab: string | undefined, { yes }: { yes?: boolean }) =>
      start(async (session) =>
        (await import("./commands/reset.ts")).reset(session, lab, { yes: yes === true }),
      ),
    );

  program
    .command("demo [lab] [args...]")
    .description("the real thing on real input, built on your attempt; it takes options of its own")
    .option("--target <answer>", "attempt, reference, starter or bug (default: the attempt if there is one)")
    .action((lab: string | undefined, args: string[], { target }: { target?: string }) =>
      start(async (session) => {
        const { demo } = await import("./commands/demo.ts");
        return demo(session, lab, [...args, ...passedOn], { target });
      }),
    );

  program
    .command("picture [lab]")
    .description("what happened in the first test that fails: opens its page in the browser")
    .option("--title <number or text>", "of another failing test")
    .option("--text", "draw it here")
    .action((lab: string | undefined, flags: { title?: string; text?: boolean }) =>
      start(async (session) => (await import("./commands/picture.ts")).picture(session, lab, flags)),
    );

  program
    .command("play [lab]")
    .description("the playground in a browser, on your attempt: it begins anew at each save")
    .option("--target <answer>", "attempt, reference, starter or bug (default: the attempt if there is one)")
    .action((lab: string | undefined, { target }: { target?: string }) =>
      start(async (session) => (await import("./commands/play.ts")).play(session, lab, { target })),
    );

  program
    .command("verify [lab]")
    .description("for authors: check that a lab keeps every promise")
    .option("--json", "print the checks as JSON")
    .action((lab: string | undefined, { json }: { json?: boolean }) =>
      start(async (session) =>
        (await import("./commands/verify.ts")).verify(session, lab, { json: json === true }),
      ),
    );

  return program;
}
