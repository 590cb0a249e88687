import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { PHONE, sharedVisit, visit } from "./browser.ts";
import type { Site } from "./site.ts";

/** Nothing but fingers: a page that waits for a mouse or a key waits in vain. */
const IN_THE_HAND: BrowserContextOptions = {
  viewport: PHONE,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** Room for half a thumb at each end of a slider. */
const MARGIN = 14;
const MOVES = 6;

/** Puts a finger on a slider, at a share of its length, moves it to another one and lifts it. */
async function slide(page: Page, slider: Locator, from: number, to: number): Promise<void> {
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  if (box === null) throw new Error("The slider is not to be seen");
  const y = box.y + box.height / 2;
  const at = (share: number) => [{ x: box.x + MARGIN + share * (box.width - 2 * MARGIN), y }];
  const finger = await page.context().newCDPSession(page);
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(from) });
  for (let move = 1; move <= MOVES; move += 1) {
    const touchPoints = at(from + ((to - from) * move) / MOVES);
    await finger.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints });
  }
  await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await finger.detach();
}

export function describeTouch(site: Site): void {
  describe("by touch, on a phone", () => {
    const visited = sharedVisit(() => visit(site.browser, site.url, IN_THE_HAND));
    afterEach(() => expect(visited.faults).toEqual([]));

    it("a slider of a playground is moved, and the run follows", async () => {
      const { page } = visited;
      await visited.open("/labs/backpressure/play.html");
      const slider = page.getByRole("slider", { name: /^producers/ });
      expect(await slider.inputValue()).toBe("3");
      await slide(page, slider, 0.4, 1);
      const most = await slider.getAttribute("max");
      await page.waitForFunction(`new URLSearchParams(location.search).get("producers") === "${most}"`);
      expect(await slider.inputValue()).toBe(most);
      await page.evaluate(`document.querySelector("lab-play").advance(2_000)`);
      await page.locator("lab-play .picture").getByText(`producer ${most}`, { exact: true }).waitFor();
    });

    it("a playground is played and paused", async () => {
      const { page } = visited;
      await visited.open("/labs/worker-pool/play.html");
      await page.getByRole("button", { name: "Play", exact: true }).tap();
      await page.waitForFunction(`Number(document.querySelector("lab-play").dataset.now) > 20`);
      await page.getByRole("button", { name: "Pause", exact: true }).tap();
      await page.getByRole("button", { name: "Play", exact: true }).waitFor();
      expect(await page.evaluate(standsStill)).toBe(true);
    });

    it("an event of a race is moved until the answer breaks", async () => {
      const { page } = visited;
      const shows = (name: string, value: string) =>
        page.waitForFunction(`document.querySelector("lab-race").dataset.${name} === "${value}"`);
      await visited.open("/labs/http-fanout/race.html");
      await shows("verdict", "good");
      await slide(page, page.getByRole("slider", { name: /the service answers/ }), 0.5, 0.95);
      await shows("order", "A·C·B");
      await shows("verdict", "bad");
      await page.getByRole("button", { name: "the reference" }).tap();
      await shows("verdict", "good");
    });
  });
}

/** Resolves to whether its clock stands still, once what was asked for before the pause has been answered. */
const standsStill = `(async () => {
  const lab = document.querySelector("lab-play");
  for (let look = 0; look < 20; look += 1) {
    const { now } = lab.dataset;
    for (let frame = 0; frame < 20; frame += 1) await new Promise(requestAnimationFrame);
    if (lab.dataset.now === now) return true;
  }
  return false;
})()`;
