import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { addressOf, labs, pageOf, pages, root, sources } from "../.vitepress/pages.ts";
import { objections } from "./axe.ts";
import { DESK, PHONE, sharedVisit, type Visit, visit } from "./browser.ts";
import type { Site } from "./site.ts";

const MOST_SCRIPT_BYTES = 120_000;

const ofLabs = labs.flatMap(({ name, scene, race }) => [
  ...(scene === undefined ? [] : [`/labs/${name}/play.html`]),
  ...(race === undefined ? [] : [`/labs/${name}/race.html`]),
]);
const pageOfSource = (source: string) => `/source/${source.replace(/\.ts$/, ".html")}`;
const aSource = sources.slice(0, 1).map(pageOfSource);
const addresses = [...pages.map((page) => addressOf(pageOf(page))), ...aSource];

/** Of each kind one; all of them with SOAK=1. */
const KINDS = ["/", "/order.html", "/labs/pubsub/", "/labs/pubsub/play.html", "/labs/pubsub/race.html"];
const judged =
  process.env["SOAK"] === "1" ? [...new Set([...addresses, ...unlikeOthers(), ...ofLabs])] : KINDS;

/** Of the pages of sources the longest, the widest, and the one with the most prose in it. */
function unlikeOthers(): readonly string[] {
  const texts = sources.map((source) => ({ source, text: readFileSync(join(root, source), "utf8") }));
  const measures: readonly ((text: string) => number)[] = [
    (text) => text.split("\n").length,
    (text) => text.split("\n").reduce((most, { length }) => Math.max(most, length), 0),
    (text) => (text.match(/^ *(?:\/\/|\/?\*).*/gm) ?? []).join("").length,
  ];
  return measures.flatMap((measure) =>
    texts
      .toSorted((a, b) => measure(b.text) - measure(a.text))
      .slice(0, 1)
      .map(({ source }) => pageOfSource(source)),
  );
}

/** The page that is open has one heading of the first rank, fits the phone that it is seen on, and brings little script. */
export async function expectInOrder({ page, scriptBytes }: Visit): Promise<void> {
  expect(await page.locator("h1").count()).toBe(1);
  const isTooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
  expect(page.viewportSize()).toEqual(PHONE);
  expect(isTooWide, "on a phone something is wider than the page").toBe(false);
  const bytes = await scriptBytes();
  expect(bytes, `${bytes} bytes of script, gzipped`).toBeLessThan(MOST_SCRIPT_BYTES);
}

/** Brings to sight what a page shows only when it is used: a run under way and its answer, a race that has been lost. */
async function unfold(page: Page): Promise<void> {
  if ((await page.locator("lab-play").count()) > 0) {
    await page.locator("lab-play .answers button").first().click();
    await page.evaluate(`document.querySelector("lab-play").advance(10_000)`);
    await page.locator("lab-play .answered .why").waitFor();
  }
  if ((await page.locator("lab-race").count()) > 0) {
    await page.getByRole("button", { name: "Try every order" }).click();
    await page.locator("lab-race .chip.bad").first().click();
    await page.locator("lab-race .verdict.bad").waitFor();
    await page.locator("lab-race summary").click();
  }
}

export function describePages(site: Site): void {
  describe("each page", () => {
    const visited = sharedVisit(() => visit(site.browser, site.url, { viewport: PHONE }));

    // Those of playgrounds and races are looked at where they are played.
    it.each(addresses)(
      "%s loads without a fault, without asking elsewhere, with little script",
      async (address) => {
        await visited.open(address);
        await expectInOrder(visited);
        expect(visited.faults).toEqual([]);
      },
    );

    it("shows at the start the beginning of a run, before anything is played", async () => {
      const { page, faults } = visited;
      await visited.open("/");
      await page.waitForFunction(`Number(document.querySelector("lab-play").dataset.now) === 600`);
      await page.locator("lab-play .picture [data-task]").first().waitFor();
      expect(faults).toEqual([]);
    });

    it("finds what one looks for", async () => {
      const { page, faults } = visited;
      await visited.open("/");
      await page.keyboard.press("Control+k");
      await page.locator("#localsearch-input").fill("singleflight");
      await page.locator(".VPLocalSearchBox .result").first().waitFor();
      expect(faults).toEqual([]);
    });
  });

  describe("an accessibility checker", () => {
    const visited = sharedVisit(() => visit(site.browser, site.url, { colorScheme: "dark" }));

    it.each(judged)("has no objection to %s, dark and light, wide and on a phone", async (address) => {
      const { page, faults } = visited;
      await page.setViewportSize(DESK);
      await visited.open(address);
      await unfold(page);
      expect(await objections(page), "dark, wide").toEqual([]);
      await wear(page, "light");
      expect(await objections(page), "light, wide").toEqual([]);
      await page.setViewportSize(PHONE);
      expect(await objections(page), "light, on a phone").toEqual([]);
      await wear(page, "dark");
      expect(await objections(page), "dark, on a phone").toEqual([]);
      expect(faults).toEqual([]);
    });
  });
}

/** Asks for other colours, and waits until the page has them. */
async function wear(page: Page, colorScheme: "dark" | "light"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  const isDark = `document.documentElement.classList.contains("dark")`;
  await page.waitForFunction(`${isDark} === ${colorScheme === "dark"}`);
}
