import { createMarkdownRenderer } from "vitepress";
import { expect, it } from "vitest";
import { root } from "./pages.ts";
import { keepUnits } from "./units.ts";

const renderer = await createMarkdownRenderer(root, { config: keepUnits });

it.each([
  ["after 10 s it ends", "<p>after 10\u00a0s it ends</p>"],
  ["16 KiB, 15 %", "<p>16\u00a0KiB, 15\u00a0%</p>"],
  ["2 services, 3 s-curves", "<p>2 services, 3 s-curves</p>"],
])("a number and its unit stay together: %s", async (text, html) => {
  expect((await renderer.renderAsync(text, {})).trim()).toBe(html);
});

it("code stays as it is written", async () => {
  expect(await renderer.renderAsync("`sleep 10 s`", {})).toContain("sleep 10 s");
});
