import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { launch } from "./browser.ts";
import { serve } from "./serve.ts";

/** The site, built, served and a browser for it; filled in before the first test. */
export interface Site {
  url: string;
  browser: Browser;
}

const docs = dirname(import.meta.dirname);

/** Builds the site as `npm run docs:build` does, in a folder of its own, and serves it. Fails on a dead link. */
export async function openSite(): Promise<Site & AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  made.defer(() => rmSync(folder, { recursive: true }));
  const bin = join(dirname(fileURLToPath(import.meta.resolve("vitepress/package.json"))), "bin/vitepress.js");
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, [bin, "build", docs, "--outDir", folder], { env });
  const { url } = made.use(await serve(folder));
  const browser = await launch();
  made.defer(() => browser.close());
  const rest = made.move();
  return { url, browser, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}
