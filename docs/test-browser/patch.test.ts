import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { type Group, type Piece, written } from "@pattern-labs/picture";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, launch } from "./browser.ts";

/** A module of the playground as a script, beside those that it needs. */
const scriptOf = (file: string) =>
  stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "../playground", file), "utf8"))
    .replaceAll(/^import .*$/gm, "")
    .replaceAll(/^export (?=function|class)/gm, "");

// Without the site: a page of its own is enough, and begun in no time.
describeInBrowser("what a picture is shown by", () => {
  let browser: Browser | undefined;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
    await page.evaluate(
      `{ ${scriptOf("patch.ts")} ${scriptOf("pieces.ts")} Object.assign(globalThis, { patch, Pieces }); }`,
    );
  });
  afterAll(() => browser?.close());

  describe("patch", () => {
    /** Shows one markup after the other; gives what is then shown, and how many of the first one's elements were kept. */
    const shown = (...markups: string[]): Promise<{ markup: string; kept: number }> =>
      page.evaluate(`(() => {
        const place = document.createElement("div");
        let before;
        for (const markup of ${JSON.stringify(markups)}) {
          const next = document.createElement("template");
          next.innerHTML = markup;
          patch(place, next.content);
          before ??= [...place.querySelectorAll("*")];
        }
        return { markup: place.innerHTML, kept: before.filter((element) => place.contains(element)).length };
      })()`);

    it.each([
      [
        "more",
        "<svg><g><rect x='1'></rect></g></svg>",
        "<svg><g><rect x='1'></rect><path d='M0'></path></g></svg>",
      ],
      ["fewer", "<p>a</p><p>b</p><p>c</p>", "<p>a</p>"],
      [
        "other attributes",
        "<svg><rect x='1' y='2'></rect></svg>",
        "<svg><rect x='3' width='4'></rect></svg>",
      ],
      [
        "other elements",
        "<svg><g><rect></rect><text>a</text></g></svg>",
        "<svg><g><text>b</text><rect></rect></g></svg>",
      ],
      ["text instead of elements", "<p><b>a</b></p>", "<p>a</p>"],
      ["nothing", "<p>a</p>", ""],
    ])("shows %s", async (_, first, second) => {
      expect((await shown(first, second)).markup).toBe((await shown(second)).markup);
      expect((await shown(first, second, first)).markup).toBe((await shown(first)).markup);
    });

    it("leaves alone what is equal, beside what has changed", async () => {
      const row = (bars: string) => `<svg><g><rect x="1"></rect>${bars}</g><g><text>a</text></g></svg>`;
      expect((await shown(row(""), row("<rect x='2'></rect>"))).kept).toBe(5);
    });
  });

  describe("Pieces", () => {
    interface Shown {
      readonly markup: string;
      /** Whether all elements are what the browser draws, and not names that it does not know. */
      readonly isDrawn: boolean;
      /** How many of the first one's elements stand there still. */
      readonly kept: number;
      /** How many elements and texts were put in, taken out or changed by the last one. */
      readonly touched: number;
    }

    /** Shows one picture after the other in the same place, each through the edit of its number, by default all by one. */
    const shown = (pictures: readonly (readonly Piece[])[], edits = pictures.map(() => 0)): Promise<Shown> =>
      page.evaluate(`(() => {
        const place = document.createElement("div");
        const pieces = new Pieces(place);
        const edits = [(markup) => markup, (markup) => markup.replaceAll(/<title>.*?<\\/title>/g, "")];
        const observer = new MutationObserver(() => {});
        observer.observe(place, { subtree: true, childList: true, attributes: true, characterData: true });
        let before, touched;
        for (const [i, picture] of ${JSON.stringify(pictures)}.entries()) {
          pieces.show(picture, edits[${JSON.stringify(edits)}[i]]);
          before ??= [...place.querySelectorAll("*")];
          touched = observer.takeRecords().reduce(
            (sum, { type, addedNodes, removedNodes }) =>
              sum + (type === "childList" ? addedNodes.length + removedNodes.length : 1), 0);
        }
        return {
          markup: place.innerHTML,
          isDrawn: [...place.querySelectorAll("svg, svg *")].every((element) => element instanceof SVGElement),
          kept: before.filter((element) => place.contains(element)).length,
          touched,
        };
      })()`);

    const group = (attributes: string, ...pieces: readonly Piece[]): Group => ({
      tag: "g",
      attributes,
      pieces,
    });
    const svg = (...pieces: readonly Piece[]): Group => ({
      tag: "svg",
      attributes: 'class="picture"',
      pieces,
    });
    const bar = (x: number) => `<rect x="${x}"></rect>`;
    const row = (y: number, ...bars: readonly string[]) => group(`transform="translate(0 ${y})"`, ...bars);

    /** What the browser makes of the whole, read at one go. */
    const parsed = (picture: readonly Piece[]): Promise<string> =>
      page.evaluate(`(() => {
        const place = document.createElement("div");
        place.innerHTML = ${JSON.stringify(picture.map(written).join(""))};
        return place.innerHTML;
      })()`);

    const usual = ["<p>bad</p>", svg("<style>a{}</style>", "\n", row(0, bar(1), bar(2)), row(20, bar(3)))];

    it.each<[string, readonly Piece[], readonly Piece[]]>([
      ["a bar more", usual, ["<p>bad</p>", svg("<style>a{}</style>", "\n", row(0, bar(1), bar(2), bar(4)))]],
      ["a bar between others", [svg(row(0, bar(1), "", bar(3)))], [svg(row(0, bar(1), bar(2), bar(3)))]],
      ["several in one piece", [svg(row(0, bar(1), bar(9)))], [svg(row(0, bar(1) + bar(2), bar(9)))]],
      ["fewer in one piece", [svg(row(0, bar(1) + bar(2), bar(9)))], [svg(row(0, bar(2), bar(9)))]],
      ["a row before others", [svg(row(0, bar(1)))], [svg(row(0, bar(7)), row(20, bar(1)))]],
      ["fewer rows", usual, [svg(row(0, bar(1)))]],
      ["a piece in place of a row", [svg(row(0, bar(1)), bar(2))], [svg("<path></path>", bar(2))]],
      ["a row in place of pieces", [svg(bar(1) + bar(2), bar(3))], [svg(row(0, bar(1)), bar(3))]],
      ["a row in place of one that was text", [svg("<g id='a'><text>b</text></g>")], [svg(row(0, bar(1)))]],
      ["a row in place of a picture", [svg(row(0, bar(1)))], [row(0, bar(1))]],
      ["a picture in place of a row", [row(0, bar(1))], [svg(row(0, bar(1)))]],
      ["findings before it", ["", svg(bar(1))], ["<p>bad</p><p>worse</p>", svg(bar(1))]],
      ["findings no more", usual, ["", svg(bar(1))]],
      ["nothing", usual, []],
    ])("show %s", async (_, first, second) => {
      expect(await shown([first, second])).toMatchObject({ markup: await parsed(second), isDrawn: true });
      expect(await shown([first, second, first])).toMatchObject({
        markup: await parsed(first),
        isDrawn: true,
      });
    });

    it("touch nothing but what has changed", async () => {
      const bars = Array.from({ length: 50 }, (_, i) => bar(i));
      const before = ["", svg(row(0, ...bars), row(20, ...bars), row(40, ...bars))];
      const grown = ["", svg(row(0, ...bars), row(20, ...bars.with(-1, bar(90)), bar(99)), row(41, ...bars))];
      // An attribute of a bar, a bar that is new, an attribute of a row.
      expect(await shown([before, grown])).toMatchObject({ kept: 154, touched: 3 });
      expect(await shown([before, structuredClone(before)])).toMatchObject({ kept: 154, touched: 0 });
    });

    it("go through another edit as a whole, by which no more is changed than it edits", async () => {
      const told = (x: number) => `<rect x="${x}"><title>${x}</title></rect>`;
      const bare = (x: number) => `<rect x="${x}"></rect>`;
      const picture = [svg(row(0, told(1), told(2)), told(3))];
      const pictures = [picture, picture];
      expect(await shown(pictures, [0, 1])).toMatchObject({
        markup: await parsed([svg(row(0, bare(1), bare(2)), bare(3))]),
        kept: 5,
      });
      expect(await shown(pictures, [1, 0])).toMatchObject({ markup: await parsed(picture), kept: 5 });
    });
  });
});
