import { afterAll, beforeAll, describe } from "vitest";
import { describeInBrowser } from "./browser.ts";
import { describePages } from "./pages.ts";
import { describePlaygrounds } from "./playgrounds.ts";
import { describeRaces } from "./races.ts";
import { openSite, type Site } from "./site.ts";
import { describeTouch } from "./touch.ts";

// One build and one browser serve all of it.
describeInBrowser("the site", () => {
  const site = {} as Site;
  let opened: Awaited<ReturnType<typeof openSite>> | undefined;
  beforeAll(async () => {
    opened = await openSite();
    Object.assign(site, opened);
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());

  describePages(site);
  describe("playgrounds", () => describePlaygrounds(site));
  describeRaces(site);
  describeTouch(site);
});
