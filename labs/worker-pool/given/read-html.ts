import { Parser } from "htmlparser2";

export interface HtmlContent {
  readonly title: string;
  /** The web addresses that the page links to, each once, in the order of the page. */
  readonly links: readonly URL[];
}

/** No server takes longer addresses than this, and a page can hold a very long one. */
const longestAddress = 2_048;

/** The parser's time grows with the square of the nesting, so that one hostile page could hold up everything. */
const deepestNesting = 5_000;
const chunkLength = 16_384;

/**
 * Reads the title and the links of a page found at `url`. Any text will do: what is no link is left out, and so is
 * what follows after more than 5,000 tags that were never closed.
 */
export function readHtml(html: string, url: URL): HtmlContent {
  const hrefs: string[] = [];
  let base: string | undefined;
  let title: string | undefined;
  let openTitle: string | undefined;
  let nesting = 0;

  const parser = new Parser({
    onopentag(name, { href }) {
      nesting += 1;
      if (name === "base") base ??= href;
      if ((name === "a" || name === "area") && href !== undefined) hrefs.push(href);
      if (name === "title") openTitle = "";
    },
    ontext(text) {
      if (openTitle !== undefined) openTitle += text;
    },
    onclosetag(name) {
      nesting -= 1;
      if (name !== "title") return;
      title ??= openTitle;
      openTitle = undefined;
    },
  });
  for (let at = 0; at < html.length && nesting <= deepestNesting; at += chunkLength) {
    parser.write(html.slice(at, at + chunkLength));
  }
  parser.end();

  return { title: tidy(title ?? ""), links: resolveAll(hrefs, baseOf(base, url)) };
}

function baseOf(base: string | undefined, url: URL): URL {
  const resolved = base === undefined ? null : URL.parse(base, url);
  return resolved !== null && isWeb(resolved) ? resolved : url;
}

function resolveAll(hrefs: readonly string[], base: URL): URL[] {
  const links = new Map<string, URL>();
  for (const href of hrefs) {
    const link = href.length > longestAddress ? null : URL.parse(href, base);
    if (link === null || !isWeb(link)) continue;
    const page = pageAddress(link);
    links.set(page.href, page);
  }
  return [...links.values()];
}

/** The one address of a page: with no place inside the page, no empty query and no credentials. */
export function pageAddress(link: URL): URL {
  const page = new URL(link);
  page.hash = "";
  if (page.search === "") page.search = ""; // Drops the question mark of "/page?".
  page.username = "";
  page.password = "";
  return page;
}

function isWeb(url: URL): boolean {
  return url.protocol === "http:" || url.protocol === "https:";
}

function tidy(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 100);
}
