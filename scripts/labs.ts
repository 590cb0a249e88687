import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");

/** What a lab's package.json says about it. */
export interface LabField {
  readonly order: number;
  readonly question: string;
  readonly minutes: number;
  readonly buildsOn: readonly string[];
  readonly steps: readonly string[];
  readonly challenges: readonly string[];
}

export interface Lab extends LabField {
  readonly name: string;
}

/** The labs, in the order of the road. */
export function readLabs(): readonly Lab[] {
  return globSync("labs/*/package.json", { cwd: root })
    .map((file) => basename(dirname(file)))
    .map((name) => ({ name, ...labField(name) }))
    .toSorted((one, other) => one.order - other.order);
}

export function labField(name: string): LabField {
  const manifest = JSON.parse(readFileSync(join(root, "labs", name, "package.json"), "utf8"));
  return (manifest as { readonly lab: LabField }).lab;
}
