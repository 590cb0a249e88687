import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Mutant } from "@pattern-labs/testkit/mutants";
import type { Lab } from "./road.ts";

/** A lab's broken variants. The runner imports no lab; only here it reads, as data, what an author listed. */
export async function readMutants(lab: Lab): Promise<{ mutants: readonly Mutant[]; fault?: string }> {
  const path = join(lab.folder, "mutants.ts");
  if (!existsSync(path)) return { mutants: [], fault: "mutants.ts is missing" };
  try {
    const { default: mutants } = (await import(pathToFileURL(path).href)) as { default?: readonly Mutant[] };
    return mutants === undefined ? { mutants: [], fault: "mutants.ts has no default export" } : { mutants };
  } catch (error) {
    return { mutants: [], fault: `mutants.ts cannot be loaded: ${(error as Error).message}` };
  }
}
