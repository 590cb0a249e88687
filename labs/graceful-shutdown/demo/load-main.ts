/** The process that makes the load. It is started by `LoadProcess`, and ends when that lets go of it. */

import { tellStarter } from "@pattern-labs/demo/service";
import { Clients } from "./clients.ts";
import { type LoadNews, loadSchema, orderSchema, wallNow } from "./messages.ts";

const options = loadSchema.parse(JSON.parse(process.argv[2] ?? ""));
const REPORT_EVERY_MS = 25;

let clients: Clients | undefined;

process.on("message", (message) => void obey(message));
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches all processes; when this one ends is for its starter to say.
process.on("SIGINT", () => {});
setInterval(() => {
  if (clients !== undefined) tell({ news: "figures", figures: clients.figures, at: wallNow() });
}, REPORT_EVERY_MS);
tell({ news: "ready" });

async function obey(message: unknown): Promise<void> {
  const given = orderSchema.parse(message);
  if (given.order === "begin") {
    clients = new Clients(given.port, options);
    clients.begin();
    return;
  }
  await clients?.end();
  const { figures, spans, accepted } = clients ?? new Clients(0, options);
  clients = undefined;
  tell({ news: "ended", figures, spans, accepted });
}

function tell(news: LoadNews): void {
  tellStarter(news);
}
