import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Complaint } from "./complaint.ts";

/** The folder that holds the workspace, found by walking up from `start`. */
export function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (dirname(folder) === folder) {
      // This command belongs to one copy of the labs, and it is most likely the one that is meant.
      const home = resolve(import.meta.dirname, "../../..");
      throw new Complaint(`${start} is not inside Pattern Labs.`, `Go to its folder first: cd ${home}`);
    }
  }
}

/** The name of the lab whose folder `cwd` is, or is inside of. */
export function labAround(root: string, cwd: string): string | undefined {
  const [first, lab] = relative(root, cwd).split(sep);
  return first === "labs" ? lab : undefined;
}
