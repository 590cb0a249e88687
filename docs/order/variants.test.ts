import { join } from "node:path";
import type { Plugin } from "vite";
import { describe, expect, it } from "vitest";
import { labs, root } from "../.vitepress/pages.ts";
import { variants } from "./variants.ts";

const races = labs.filter(({ race }) => race !== undefined).map(({ name }) => name);

/** What the plugin gives for a module. */
async function load(id: string): Promise<unknown> {
  const { load } = variants(races) as Required<Pick<Plugin, "load">>;
  if (typeof load !== "function") throw new Error("The plugin has no function to load with");
  return await Reflect.apply(load, undefined, [id]);
}

describe("variants", () => {
  it("names each race with its answers, and how they differ", async () => {
    const list = String(await load("\0virtual:races"));
    for (const lab of races) expect(list).toContain(`"${lab}": async () => ({`);
    expect(list).toContain("solution/index.ts?broken");
    expect(list).toContain('changes: [{"file":"bulkhead.ts","lines":[{"look":"same",');
  });

  it("applies the edits of the variant to the reference, and leaves its other files as they are", async () => {
    const pool = join(root, "labs/worker-pool/solution/pool.ts?broken");
    expect(await load(pool)).toContain("await null;\n    if (this.#aborted !== undefined) return;");
    const index = join(root, "labs/worker-pool/solution/index.ts?broken");
    expect(await load(index)).not.toContain("await null;");
  });

  it("leaves every other module to others", async () => {
    expect(await load(join(root, "labs/worker-pool/solution/pool.ts"))).toBeUndefined();
  });
});
