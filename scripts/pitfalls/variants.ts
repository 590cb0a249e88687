import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Mutant } from "@pattern-labs/testkit/mutants";
import { readLabs, root } from "../labs.ts";

/** A broken variant of a lab's reference, and where it is from. */
export interface Variant extends Mutant {
  readonly lab: string;
}

/** Every broken variant of every lab, in the order of the road. */
export async function readVariants(): Promise<readonly Variant[]> {
  const labs = await Promise.all(
    readLabs().map(async ({ name: lab }) => {
      const file = join(root, "labs", lab, "mutants.ts");
      const { default: mutants } = (await import(pathToFileURL(file).href)) as { default: readonly Mutant[] };
      return mutants.map((mutant) => ({ ...mutant, lab }));
    }),
  );
  return labs.flat();
}

/** "worker-pool/no-limit" */
export const nameOf = ({ lab, id }: Pick<Variant, "lab" | "id">): string => `${lab}/${id}`;

/** Changes when the mistake itself does: its edits, or the files of the whole wrong answer. */
export function fingerprintOf({ lab, id, edits, wrong }: Variant): string {
  const folder = join(root, "labs", lab, "wrong", id);
  const files = wrong === true ? globSync("**/*.ts", { cwd: folder }).toSorted() : [];
  const texts = files.map((file) => [file, readFileSync(join(folder, file), "utf8")]);
  return createHash("sha256")
    .update(JSON.stringify(wrong === true ? texts : edits))
    .digest("hex")
    .slice(0, 12);
}
