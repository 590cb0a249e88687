import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { CHART_STYLE } from "@pattern-labs/picture/chart";
import type { MarkdownOptions } from "vitepress";
import { root } from "./pages.ts";

type Renderer = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

/** A chart as the pages show it: `<img src="results/channel.svg" width="100%" alt="…">`, on a line of its own. */
const CHART = /^<img src="([^":]+\.svg)" width="100%" alt="[^"]*">\s*$/;

/**
 * Charts that a page shows as images become a part of it: they are light or dark as the site is, and their text can be
 * marked and copied. All of a page share one style.
 */
export function inlineCharts(md: Renderer): void {
  md.core.ruler.push("charts", ({ tokens, env, Token }) => {
    const from = relative(root, env.realPath ?? env.path);
    let isStyled = false;
    for (const token of tokens) {
      const [, file] = CHART.exec(token.content) ?? [];
      if (token.type !== "html_block" || file === undefined) continue;
      token.content = chartIn(readFileSync(join(root, dirname(from), file), "utf8"));
      isStyled = true;
    }
    if (!isStyled) return;
    const style = new Token("html_block", "", 0);
    style.content = `<style>${CHART_STYLE}</style>\n`;
    tokens.push(style);
  });
}

/** Without the style of its own, and with nothing in it that is taken for a template. */
export function chartIn(svg: string): string {
  return svg.replace(/<style>[\s\S]*?<\/style>\n?/, "").replace("<svg ", "<svg v-pre ");
}
