import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The text as the workspace's formatter would have it: an odd line break would show where the mistake is. */
export async function formatted(root: string, path: string, text: string): Promise<string> {
  if (!existsSync(join(root, "biome.json"))) return text;
  let biome: string;
  try {
    biome = createRequire(join(root, "package.json")).resolve("@biomejs/biome/bin/biome");
  } catch {
    return text; // Then it is not as pretty.
  }
  const child = spawn(process.execPath, [biome, "format", `--stdin-file-path=${path}`], {
    cwd: root,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    output += piece;
  });
  child.stdin.on("error", () => {}); // It ended before it read everything; its status tells.
  child.stdin.end(text);
  const [code] = await once(child, "close");
  return code === 0 && output !== "" ? output : text;
}
