import { dirname, join, normalize } from "node:path/posix";
import { anchorOf, linksOf, proseOf, sectionsOf } from "@pattern-labs/runner/src/markdown.ts";
import { exists, type Page } from "./pages.ts";

/** The links of `page` that lead nowhere. `pages` are all there are: anchors are looked up in them. */
export function deadLinks({ path, text }: Page, pages: readonly Page[]): string[] {
  return [...linksOf(text), ...linksInHtml(text)].filter(isInside).flatMap((target) => {
    const [file = "", anchor] = target.split("#");
    const meant = file === "" ? path : normalize(join(dirname(path), decodeURI(file)));
    if (meant.startsWith("..")) return [`${path} links to ${target}, which is outside of the repository`];
    if (!exists(meant) && !pages.some((page) => page.path === meant)) {
      return [`${path} links to ${target}, which does not exist`];
    }
    const page = pages.find((page) => page.path === meant);
    if (anchor === undefined || page === undefined || anchorsOf(page).includes(decodeURI(anchor))) return [];
    return [`${path} links to ${target}, and there is no such heading`];
  });
}

/** What is out on the web is not looked up. */
function isInside(target: string): boolean {
  return !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target);
}

function linksInHtml(text: string): string[] {
  return [...proseOf(text).matchAll(/<(?:a|img)\s[^>]*?\b(?:href|src)="([^"]+)"/g)].map(
    ([, target = ""]) => target,
  );
}

/** The anchors of a page, as GitHub makes them: the second heading of a name ends with "-1". */
function anchorsOf({ text }: Page): string[] {
  const seen = new Map<string, number>();
  const ofHeadings = sectionsOf(text).map(({ heading }) => {
    const anchor = anchorOf(heading);
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  const named = [...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, name = ""]) => name);
  return [...ofHeadings, ...named];
}
