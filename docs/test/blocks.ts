import type { Page } from "./pages.ts";

/** A code block of a page. */
export interface Block {
  /** "docs/concepts.md:40": where it begins. */
  readonly place: string;
  /** What stands behind the fence: "ts", "simulated". */
  readonly language: string;
  readonly flags: readonly string[];
  /** The heading of rank two under which it stands. */
  readonly heading: string;
  readonly code: string;
  /** The block right below it, with nothing in between. */
  readonly next: Block | undefined;
}

/** The blocks of a page, in order. */
export function blocksOf({ path, text }: Page): Block[] {
  const fence = /^([ \t]*)(`{3,})([^\n`]*)\n(.*?)^\1\2[ \t]*$/gms;
  let next: Block | undefined;
  let nextBegins = Number.POSITIVE_INFINITY;
  const blocks = [...text.matchAll(fence)].toReversed().map((match) => {
    const [whole, margin = "", , info = "", body = ""] = match;
    const before = text.slice(0, match.index);
    const between = text.slice(match.index + whole.length, nextBegins);
    const [language = "", ...flags] = info.trim().split(/\s+/);
    const block: Block = {
      place: `${path}:${before.split("\n").length}`,
      language,
      flags,
      heading: [...before.matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "",
      code: withoutMargin(body, margin),
      next: between.trim() === "" ? next : undefined,
    };
    next = block;
    nextBegins = match.index;
    return block;
  });
  return blocks.toReversed();
}

function withoutMargin(body: string, margin: string): string {
  return body
    .split("\n")
    .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.trimStart()))
    .join("\n");
}

/** The name that a block gives to itself in its first line: "// bank.ts". */
export function nameOf({ language, code }: Block): string | undefined {
  return language === "ts" ? /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] : undefined;
}
