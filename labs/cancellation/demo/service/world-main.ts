/** The second process: clients and shops. It is started by `WorldProcess`, and ends when that lets go of it. */

import { tellStarter } from "@pattern-labs/demo/service";
import { sceneRandom } from "@pattern-labs/picture/scene";
import { Clients } from "./clients.ts";
import { type Figures, type News, newsSchema, orderSchema, worldSchema } from "./messages.ts";
import { Shop } from "./shop.ts";

const REPORT_EVERY_MS = 50;

const options = worldSchema.parse(JSON.parse(process.argv[2] ?? ""));
const random = sceneRandom(options.seed);
const shops = [new Shop(random), new Shop(random)] as const;
const clients = new Clients(options, random);

process.on("message", (message) => obey(message));
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches both processes; when this one ends is for the other to say.
process.on("SIGINT", () => {}).on("SIGTERM", () => {});
setInterval(() => tell({ news: "figures", figures: figures() }), REPORT_EVERY_MS);
const [one, other] = await Promise.all(shops.map((shop) => shop.listen()));
tell({ news: "ready", shops: [`${one}`, `${other}`] });

function obey(message: unknown): void {
  const given = orderSchema.parse(message);
  if (given.order === "begin") clients.begin(new URL(given.url));
  if (given.order === "stop") clients.stop();
  if (given.order !== "begin") tell({ news: "told", figures: figures() });
}

function figures(): Figures {
  return {
    ...clients.figures(),
    shopsBusy: shops.reduce((sum, { busy }) => sum + busy, 0),
    shopsAbandoned: shops.reduce((sum, { abandoned }) => sum + abandoned, 0),
  };
}

function tell(news: News): void {
  tellStarter(newsSchema.parse(news));
}
