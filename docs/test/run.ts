import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Program } from "./programs.ts";
import { tidy } from "./shown.ts";

export interface Outcome {
  /** Stdout and stderr as they came, with paths as seen from the program's folder. */
  readonly printed: string;
  readonly code: number | null;
}

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs a program of a page in its folder: its commands one after the other, each to its end. */
export async function run(
  { by, commands }: Pick<Program, "by" | "commands">,
  folder: string,
): Promise<Outcome> {
  if (by === "vitest") writeConfig(folder);
  const printed: string[] = [];
  let code: number | null = 0;
  for (const args of commands) {
    const outcome = await runNode(by === "vitest" ? [vitest, "run", "--root", ".", ...args] : args, folder);
    printed.push(outcome.printed);
    code = outcome.code;
  }
  return { printed: tidy(printed.join("\n")), code };
}

/** A page may show a configuration of its own. */
function writeConfig(folder: string): void {
  const config = join(folder, "vitest.config.ts");
  if (!existsSync(config)) writeFileSync(config, ordinaryConfig);
}

const ordinaryConfig = `export default {
  test: { pool: "forks", setupFiles: ["@pattern-labs/testkit/setup"] },
};
`;

async function runNode(args: readonly string[], folder: string): Promise<Outcome> {
  const file = join(folder, "printed.log");
  const output = openSync(file, "w"); // One file for both, so that what was printed stays in order.
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: ownEnvironment(),
    stdio: ["ignore", output, output],
  });
  const [code] = (await once(child, "close")) as [number | null];
  closeSync(output);
  const printed = tidy(readFileSync(file, "utf8"))
    .replaceAll(`file://${folder}/`, "")
    .replaceAll(`${folder}/`, "");
  rmSync(file);
  return { printed, code };
}

/** A program is run as a reader would: it must not find out that it stands in a test. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:VITEST|NODE_ENV$|TEST$|DEV$|PROD$|MODE$|LAB_|FORCE_COLOR$|NODE_OPTIONS$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}
