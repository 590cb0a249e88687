import type { MarkdownOptions } from "vitepress";

type Renderer = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

const NUMBER_AND_UNIT = /(\d) (?=(?:s|ms|ns|min|minutes|%|bytes|[KMG]i?B)(?![\w-]))/g;

/** "10 s", "16 KiB": no line ends, and no cell of a table wraps, between a number and its unit. */
export function keepUnits(md: Renderer): void {
  md.core.ruler.push("units", ({ tokens }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        if (token.type === "text") token.content = token.content.replaceAll(NUMBER_AND_UNIT, "$1\u00a0");
      }
    }
  });
}
