/** Every link in every text of the repository leads somewhere: the file is there, and so is the heading. */
import { describe, expect, it } from "vitest";
import { deadLinks } from "./links.ts";
import { readAllPages } from "./pages.ts";

const pages = readAllPages();

describe("the links of the pages", () => {
  it.for(pages.map((page) => [page.path, page] as const))("lead somewhere: %s", ([, page]) => {
    expect(deadLinks(page, pages)).toEqual([]);
  });
});
