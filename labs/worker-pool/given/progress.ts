/** Where progress is shown: `process.stderr`, or what a test puts in its place. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows `line()` until it is disposed: in a terminal as one line that is painted over again and again, and elsewhere,
 * or when NO_COLOR is set, as a plain line every two seconds.
 */
export function showProgress(line: () => string, stream: ProgressStream = process.stderr): Disposable {
  const { NO_COLOR } = process.env;
  const repaints = stream.isTTY === true && !NO_COLOR;
  const paint = () => {
    // One column is left free, or some terminals would wrap. Some say that they have 0, and mean that they do not know.
    const room = (stream.columns || 80) - 1;
    stream.write(`\r${line().slice(0, room)}\x1b[K`);
  };
  const print = () => stream.write(`${line()}\n`);
  if (repaints) paint();
  const timer = repaints ? setInterval(paint, 100) : setInterval(print, 2_000);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      if (repaints) stream.write("\r\x1b[K");
    },
  };
}
