import type { Writable } from "node:stream";
import type { Progress } from "./run-bench.ts";

/** Where progress is shown: mostly standard error. */
export type ProgressStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Repaints one line in a terminal, and takes it away when disposed. Elsewhere it writes a line for each workload. */
export function showProgress(stream: ProgressStream): Disposable & { show(progress: Progress): void } {
  const isTerminal = stream.isTTY === true && process.env["TERM"] !== "dumb";
  let told: string | undefined;
  const show = (progress: Progress) => {
    if (isTerminal) {
      stream.write(`\r\u001b[K${progressText(progress).slice(0, (stream.columns ?? 80) - 1)}`);
    } else if (told !== progress.workload) {
      told = progress.workload;
      stream.write(`${progress.done} of ${progress.total} · ${progress.workload}\n`);
    }
  };
  return {
    show,
    [Symbol.dispose]: () => {
      if (isTerminal) stream.write("\r\u001b[K");
    },
  };
}

export function progressText({ workload, strategy, doing, done, total }: Progress): string {
  const percent = Math.floor((100 * done) / Math.max(1, total));
  return `${String(percent).padStart(3)} % · ${strategy} · ${doing} · ${workload}`;
}
