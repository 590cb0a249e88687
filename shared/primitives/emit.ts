/**
 * Writes `dist/`, what the package is published with: node strips no types inside of node_modules. In the workspace
 * nothing needs it; `pnpm pack` and `pnpm publish` run it first.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = import.meta.dirname;
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (status === 0) nameWorkersAnew();
process.exitCode = status ?? 1;

/** tsc renames what is imported, but not what is only named: the file of a thread. */
function nameWorkersAnew(): void {
  for (const file of globSync("**/*.js", { cwd: dist })) {
    const path = join(dist, file);
    const text = readFileSync(path, "utf8");
    const renamed = text.replace(/(new URL\(\s*"\.[^"]*)\.ts("\s*,\s*import\.meta\.url)/g, "$1.js$2");
    if (renamed !== text) writeFileSync(path, renamed);
  }
}
