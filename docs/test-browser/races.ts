import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { labs } from "../.vitepress/pages.ts";
import { DESK, PHONE, sharedVisit, visit } from "./browser.ts";
import { expectInOrder } from "./pages.ts";
import type { Site } from "./site.ts";

const shows = (page: Page, name: string, value: string) =>
  page.waitForFunction(`document.querySelector("lab-race").dataset.${name} === "${value}"`);

export function describeRaces(site: Site): void {
  describe("the race of", () => {
    const visited = sharedVisit(() => visit(site.browser, site.url));
    afterEach(() => expect(visited.faults).toEqual([]));

    it.each(labs.filter(({ race }) => race !== undefined))(
      "$name is in order, goes well in its first order, breaks in another, and the reference stands all of them",
      async ({ name }) => {
        const { page } = visited;
        await page.setViewportSize(PHONE);
        await visited.open(`/labs/${name}/race.html`);
        await expectInOrder(visited);
        await shows(page, "verdict", "good");
        await page.getByRole("button", { name: "Try every order" }).click();
        await page.locator("lab-race .chip.bad").first().click();
        await shows(page, "verdict", "bad");
        await page.getByRole("button", { name: "the reference" }).click();
        await shows(page, "verdict", "good");
        await page.getByText("It holds in all 24 orders.").waitFor();
        expect(await page.locator("lab-race .chip.good").count()).toBe(24);
      },
    );

    it("http-fanout can be run by the keyboard", async () => {
      const { page } = visited;
      await page.setViewportSize(DESK);
      await visited.open("/labs/http-fanout/race.html");
      await shows(page, "order", "A·B·C");
      await page.getByRole("slider", { name: /the service answers/ }).press("End");
      await shows(page, "order", "A·C·B");
      await shows(page, "verdict", "bad");
      await page.getByRole("slider", { name: /Bob asks/ }).press("End");
      await shows(page, "order", "C·AB");
      await page.getByRole("slider", { name: /Ann leaves/ }).press("ArrowRight");
      await shows(page, "verdict", "good");
    });

    it("http-fanout can be run by the mouse", async () => {
      const { page } = visited;
      await page.setViewportSize(DESK);
      await visited.open("/labs/http-fanout/race.html");
      const box = await page.getByRole("slider", { name: /the service answers/ }).boundingBox();
      if (box === null) throw new Error("The slider is not to be seen");
      const x = (share: number) => box.x + 14 + share * (box.width - 28);
      const y = box.y + box.height / 2;
      await page.mouse.move(x(0.5), y);
      await page.mouse.down();
      await page.mouse.move(x(0.95), y, { steps: 4 });
      await page.mouse.up();
      await shows(page, "order", "A·C·B");
      await shows(page, "verdict", "bad");
    });
  });
}
