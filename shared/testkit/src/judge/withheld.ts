import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The primitives that an answer to this lab must do without, because building them is the lesson. */
export function withheldBy(labDir: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(labDir, "package.json"), "utf8")) as {
    lab?: { withholds?: string[] };
  };
  return manifest.lab?.withholds ?? [];
}

/** By its package, or by the way to its file. */
const PRIMITIVE = /(?:^@pattern-labs\/primitives|^\..*\/shared\/primitives\/src)\/([^/.?]+)/;

/** @throws {Error} If `source`, the text between the quotes of an import, names a withheld primitive. */
export function refuseWithheld(source: string, withheld: readonly string[]): void {
  const primitive = PRIMITIVE.exec(source)?.[1];
  if (primitive === undefined || !withheld.includes(primitive)) return;
  throw new Error(
    `this lab has you build ${primitive}: @pattern-labs/primitives/${primitive} is withheld here`,
  );
}
