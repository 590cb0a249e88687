import { expect, it } from "vitest";
import { escaped, written } from "./markup.ts";

it.each([
  ["a", "a"],
  ["&", "&amp;"],
  ["a < b", "a &lt; b"],
  ["a > b", "a &gt; b"],
  ['"a"', "&quot;a&quot;"],
  ["it's", "it&#39;s"],
  ["<\n&>", "&lt; &amp;&gt;"],
])("writes %j as text", (text, markup) => {
  expect(escaped(text)).toBe(markup);
});

it("writes pieces as they are nested", () => {
  const row = { tag: "g", attributes: 'id="a"', pieces: ["<rect/>", "", "<path/>"] } as const;
  expect(written({ tag: "svg", attributes: 'class="b"', pieces: ["\n", row, "<text>c</text>"] })).toBe(
    '<svg class="b">\n<g id="a"><rect/><path/></g><text>c</text></svg>',
  );
});
