import type { ReadStream } from "node:tty";

/**
 * Calls `onKey` with each key that is pressed in the terminal; Ctrl-C is sent to this process as a signal, as if nobody
 * listened. Where stdin is no terminal it does nothing. Whoever began it disposes of it.
 */
export function listenForKeys(onKey: (key: string) => void, stdin: ReadStream = process.stdin): Disposable {
  if (!stdin.isTTY) return { [Symbol.dispose]: () => {} };
  const hear = (data: Buffer) => {
    for (const key of data.toString("utf8")) {
      if (key === "\x03") process.kill(process.pid, "SIGINT");
      else onKey(key);
    }
  };
  stdin.setRawMode(true);
  stdin.on("data", hear).resume();
  return {
    [Symbol.dispose]() {
      stdin.off("data", hear).pause();
      stdin.setRawMode(false);
    },
  };
}
