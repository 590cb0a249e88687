import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launch, PATIENCE_MS } from "./browser.ts";

const docs = dirname(import.meta.dirname);
const REFERENCE = 'export * from "../../../labs/worker-pool/solution/index.ts";';

describeInBrowser("a lab that is played on an answer of one's own", () => {
  let folder: string;
  let serving: ChildProcess | undefined;

  // Where the server looks, and git does not.
  beforeEach(() => {
    mkdirSync(join(docs, ".results"), { recursive: true });
    folder = mkdtempSync(join(docs, ".results/answer-"));
  });
  afterEach(async () => {
    if (serving?.kill()) await once(serving, "close");
    rmSync(folder, { recursive: true });
  });

  const save = (text: string) => writeFileSync(join(folder, "index.ts"), text);

  /** Starts the server and gives the address that it names. */
  async function serve(answer = join(folder, "index.ts")): Promise<string> {
    const args = [join(docs, "serve.ts"), "worker-pool", answer];
    serving = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    if (serving.stdout === null) throw new Error("It has no output");
    for await (const line of createInterface(serving.stdout)) {
      const [address] = /http\S+/.exec(line) ?? [];
      if (address !== undefined) return address;
    }
    throw new Error("It has ended without naming an address");
  }

  it("says what keeps it from playing, and plays anew at each save", async () => {
    save('export const createPool = () => { throw new Error("TODO 1.1: createPool is yours to write"); };');
    const address = await serve();
    await using browser = await launch();
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(address);
    await page.getByText("TODO 1.1: createPool is yours to write").waitFor();
    await page.getByText("It is played anew at each save.").waitFor();
    expect(await page.title()).toBe("Worker pool, played | Pattern Labs");
    save("export const createPool = ;");
    await page.getByText("The answer could not be loaded.").waitFor();
    save(REFERENCE);
    await page.locator("lab-play .sum.right").waitFor();
    expect(await page.locator("lab-play .problem").isVisible()).toBe(false);
  });

  it("plays every other lab on its reference", async () => {
    save("export const nothing = 0;");
    const address = await serve();
    await using browser = await launch();
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(address.replace("worker-pool", "pubsub"));
    await page.getByText("This is the reference").waitFor();
    await page.locator("lab-play .sum.right").waitFor();
  });

  it("says that it is the reference, where it is", async () => {
    const address = await serve(join(docs, "../labs/worker-pool/solution/index.ts"));
    await using browser = await launch();
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const errors: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
    await page.goto(address);
    await page.getByText("This is the reference").waitFor();
    await page.locator("lab-play .sum.right").waitFor();
    expect(errors).toEqual([]);
  });

  it("ends at SIGTERM", async () => {
    save(REFERENCE);
    await serve();
    serving?.kill("SIGTERM");
    expect(await once(serving as ChildProcess, "close")).toEqual([143, null]);
    serving = undefined;
  });
});
