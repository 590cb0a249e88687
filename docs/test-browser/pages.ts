import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { addressOf, labs, pageOf, pages, sources } from "../.vitepress/pages.ts";
import { objections } from "./axe.ts";
import { DESK, PHONE, sharedVisit, type Visit, visit } from "./browser.ts";
import type { Site } from "./site.ts";

const MOST_SCRIPT_BYTES = 120_000;

const ofLabs = labs.flatMap(({ name, scene, race }) => [
  ...(scene === undefined ? [] : [`/labs/${name}/play.html`]),
  ...(race === undefined ? [] : [`/labs/${name}/race.html`]),
]);
const aSource = sources.slice(0, 1).map((source) => `/source/${source.replace(/\.ts$/, ".html")}`);
const addresses = [...pages.map((page) => addressOf(pageOf(page))), ...aSource];

/** Of each kind one; all of them with SOAK=1. */
const KINDS = ["/", "/order.html", "/labs/pubsub/", "/labs/pubsub/play.html", "/labs/pubsub/race.html"];
const judged = process.env["SOAK"] === "1" ? [...addresses, ...ofLabs] : KINDS;

/** The page that is open has one heading of the first rank, fits a phone, and brings little script. */
export async function expectInOrder({ page, scripts }: Visit): Promise<void> {
  expect(await page.locator("h1").count()).toBe(1);
  await page.setViewportSize(PHONE);
  const isTooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
  await page.setViewportSize(DESK);
  expect(isTooWide, "on a phone something is wider than the page").toBe(false);
  const bytes = (await scripts()).reduce((total, script) => total + gzipSync(script).length, 0);
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
    const visited = sharedVisit(() => visit(site.browser, site.url));

    // Those of playgrounds and races are looked at where they are played.
    it.each(addresses)(
      "%s loads without a fault, without asking elsewhere, with little script",
      async (address) => {
        await visited.open(address);
        await expectInOrder(visited);
        expect(visited.faults).toEqual([]);
      },
    );

    it("finds what one looks for", async () => {
      const { page, faults } = visited;
      await visited.open("/");
      await page.keyboard.press("Control+k");
      await page.locator("#localsearch-input").fill("singleflight");
      await page.locator(".VPLocalSearchBox .result").first().waitFor();
      expect(faults).toEqual([]);
    });
  });

  describe.each(["light", "dark"] as const)("an accessibility checker, %s", (colorScheme) => {
    const visited = sharedVisit(() => visit(site.browser, site.url, { colorScheme }));

    it.each(judged)("has no objection to %s, wide and on a phone", async (address) => {
      const { page } = visited;
      await visited.open(address);
      await unfold(page);
      expect(await objections(page)).toEqual([]);
      await page.setViewportSize(PHONE);
      expect(await objections(page)).toEqual([]);
      await page.setViewportSize(DESK);
    });
  });
}
