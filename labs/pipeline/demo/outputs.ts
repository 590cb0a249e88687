import { type FileHandle, open } from "node:fs/promises";
import { UsageError } from "@pattern-labs/demo";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { Output } from "../contract.ts";

/** An output with something to put away. */
interface OpenOutput {
  readonly write: Output;
  /** Resolves when everything is where it belongs. @throws What kept it from getting there. */
  close(): Promise<void>;
}

/** Everything that is written to. */
export class Outputs implements AsyncDisposable {
  readonly all: readonly Output[];
  readonly #open: readonly OpenOutput[];
  #isClosed = false;

  /**
   * @param targets A file, which is begun anew; "-", which is stdout. If there is none, lines are thrown away.
   * @throws UsageError If a file cannot be written.
   */
  static async open(targets: readonly (string | undefined)[]): Promise<Outputs> {
    const named = targets.filter((target) => target !== undefined);
    return new Outputs(await Promise.all(named.map(openOutput)));
  }

  private constructor(open: readonly OpenOutput[]) {
    this.#open = open;
    this.all = open.length === 0 ? [async () => {}] : open.map(({ write }) => write);
  }

  /** Resolves when everything is where it belongs; to what kept it from getting there, if something did. */
  async close(): Promise<string | undefined> {
    this.#isClosed = true;
    const closings = await Promise.allSettled(this.#open.map((output) => output.close()));
    const failed = closings.find((closing) => closing.status === "rejected");
    return failed === undefined ? undefined : `An output failed: ${failed.reason.message}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.close();
  }
}

async function openOutput(target: string): Promise<OpenOutput> {
  if (target === "-") return { write: writeToStdout, close: async () => {} };
  try {
    return outputTo(await open(target, "w"));
  } catch (error) {
    throw new UsageError(`cannot write ${target}: ${(error as Error).message}`);
  }
}

/**
 * Each line is handed to the system before the next one is taken. To let lines pile up in a stream would be quicker, but
 * on a full disk lines would be missing that were counted as written.
 */
function outputTo(file: FileHandle): OpenOutput {
  return {
    write: (line) => file.appendFile(`${line}\n`),
    close: () => file.close(),
  };
}

function writeToStdout(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

export interface StallOptions {
  /** After so many lines. */
  readonly afterLines: number;
  readonly seconds: number;
  readonly onStall: (seconds: number) => Disposable;
}

/** The same output, which once takes a long rest: a disk that hangs, a service that is restarted. */
export function stallOnce(output: Output, { afterLines, seconds, onStall }: StallOptions): Output {
  let lines = 0;
  return async (line, options) => {
    lines += 1;
    if (lines === afterLines + 1) {
      using _told = onStall(seconds);
      await sleep(1_000 * seconds, options);
    }
    await output(line, options);
  };
}
