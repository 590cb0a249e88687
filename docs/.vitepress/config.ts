import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";
import { variants } from "../order/variants.ts";
import { forBrowser } from "../playground/for-browser.ts";
import { playedOn, readPlayed } from "../playground/played.ts";
import { inlineCharts } from "./charts.ts";
import { linkPages } from "./links.ts";
import { type LabEntry, labs, notPages, pageOf } from "./pages.ts";
import { sidebar } from "./sidebar.ts";

const played = readPlayed();
const races = labs.filter(({ race }) => race !== undefined).map(({ name }) => name);

const plugins = () => [forBrowser(), playedOn(played), variants(races)];

/** Three lanes, of which one waits. */
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="#2f6fde"><rect x="2" y="4" width="28" height="6" rx="3"/><rect x="2" y="13" width="18" height="6" rx="3"/><rect x="2" y="22" width="24" height="6" rx="3"/></g><rect x="22" y="13" width="8" height="6" rx="3" fill="#a37bd6"/></svg>')}`;

/** What the pages know of the labs, beside what the default theme asks for. */
export type ThemeConfig = DefaultTheme.Config & {
  readonly labs: readonly LabEntry[];
  /** The lab that is played on the reader's own answer. */
  readonly playedLab: string | undefined;
};

export default defineConfig<ThemeConfig>({
  title: "Pattern Labs",
  description: "Nine small labs in which backend engineers learn to control concurrent work in TypeScript",
  lang: "en",
  head: [["link", { rel: "icon", href: ICON }]],
  srcDir: "..",
  srcExclude: notPages,
  rewrites: pageOf,
  cacheDir: "node_modules/.cache",
  // The sidebar leads everywhere: a page would load all others.
  router: { prefetchLinks: false },
  markdown: {
    config(md) {
      linkPages(md);
      inlineCharts(md);
    },
  },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("lab-") } } },
  vite: {
    logLevel: "error",
    plugins: plugins(),
    worker: { format: "es", plugins },
    // Pages lie outside of this package, where vue is not installed.
    resolve: { alias: [{ find: /^vue(\/server-renderer)?$/, replacement: `${folderOf("vue")}$1` }] },
    server: { fs: { allow: [fileURLToPath(new URL("../..", import.meta.url))] } },
  },
  themeConfig: {
    labs,
    playedLab: played?.lab,
    sidebar,
    nav: [
      { text: "The road", link: "/labs/" },
      { text: "Play", link: "/play" },
      { text: "The order of events", link: "/order" },
      { text: "Results", link: "/results" },
    ],
    search: { provider: "local" },
    outline: [2, 3],
    docFooter: { prev: "Before this", next: "After this" },
  },
});

function folderOf(name: string): string {
  return fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
}
