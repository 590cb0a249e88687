import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type DefaultTheme,
  defineConfig,
  type MarkdownEnv,
  type MarkdownRenderer,
  type PageData,
} from "vitepress";
import { variants } from "../order/variants.ts";
import { forBrowser } from "../playground/for-browser.ts";
import { type Played, playedOn, readPlayed } from "../playground/played.ts";
import { inlineCharts } from "./charts.ts";
import { linkPages } from "./links.ts";
import { type LabEntry, labs, notPages, pageOf, root } from "./pages.ts";
import { sidebar } from "./sidebar.ts";
import { keepUnits } from "./units.ts";

const played = readPlayed();
const races = labs.filter(({ race }) => race !== undefined).map(({ name }) => name);

const plugins = () => [forBrowser(), playedOn(played), variants(races)];

/** Three lanes, of which one waits. */
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="#2f6fde"><rect x="2" y="4" width="28" height="6" rx="3"/><rect x="2" y="13" width="18" height="6" rx="3"/><rect x="2" y="22" width="24" height="6" rx="3"/></g><rect x="22" y="13" width="8" height="6" rx="3" fill="#a37bd6"/></svg>')}`;

/** The page that is served while its sources change gets its head by a script: until then a browser looks for an icon itself. */
const iconAtOnce = {
  name: "icon-at-once",
  transformIndexHtml: () => [{ tag: "link", attrs: { rel: "icon", href: ICON }, injectTo: "head" as const }],
};

/** What the pages know of the labs, beside what the default theme asks for. */
export type ThemeConfig = DefaultTheme.Config & {
  readonly labs: readonly LabEntry[];
  /** Which lab is played on which answer: a file, from the root. */
  readonly played: Played | undefined;
};

export default defineConfig<ThemeConfig>({
  title: "Pattern Labs",
  description: "Nine small labs in which backend engineers learn to control concurrent work in TypeScript",
  lang: "en",
  head: [["link", { rel: "icon", href: ICON }]],
  srcDir: "..",
  srcExclude: notPages,
  rewrites: pageOf,
  transformPageData: nameByParameters,
  cacheDir: "node_modules/.cache",
  // The sidebar leads everywhere: a page would load all others.
  router: { prefetchLinks: false },
  markdown: {
    config(md) {
      linkPages(md);
      inlineCharts(md);
      keepUnits(md);
    },
  },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("lab-") } } },
  vite: {
    logLevel: "error",
    plugins: [...plugins(), iconAtOnce],
    worker: { format: "es", plugins },
    // Pages lie outside of this package, where vue is not installed.
    resolve: { alias: [{ find: /^vue(\/server-renderer)?$/, replacement: `${folderOf("vue")}$1` }] },
    server: { fs: { allow: [fileURLToPath(new URL("../..", import.meta.url))] } },
  },
  themeConfig: {
    labs,
    played: played && { lab: played.lab, answer: relative(root, played.answer) },
    sidebar,
    nav: [
      { text: "The road", link: "/labs/" },
      { text: "Play", link: "/play" },
      { text: "The order of events", link: "/order" },
      { text: "Results", link: "/results" },
    ],
    search: { provider: "local", options: { _render: wordsOf } },
    outline: [2, 3],
    docFooter: { prev: "Before this", next: "After this" },
  },
});

/** A page with parameters in its heading has them in its title as they stand there, and not as they are. */
function nameByParameters({ title, params = {} }: PageData): Partial<PageData> {
  return { title: title.replace(/\{\{ \$params\.(\w+) \}\}/g, (_, name: string) => String(params[name])) };
}

function folderOf(name: string): string {
  return fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
}

/** What is searched: a page without the colours of its code, which nobody looks for and which are dear. */
async function wordsOf(text: string, env: MarkdownEnv, md: MarkdownRenderer): Promise<string> {
  const html = await md.renderAsync(text.replaceAll(/^([ \t]*`{3,})\S.*$/gm, "$1"), env);
  return env.frontmatter?.["search"] === false ? "" : html;
}
