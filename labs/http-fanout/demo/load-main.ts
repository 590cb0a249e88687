/** The process with the clients. */

import { Clients } from "./clients.ts";
import { type LoadNews, loadOrderSchema, loadSchema } from "./messages.ts";
import { piecesOf, playPart } from "./part-process.ts";

const TELL_EVERY_MS = 100;

const clients = new Clients(loadSchema.parse(JSON.parse(process.argv[2] ?? "")));
const tell = playPart<LoadNews>((message) => void obey(message));
setInterval(tellFigures, TELL_EVERY_MS);
tell({ news: "ready" });

async function obey(message: unknown): Promise<void> {
  const order = loadOrderSchema.parse(message);
  if (order.order === "begin") clients.begin(new URL(order.url));
  else if (order.order === "phase") clients.beginPhase();
  else {
    await clients.end();
    for (const piece of piecesOf(clients.answers)) tell({ news: "answers", answers: [...piece] });
    tellFigures();
    tell({ news: "told" });
  }
}

function tellFigures(): void {
  tell({ news: "figures", sent: clients.sent, underWay: clients.underWay, phases: clients.figures() });
}
