import { join } from "node:path";
import { createMarkdownRenderer } from "vitepress";
import { expect, it } from "vitest";
import { inlineCharts } from "./charts.ts";
import { root } from "./pages.ts";

const renderer = await createMarkdownRenderer(root, { config: inlineCharts });

/** A page at docs/, as the site has it: its template, and the styles that stand beside that. */
async function pageOf(text: string): Promise<{ html: string; styles: readonly string[] }> {
  const path = join(root, "docs", "some.md");
  const env: { path: string; realPath: string; sfcBlocks?: { styles: { content: string }[] } } = {
    path,
    realPath: path,
  };
  const html = await renderer.renderAsync(text, env);
  return { html, styles: (env.sfcBlocks?.styles ?? []).map(({ content }) => content) };
}

const CHART = '<img src="results/mutex.svg" width="100%" alt="Mutex">';

it("a chart becomes a part of the page, with one style for all", async () => {
  const { html, styles } = await pageOf(`# Results\n\n${CHART}\n\nand\n\n${CHART}\n`);
  expect(html.match(/<svg v-pre xmlns[^>]*role="img"/g)).toHaveLength(2);
  expect(html).not.toMatch(/<img|<style/);
  expect(styles).toEqual([expect.stringContaining("light-dark(")]);
});

it("other images stay as they are", async () => {
  const other = '<img src="results/compare/worker-pool.svg" loading="lazy" alt="A pool">';
  const { html, styles } = await pageOf(`${other}\n`);
  expect(html).toContain(other);
  expect(styles).toEqual([]);
});
