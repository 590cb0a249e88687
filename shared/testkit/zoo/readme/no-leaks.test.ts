import { noLeaks } from "@pattern-labs/testkit";
import { test } from "vitest";
import { createPool } from "./pool.ts";

test("close leaves nothing behind", async () => {
  await noLeaks(async () => {
    const pool = createPool(4);
    pool.submit(async () => {});
    await pool.close();
  });
});
