import { gzipSync } from "node:zlib";
import { chromium, findProgram } from "@pattern-labs/testkit/service/programs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import * as playwright from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

const found = findProgram(chromium);

/**
 * `describe` for tests that need a browser. Where there is none the suite is skipped, and a line says so and what to type
 * to get one; with `REQUIRE_SERVICES=1`, as in CI, that is a failure.
 */
export function describeInBrowser(title: string, body: () => void): void {
  const { missing } = found;
  if (missing === undefined) return void describe(title, body);
  if (process.env["REQUIRE_SERVICES"] === "1") {
    describe(title, () =>
      it("has its browser", () => {
        throw new Error(missing);
      }),
    );
    return;
  }
  console.warn(`SKIPPED: ${title}. ${missing}`);
  const isMissing = true; // Why stands in the line above and in the title; with REQUIRE_SERVICES=1 it fails instead.
  describe.skipIf(isMissing)(`${title} (skipped: ${missing})`, body);
}

/** It finds nobody but this machine: what a page asks of others is told, and stays unanswered. */
export const launch = (): Promise<Browser> =>
  playwright.chromium.launch({
    executablePath: found.path ?? "",
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
  });

export const DESK = { width: 1360, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Only ends what hangs: a machine may have other things to do. */
export const PATIENCE_MS = 300_000;

/** A page, and all that went wrong or went out since it was last opened. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly faults: string[];
  open(address: string): Promise<void>;
  /** How much script was loaded, gzipped. */
  scriptBytes(): Promise<number>;
}

/** A page that may ask nothing of anybody but `origin`. Whoever begins the visit disposes it. */
export async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: DESK, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  const scripts = new Set<string>();
  // Not by a route, which would keep the browser from remembering the scripts that all pages share.
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol.startsWith("http"))
      faults.push(`asks for ${request.url()}, which lies outside of the site`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} for ${response.url()}`);
    if (response.url().endsWith(".js")) scripts.add(response.url());
  });
  context.on("weberror", (error) => faults.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  const page = await context.newPage();
  return {
    page,
    faults,
    async open(address) {
      faults.length = 0;
      scripts.clear();
      await page.goto(origin + address);
      await page.waitForFunction("document.querySelector('#app')?.__vue_app__ !== undefined");
      if ((await page.locator("lab-play").count()) > 0) await page.locator("lab-play .picture svg").waitFor();
      if ((await page.locator("lab-race").count()) > 0) await page.locator("lab-race .bar").first().waitFor();
    },
    async scriptBytes() {
      const sizes = await Promise.all(Array.from(scripts, gzippedBytes));
      return sizes.reduce((total, bytes) => total + bytes, 0);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

const sizes = new Map<string, Promise<number>>();

/** Most scripts are those of every page: each is weighed once. */
function gzippedBytes(url: string): Promise<number> {
  const weigh = async () => gzipSync(await (await fetch(url)).text()).length;
  const size = sizes.get(url) ?? weigh();
  sizes.set(url, size);
  return size;
}

/** The same page for all tests of a suite: to begin a visit is dear. */
export function sharedVisit(begin: () => Promise<Visit>): Visit {
  const shared = {} as Visit;
  let begun: Visit | undefined;
  beforeAll(async () => {
    begun = await begin();
    Object.assign(shared, begun);
  });
  afterAll(() => begun?.[Symbol.asyncDispose]());
  return shared;
}
