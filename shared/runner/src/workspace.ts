import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { Complaint } from "./complaint.ts";

/** The folder that holds the workspace, found by walking up from `start`. */
export function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (dirname(folder) === folder) {
      throw new Complaint(
        `${start} is not inside Pattern Labs: neither it nor a folder above it has a pnpm-workspace.yaml.`,
        "Change into the folder of the labs first.",
      );
    }
  }
}

/** The name of the lab whose folder `cwd` is, or is inside of. */
export function labAround(root: string, cwd: string): string | undefined {
  const [first, lab] = relative(root, cwd).split(sep);
  return first === "labs" ? lab : undefined;
}
