/** The second process: it makes the load. It is started by `LoadProcess`, and ends when that lets go of it. */

import { tellStarter } from "@pattern-labs/demo/service";
import { Pool } from "undici";
import { type News, newsSchema, orderSchema, producersSchema } from "./messages.ts";
import { type Outcome, Producers } from "./producers.ts";

const options = producersSchema.parse(JSON.parse(process.argv[2] ?? ""));
const REPORT_EVERY_MS = 50;

let producers: Producers | undefined;
let connections: Pool | undefined;

process.on("message", (message) => void obey(message));
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches both processes; when this one ends is for the other to say.
process.on("SIGINT", () => {});
setInterval(() => {
  if (producers !== undefined) tell({ news: "figures", loads: [...producers.figures()] });
}, REPORT_EVERY_MS);
tell({ news: "ready" });

async function obey(message: unknown): Promise<void> {
  const given = orderSchema.parse(message);
  if (given.order === "begin") begin(given.url);
  if (given.order === "offer") producers?.offer(given.perSecond);
  if (given.order === "end") await end();
}

function begin(url: string): void {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: options.producers, pipelining: 1 });
  connections = pool;
  producers = new Producers(options, async (body, priority): Promise<Outcome> => {
    try {
      const headers = { "content-type": "application/x-ndjson", "x-priority": priority };
      const response = await pool.request({ path: pathname, method: "POST", headers, body });
      const text = await response.body.text();
      return outcomeOf(response.statusCode, text);
    } catch {
      return pool.destroyed ? "unanswered" : "failed";
    }
  });
}

/** A request that was read is told so in JSON; one that was turned away unread is told nothing but the status. */
function outcomeOf(status: number, text: string): Outcome {
  if (text !== "") return status === 202 || status === 503 ? "let in" : "failed";
  return status === 429 || status === 503 ? "shed" : "failed";
}

async function end(): Promise<void> {
  // Hangs up, as a client does that will not wait any longer.
  const hungUp = connections?.destroy();
  await producers?.end();
  await hungUp;
  tell({ news: "ended", loads: [...(producers?.figures() ?? [])] });
  producers = undefined;
  connections = undefined;
}

function tell(news: News): void {
  tellStarter(newsSchema.parse(news));
}
