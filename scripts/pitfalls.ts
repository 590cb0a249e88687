/**
 * docs/pitfalls.md: every mistake that the labs' tests are proven to catch, by its kind. It is written from the labs'
 * mutants.ts, from what is said of each kind in pitfalls/kinds/, and from what the tests said of each variant, which is
 * recorded in pitfalls/seen/.
 *
 *   node scripts/pitfalls.ts   has the tests look at the variants that changed since, and writes the page
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./labs.ts";
import { pageOf } from "./pitfalls/page.ts";
import { readSeen, recordSeen } from "./pitfalls/seen.ts";
import { readVariants } from "./pitfalls/variants.ts";

const variants = await readVariants();
await recordSeen(variants);
writeFileSync(join(root, "docs", "pitfalls.md"), pageOf(variants, readSeen()));
