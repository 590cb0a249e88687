import { describe, expect, it } from "vitest";
import { Frontier, type Page } from "./frontier.ts";

const never = new AbortController().signal;
const at = (path: string) => new URL(path, "http://library.example/");

/** Takes every page and finishes it with the links that `site` gives for its path. */
async function walk(
  frontier: Frontier,
  site: Readonly<Record<string, readonly string[]>>,
): Promise<string[]> {
  for await (const page of frontier.upcoming(never)) {
    page.links = (site[page.url.pathname] ?? []).map(at);
    frontier.finish(page);
  }
  return frontier.pages.map((page) => page.url.pathname);
}

async function take(pages: AsyncGenerator<Page, void, void>): Promise<Page> {
  const { value } = await pages.next();
  if (value === undefined) throw new Error("The frontier has no further page");
  return value;
}

describe("Frontier.upcoming", () => {
  it("hands out each page once, however often it is linked", async () => {
    const frontier = new Frontier(at("/"), { depth: 9, maxPages: 9 });
    expect(await walk(frontier, { "/": ["/a", "/b", "/a#top"], "/a": ["/", "/b"] })).toEqual([
      "/",
      "/a",
      "/b",
    ]);
  });

  it("goes no farther than its depth", async () => {
    const frontier = new Frontier(at("/"), { depth: 1, maxPages: 9 });
    expect(await walk(frontier, { "/": ["/a"], "/a": ["/b"] })).toEqual(["/", "/a"]);
    expect(frontier.notFollowed()).toEqual({ otherSites: 0, tooDeep: 1, tooMany: 0 });
  });

  it("holds no more than maxPages", async () => {
    const frontier = new Frontier(at("/"), { depth: 9, maxPages: 2 });
    expect(await walk(frontier, { "/": ["/a", "/b", "/c"] })).toEqual(["/", "/a"]);
    expect(frontier.notFollowed()).toEqual({ otherSites: 0, tooDeep: 0, tooMany: 2 });
  });

  it("leaves other sites alone, unless they were named", async () => {
    const links = { "/": ["http://annex.example/x", "http://elsewhere.example/y"] };
    const frontier = new Frontier(at("/"), { depth: 9, maxPages: 9, otherOrigins: ["http://annex.example"] });
    expect(await walk(frontier, links)).toEqual(["/", "/x"]);
    expect(frontier.notFollowed()).toEqual({ otherSites: 1, tooDeep: 0, tooMany: 0 });
  });

  it("waits for pages under way, which may lead to more", async () => {
    const frontier = new Frontier(at("/"), { depth: 9, maxPages: 9 });
    const pages = frontier.upcoming(never);
    const start = await take(pages);
    const waiting = take(pages);

    start.links = [at("/a")];
    frontier.finish(start);

    expect((await waiting).url.pathname).toBe("/a");
  });

  it("stops waiting when its signal aborts", async () => {
    const controller = new AbortController();
    const pages = new Frontier(at("/"), { depth: 9, maxPages: 9 }).upcoming(controller.signal);
    await pages.next();
    const waiting = pages.next();

    controller.abort(new Error("enough"));

    await expect(waiting).rejects.toThrow();
  });

  it("follows the links of a page after all when a slow page shows a shorter way to it", async () => {
    const frontier = new Frontier(at("/"), { depth: 3, maxPages: 9 });
    const pages = frontier.upcoming(never);
    const finish = (page: Page, ...links: string[]) => {
      page.links = links.map(at);
      frontier.finish(page);
    };
    finish(await take(pages), "/slow", "/quick");
    const slow = await take(pages);
    finish(await take(pages), "/between");
    finish(await take(pages), "/far");
    const far = await take(pages);
    finish(far, "/farther");
    expect([far.depth, frontier.notFollowed().tooDeep]).toEqual([3, 1]);

    finish(slow, "/far");

    expect(far.depth).toBe(2);
    expect((await take(pages)).url.pathname).toBe("/farther");
  });

  it("counts the address to which the start redirects as its own site", async () => {
    const frontier = new Frontier(at("/"), { depth: 9, maxPages: 9 });
    const pages = frontier.upcoming(never);
    const start = await take(pages);
    start.links = [new URL("https://library.example/home"), new URL("https://library.example/a")];

    frontier.finish(start, new URL("https://library.example/home"));

    expect(frontier.pages.map((page) => page.url.href)).toEqual([
      "http://library.example/",
      "https://library.example/a",
    ]);
  });
});
