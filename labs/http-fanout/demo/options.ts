import { commandLine, flag, number, oneOf, option, pictureFile, wholeNumber } from "@pattern-labs/demo";
import { scriptSchema } from "./script.ts";

const ms = () => wholeNumber(1, 60_000);

export const demoLine = commandLine({
  does: "Runs the gateway before twenty real services, under load, while ten of them stall: once with a bulkhead and a breaker for each service, once without.",
  options: {
    only: option("<act>", "only one of them: guarded or bare", oneOf(["guarded", "bare"]).optional()),
    script: option(
      "<steps>",
      "what the services do, and for how long (default 3:well,6:stalled*10,3:well)",
      scriptSchema.optional(),
    ),
    faults: flag(
      "each service does something else with each request; every answer is compared with what they did",
    ),
    seconds: option("<s>", "how long, with --faults (default 10)", number(0.1, 86_400).optional()),
    clients: option("<n>", "who ask (default 50)", wholeNumber(1, 2_000).default(50)),
    leave: option(
      "<percent>",
      "of requests whose client goes (default 2; with --faults 10)",
      number(0, 100).optional(),
    ),
    timeout: option("<ms>", "for a request (default 1000)", ms().default(1_000)),
    "call-timeout": option("<ms>", "for a call (default 800)", ms().default(800)),
    seed: option("<n>", "of what is left to chance (default 42)", wholeNumber(0, 2_147_483_647).default(42)),
    json: flag("print the summary as JSON"),
    picture: option("<file>", "write the picture of the run: .html, .svg or .json", pictureFile().optional()),
  },
  notes: `In a terminal keys switch what the ten do: s stalled, h half stalled, f failing, r reset, l slow, w well.

Ctrl-C stops, waits for the answers that are under way, and prints what there is. Exit status: 0, 1 if the gateway broke a promise, 2 for a bad option, 130 after Ctrl-C.`,
  idle: [
    ["script", "idle with", "faults"],
    ["seconds", "idle without", "faults"],
  ],
});

export type DemoOptions = ReturnType<typeof demoLine.read>;
