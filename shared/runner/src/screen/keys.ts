import type { Terminal } from "../terminal.ts";

/** A key as the screen knows it: a letter, or one of these. */
export type Key =
  | "up"
  | "down"
  | "left"
  | "right"
  | "page up"
  | "page down"
  | "escape"
  | "interrupt"
  | (string & {});

const named: Readonly<Record<string, Key>> = {
  "\u0003": "interrupt",
  "\u0004": "q",
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "\u001b[C": "right",
  "\u001bOC": "right",
  "\u001b[D": "left",
  "\u001bOD": "left",
  "\u001b[5~": "page up",
  "\u001b[6~": "page down",
  "\u001b": "escape",
  "\r": "enter",
  "\n": "enter",
  " ": "page down",
};

/** An escape sequence, or any one character. */
const oneKey = new RegExp(`${"\u001b"}(?:\\[[0-?]*[ -/]*[@-~]|O[A-Z])|[^]`, "gu");

/** The keys in a piece of input: fast typing, or a paste, brings several at once. */
export function keysIn(input: string): Key[] {
  return (input.match(oneKey) ?? []).flatMap((sequence) => {
    const name = named[sequence];
    if (name !== undefined) return [name];
    return sequence.length > 1 && sequence.startsWith("\u001b") ? [] : [sequence.toLowerCase()];
  });
}

/** Listens for single keys until disposed; then the keyboard is as it was. A closed keyboard is an interrupt. */
export function listenForKeys({ input }: Pick<Terminal, "input">, onKey: (key: Key) => void): Disposable {
  const onData = (chunk: string | Buffer) => keysIn(chunk.toString()).forEach(onKey);
  const onEnd = () => onKey("interrupt");
  input.setRawMode?.(true);
  input.on("data", onData).on("end", onEnd);
  input.resume();
  return {
    [Symbol.dispose]: () => {
      input.off("data", onData).off("end", onEnd);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}
