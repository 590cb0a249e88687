import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const known = new Map<string, string>();

/** The folder of the package that a file belongs to: the nearest one above it with a package.json. */
export function packageOf(file: string): string {
  return packageAt(dirname(file));
}

function packageAt(folder: string): string {
  const found = known.get(folder);
  if (found !== undefined) return found;
  const parent = dirname(folder);
  const home = parent === folder || existsSync(join(folder, "package.json")) ? folder : packageAt(parent);
  known.set(folder, home);
  return home;
}
