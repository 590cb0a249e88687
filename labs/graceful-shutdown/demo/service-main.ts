/** The process that is sent the signals. Its only argument is its folder, in which its options stand. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explain } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import { serviceSchema } from "./messages.ts";
import { shutdowns } from "./shutdowns.ts";
import { tell } from "./tell.ts";

const folder = process.argv[2] ?? "";
const options = serviceSchema.parse(JSON.parse(readFileSync(join(folder, "options.json"), "utf8")));

endWithTheDemo(options.demoPid);
const start = await prepare();
// What this rejects with is left to whoever looks after errors that nobody has caught.
await start();

async function prepare(): Promise<() => Promise<void>> {
  try {
    const lab: Lab = await import("#lab");
    return shutdowns[options.server](lab, options);
  } catch (error) {
    tell({ news: "broken", problem: explain(error, "shutdown") });
    process.exit(1);
  }
}

/** However the demo ends, and whoever has started this process for it: nothing is left behind. */
function endWithTheDemo(pid: number): void {
  if (process.pid === 1) return; // In a container of its own it does not see the demo; it is ended with the container.
  const look = () => {
    try {
      process.kill(pid, 0);
    } catch {
      process.kill(process.pid, "SIGKILL");
    }
  };
  setInterval(look, 500).unref();
}
