import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import { PlayedAnswer } from "../.vitepress/theme/played-answer.ts";
import type { Played } from "../playground/played.ts";
import { describeInBrowser, launch, PATIENCE_MS } from "./browser.ts";

const docs = dirname(import.meta.dirname);
const REFERENCE = 'export * from "../../../labs/worker-pool/solution/index.ts";';

// What the site says of itself to the components of its pages.
const theme = vi.hoisted(() => ({ value: {} as { played?: Played } }));
vi.mock("vitepress", () => ({ useData: () => ({ theme, params: { value: { lab: "worker-pool" } } }) }));

describeInBrowser("a lab that is played on an answer of one's own", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let serving: Serving;

  // Where the server looks, and git does not.
  beforeAll(async () => {
    mkdirSync(join(docs, ".results"), { recursive: true });
    folder = mkdtempSync(join(docs, ".results/answer-"));
    save("export const nothing = 0;");
    [browser, serving] = await Promise.all([launch(), serve(join(folder, "index.ts"))]);
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
  });
  afterAll(async () => {
    const ended = await serving.end();
    await browser.close();
    rmSync(folder, { recursive: true });
    expect(ended, "the server ends at SIGTERM, with its status").toEqual([143, null]);
  });

  const save = (text: string) => writeFileSync(join(folder, "index.ts"), text);

  it("says what keeps it from playing, and plays anew at each save", async () => {
    save('export const createPool = () => { throw new Error("TODO 1.1: createPool is yours to write"); };');
    await page.goto(serving.address);
    await page.getByText("TODO 1.1: createPool is yours to write").waitFor();
    await page.getByText("It is played anew at each save.").waitFor();
    expect(await page.title()).toBe("Worker pool, played | Pattern Labs");
    save("export const createPool = ;");
    await page.getByText("The answer could not be loaded.").waitFor();
    save(REFERENCE);
    await page.locator("lab-play .sum.right").waitFor();
    expect(await page.locator("lab-play .problem").isVisible()).toBe(false);
  });

  it("plays every other lab on its reference, without an error", async () => {
    await expectReference(page, serving.address.replace("worker-pool", "pubsub"));
  });

  // A second server costs as much as all the rest, and differs from the first in a sentence, which is tested below.
  if (process.env["SOAK"] === "1")
    it("says that it is the reference, where it is", async () => {
      const ofReference = await serve(join(docs, "../labs/worker-pool/solution/index.ts"));
      try {
        await using page = await browser.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        await expectReference(page, ofReference.address);
      } finally {
        expect(await ofReference.end()).toEqual([143, null]);
      }
    });
});

async function expectReference(page: Page, address: string): Promise<void> {
  const errors: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  await page.goto(address);
  await page.getByText("This is the reference").waitFor();
  await page.locator("lab-play .sum.right").waitFor();
  expect(errors).toEqual([]);
}

describe("the sentence below a playground", () => {
  it.each([
    ["labs/worker-pool/solution/index.ts", "This is the reference"],
    ["labs/worker-pool/attempt/index.ts", "labs/worker-pool/attempt/index.ts</code>. It is played anew"],
  ])("of a lab that is played on %s", async (answer, sentence) => {
    theme.value = { played: { lab: "worker-pool", answer } };
    expect(await renderToString(createSSRApp(PlayedAnswer))).toContain(sentence);
  });

  it("of another lab", async () => {
    theme.value = { played: { lab: "pubsub", answer: "labs/pubsub/attempt/index.ts" } };
    expect(await renderToString(createSSRApp(PlayedAnswer))).toContain("This is the reference");
  });
});

interface Serving {
  readonly address: string;
  /** Resolves to its status and the signal that has ended it. */
  end(): Promise<unknown[]>;
}

/** Starts the server; resolves when it has named its address. */
async function serve(answer: string): Promise<Serving> {
  const args = [join(docs, "serve.ts"), "worker-pool", answer];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(server, "close");
  for await (const line of createInterface(server.stdout)) {
    const [address] = /http\S+/.exec(line) ?? [];
    if (address === undefined) continue;
    const end = () => {
      server.kill("SIGTERM");
      return closed;
    };
    return { address, end };
  }
  throw new Error("It has ended without naming an address");
}
