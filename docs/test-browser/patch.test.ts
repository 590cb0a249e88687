import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launch } from "./browser.ts";

const source = readFileSync(join(import.meta.dirname, "../playground/patch.ts"), "utf8");
const script = stripTypeScriptTypes(source).replaceAll("export function", "function");

// Without the site: a page of its own is enough, and begun in no time.
describeInBrowser("patch", () => {
  let browser: Browser | undefined;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
    await page.evaluate(`{ ${script}; globalThis.patch = patch; }`);
  });
  afterAll(() => browser?.close());

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
    ["other attributes", "<svg><rect x='1' y='2'></rect></svg>", "<svg><rect x='3' width='4'></rect></svg>"],
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
