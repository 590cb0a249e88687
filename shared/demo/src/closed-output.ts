/** What the shell calls the end of a program that writes to nobody: 128 and the number of SIGPIPE. */
const BROKEN_PIPE = 141;

/**
 * When whoever reads stdout has seen enough, as `head` has, there is nothing left to do: the process ends, without a word
 * and with the status that other programs end with there. Nobody may take that for success, for work may be left undone.
 *
 * stderr only tells how the work goes. When nobody reads that any more, the work goes on. A terminal that is closed tells so
 * by a signal of its own (`listenForInterrupts`): what is said then is for nobody, and the demo has things to put away.
 */
export function outliveClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
    if (error.code === "EIO" && process.stdout.isTTY) return;
    process.stderr.write(`The output could not be written: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on("error", () => {});
}
