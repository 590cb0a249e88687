import { describe, expect, it } from "vitest";
import { readHtml } from "./read-html.ts";

const page = new URL("http://library.example/shelf/1");
const linksOf = (html: string) => readHtml(html, page).links.map((link) => link.href);

describe("readHtml", () => {
  it("resolves links against the page", () => {
    expect(linksOf('<a href="2"></a><A HREF=/x></A><area href="?q=1"><a href="//other.example">')).toEqual([
      "http://library.example/shelf/2",
      "http://library.example/x",
      "http://library.example/shelf/1?q=1",
      "http://other.example/",
    ]);
  });

  it("resolves links against the first base, wherever that stands", () => {
    expect(linksOf('<a href="x"></a><base href="/deep/"><base href="/other/">')).toEqual([
      "http://library.example/deep/x",
    ]);
  });

  it.each(["http://[broken", "javascript:alert(1)"])("ignores the base %j", (base) => {
    expect(linksOf(`<base href="${base}"><a href="x">`)).toEqual(["http://library.example/shelf/x"]);
  });

  it("knows one page by one address", () => {
    const same = [
      "/x",
      "/x#part",
      "/x?",
      "../x",
      "./../y/../x",
      "HTTP://LIBRARY.example:80/x",
      " /x\n",
      "//me:pw@library.example/x",
    ];
    expect(linksOf(same.map((href) => `<a href="${href}"></a>`).join(""))).toEqual([
      "http://library.example/x",
    ]);
  });

  it.each([
    "mailto:a@example.com",
    "javascript:void(0)",
    "tel:1",
    "ftp://x.example/",
    "http://[broken",
    "data:,x",
  ])("leaves out %j", (href) => {
    expect(linksOf(`<a href="${href}">`)).toEqual([]);
  });

  it("leaves out addresses that no server would take", () => {
    expect(linksOf(`<a href="/${"x".repeat(3_000)}">`)).toEqual([]);
  });

  it("leaves out what only looks like a link", () => {
    expect(
      linksOf('<!-- <a href="/a"> --><script>"<a href=/b>"</script><a name="c"><link href="/d">'),
    ).toEqual([]);
  });

  it("decodes entities in links and titles", () => {
    const { title, links } = readHtml('<title> Tom &amp;\n Jerry </title><a href="?a=1&amp;b=2">', page);
    expect([title, links[0]?.search]).toEqual(["Tom & Jerry", "?a=1&b=2"]);
  });

  it("reads a page across the pieces in which it is parsed", () => {
    const many = Array.from({ length: 5_000 }, (_, page) => `/page/${page}`);
    expect(linksOf(many.map((path) => `<p><a href="${path}"></a>`).join(""))).toHaveLength(5_000);
  });

  it("stops reading where tags nest without end", () => {
    expect(linksOf(`<a href="/a"></a>${"<x>".repeat(300_000)}<a href="/b">`)).toEqual([
      "http://library.example/a",
    ]);
  });

  it.each(["", "\0\0", "<", "<a href", "<a href='", "<title>", "]]>", "<".repeat(10_000)])(
    "reads %j",
    (html) => {
      expect(readHtml(html, page).links).toEqual([]);
    },
  );
});
