/** Notices nothing of what goes on until its input ends. Then it tells its starter something, who may have gone. */

import { readFileSync } from "node:fs";
import { tellStarter } from "../tell-starter.ts";

process.on("message", () => {}); // As long as the channel is open it listens.
tellStarter({ news: "ready" });
readFileSync(0);
tellStarter({ news: "one" });
tellStarter({ news: "two" });
process.on("disconnect", () => {
  tellStarter({ news: "three" });
  process.stdout.write("has ended well\n");
});
