import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { labs } from "../.vitepress/pages.ts";
import type { Progress } from "../playground/protocol.ts";
import { DESK, PHONE, sharedVisit, visit } from "./browser.ts";
import { expectInOrder } from "./pages.ts";
import type { Site } from "./site.ts";

const STRIDES = 8;
/** Longer than any scene. */
const WHOLE_MS = 20_000;
const MANY_STRIDES = process.env["SOAK"] === "1" ? 37 : 10;

/**
 * Lets the scene of the page go on by so many simulated milliseconds, in strides, until it is over; gives what is to be
 * seen after each of them. In one go: a picture is large, so only the last one leaves the page.
 */
const advance = (page: Page, ms: number, strides: number): Promise<readonly Progress[]> =>
  page.evaluate(`(async () => {
    const seen = [];
    let last;
    while (seen.length < ${strides} && !last?.isOver) {
      last = await document.querySelector("lab-play").advance(${ms / strides});
      seen.push({ ...last, picture: [] });
    }
    seen.at(-1).picture = last.picture;
    return seen;
  })()`);

const clockIs = (page: Page, condition: string) =>
  page.waitForFunction(`Number(document.querySelector("lab-play").dataset.now) ${condition}`);

/** Goes on in strides, and gives what is to be seen in the end; after each stride the counts must be right. */
async function expectSums(page: Page, ms: number, strides: number, about?: string): Promise<Progress> {
  const seen = await advance(page, ms, strides);
  for (const { problem, view } of seen) {
    expect(problem).toBeUndefined();
    const { whole, parts } = view?.sum ?? { whole: ["there is no sum", -1], parts: [] };
    expect(
      parts.reduce((total, [, value]) => total + value, 0),
      about,
    ).toBe(whole[1]);
  }
  return seen.at(-1) ?? expect.fail("there was no stride");
}

export function describePlaygrounds(site: Site): void {
  const visited = sharedVisit(() => visit(site.browser, site.url));

  describe.each(labs.filter(({ scene }) => scene !== undefined))("the playground of $name", ({ name }) => {
    const openAt = async (size: typeof DESK) => {
      await visited.page.setViewportSize(size);
      await visited.open(`/labs/${name}/play.html`);
    };
    afterEach(() => expect(visited.faults).toEqual([]));

    // To open a playground is the dearest of all, so each test does with it what it can.
    it("does what its buttons and sliders say, by mouse and keyboard", async () => {
      const { page } = visited;
      await openAt(DESK);
      await playsAndPauses(page);
      await goesOnStepByStep(page);
      await letsItsControlsBeTurned(page);
      await answersTheGuess(page);
    });

    it("is in order on a phone, and keeps its counts whatever is chosen, with few of everything and with many, in any stride", async () => {
      const { page } = visited;
      await openAt(PHONE);
      await expectInOrder(visited);
      const runs = async (about: string) => {
        const { isOver } = await expectSums(page, WHOLE_MS, STRIDES, about);
        expect(isOver, `${about}: the run is over`).toBe(true);
      };
      for (const chosen of await page.locator("lab-play .controls select").all()) {
        const values = await chosen.locator("option").allTextContents();
        for (const value of [...values.slice(1), values[0] ?? ""]) {
          await begin(page, () => chosen.selectOption(value));
          await runs(value);
        }
      }
      for (const key of ["Home", "End"]) {
        for (const slider of await page.locator("lab-play input[type=range]").all()) await slider.press(key);
        await begin(page, () => press(page, "Restart"));
        await runs(key);
      }
      await playsTheSameInAnyStride(page);
    });
  });
}

async function playsAndPauses(page: Page): Promise<void> {
  await press(page, "Play");
  await clockIs(page, "> 20");
  await press(page, "Pause");
  await page.locator("lab-play .sum.right").waitFor();
}

async function goesOnStepByStep(page: Page): Promise<void> {
  await begin(page, () => press(page, "Restart"));
  await page.getByRole("button", { name: "Step" }).focus();
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("Enter");
  await clockIs(page, "> 0");
  expect(await page.locator("lab-play .said").textContent()).toMatch(/\S/);
}

async function letsItsControlsBeTurned(page: Page): Promise<void> {
  await begin(page, () => press(page, "Restart"));
  await press(page, "Play");
  const sliders = page.locator("lab-play input[type=range]");
  expect(await page.getByRole("slider", { name: /\w/ }).count(), "have a name").toBe(await sliders.count());
  for (const slider of await sliders.all()) {
    for (const key of ["End", "Home", "ArrowRight"]) await slider.press(key);
  }
  await clockIs(page, "> 0");
  await expectSums(page, 300, 1);
}

async function answersTheGuess(page: Page): Promise<void> {
  await page.locator("lab-play #speed").selectOption("4 ×");
  await page.locator("lab-play .answers button").first().click();
  await page.locator("lab-play .answered .why").waitFor();
  expect(await page.locator("lab-play .answered [data-right]").count()).toBe(1);
}

async function playsTheSameInAnyStride(page: Page): Promise<void> {
  const ends: unknown[] = [];
  for (const strides of [1, MANY_STRIDES]) {
    await begin(page, () => press(page, "Restart"));
    const { view, picture } = await expectSums(page, 1_480, strides);
    ends.push([view, picture]);
  }
  expect(ends[1]).toEqual(ends[0]);
}

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** Does what begins a new run, and waits until it has begun. */
async function begin(page: Page, act: () => Promise<unknown>): Promise<void> {
  const before = (await runsOf(page)) ?? "0";
  await act();
  await page.waitForFunction(`document.querySelector("lab-play").dataset.runs > ${before}`);
}

const runsOf = (page: Page) => page.locator("lab-play").getAttribute("data-runs");
