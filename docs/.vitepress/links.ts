import { relative } from "node:path";
import type { MarkdownOptions } from "vitepress";
import { root, targetOf } from "./pages.ts";

type Renderer = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

/**
 * The files link to each other as they lie, so that they also read well without the site. Here such a link becomes the
 * address of the page. One to a file that is not there fails the build; one to a folder is no link in the site.
 */
export function linkPages(md: Renderer): void {
  md.core.ruler.push("pages", ({ tokens, env }) => {
    const from = relative(root, env.realPath ?? env.path);
    for (const { children } of tokens) {
      let isFolder = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const [path = "", anchor] = (token.attrGet("href") ?? "").split("#");
          if (path === "" || /^([a-z]+:|\/)/.test(path)) continue;
          const target = targetOf(from, decodeURI(path));
          isFolder = target === undefined;
          token.attrSet("href", anchor === undefined ? (target ?? "") : `${target}#${anchor}`);
        }
        if (!isFolder || !/^link_(open|close)$/.test(token.type)) continue;
        isFolder = token.type === "link_open";
        Object.assign(token, { type: token.type.replace("link", "em"), tag: "span", attrs: null });
      }
    }
  });
}
