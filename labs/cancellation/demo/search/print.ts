import { once } from "node:events";
import { styleText } from "node:util";
import { announce } from "@pattern-labs/demo";
import { type ByteName, shown, shownName } from "@pattern-labs/demo/files";
import type { Lab } from "../../contract.ts";
import type { FoundLine } from "../../given/find-lines.ts";
import type { Search } from "./search-tree.ts";

type Print = Search["print"];

/** Writes what was found to stdout, and waits while its reader is slower than the disk. */
export function printerFor(lab: Lab, { json }: { readonly json: boolean }): Print {
  const format = json ? asJson : asText;
  // Where both are one terminal, a line must not be written into the middle of the live view.
  if (process.stdout.isTTY && process.stderr.isTTY) {
    return async (name, lines) => announce(format(name, lines).slice(0, -1));
  }
  doNotBlock();
  let drained: Promise<unknown> | undefined;
  return async (name, lines, signal) => {
    if (process.stdout.write(format(name, lines))) return;
    drained ??= once(process.stdout, "drain").finally(() => {
      drained = undefined;
    });
    await lab.underSignal(drained, signal);
  };
}

/**
 * To a pipe Node writes synchronously. Whoever leaves it full, as a pager does, would hold up the whole process, and
 * Ctrl-C would not be heard.
 */
function doNotBlock(): void {
  const { _handle } = process.stdout as { _handle?: { setBlocking?(isBlocking: boolean): void } };
  _handle?.setBlocking?.(false);
}

/** How long a reader that has fallen behind is waited for after a search that was stopped. */
const GRACE_MS = 500;

/** Waits until all that was printed has been taken, for a while. @returns Whether it was. */
export async function tryFlush(lab: Lab): Promise<boolean> {
  const flushed = new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  try {
    await lab.cleanUp(() => flushed, { deadlineMs: GRACE_MS });
    return true;
  } catch {
    return false;
  }
}

/** A line as it is shown: a tab is a space there. */
const plain = (text: string) => shown(text.replaceAll("\t", " "));

/** So much of a line is shown before what was found, and in all. */
const BEFORE = 60;
const WIDTH = 200;

function asText(name: ByteName, lines: readonly FoundLine[]): string {
  const path = paint("magenta", shownName(name));
  return lines.map((found) => `${path}:${found.line}:${excerpt(found)}\n`).join("");
}

function excerpt({ text, at, length }: FoundLine): string {
  const from = at > WIDTH - BEFORE ? at - BEFORE : 0;
  const end = from + WIDTH;
  const before = `${from > 0 ? "…" : ""}${plain(text.slice(from, at))}`;
  const found = paint(["bold", "red"], plain(text.slice(at, Math.min(at + length, end))));
  const after = plain(text.slice(Math.min(at + length, end), end).trimEnd());
  return `${before}${found}${after}${text.length > end ? "…" : ""}`;
}

const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { stream: process.stdout });

function asJson(name: ByteName, lines: readonly FoundLine[]): string {
  const path = shownName(name);
  return lines
    .map(({ line, text, at, length }) => {
      const from = Math.max(0, at - BEFORE);
      const part = text.slice(from, from + WIDTH).toWellFormed();
      return `${JSON.stringify({ path, line, text: part, found: text.slice(at, at + length).slice(0, WIDTH) })}\n`;
    })
    .join("");
}
