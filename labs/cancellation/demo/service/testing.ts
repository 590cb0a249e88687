import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { makeTemporaryFolder } from "@pattern-labs/demo/files";
import type { Lab } from "../../contract.ts";
import { Alive, askSystem } from "./alive.ts";
import { writeLedgers } from "./customers.ts";
import { Ends } from "./ends.ts";
import { Ledger } from "./ledger.ts";
import { openLog } from "./log.ts";
import { StatementService } from "./service.ts";
import { ServicePicture } from "./service-picture.ts";
import { Shops } from "./shops.ts";
import { Statements } from "./statements.ts";

export const FOREVER_MS = 600_000;

export interface ServiceSetting {
  /** Default: answers at once with a rate of 1.1. */
  readonly shop?: RequestListener;
  /** Default: the disk is quick. */
  readonly pieceMs?: number;
  readonly deadlineMs?: number;
  /** Default: never. */
  readonly hedgeMs?: number;
}

/** The service on a folder and before a shop of its own. */
export async function openService(
  lab: Lab,
  { shop = answerRate, pieceMs = 0, deadlineMs = FOREVER_MS, hedgeMs = FOREVER_MS }: ServiceSetting,
) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder("cancellation"));
  await writeLedgers(folder.path);
  const seen = { calls: [] as IncomingMessage[], hungUp: 0 };
  const url = await listen(stack, (call, response) => {
    seen.calls.push(call);
    response.once("close", () => {
      if (!response.writableFinished) seen.hungUp += 1;
    });
    shop(call, response);
  });
  const alive = new Alive();
  const ends = new Ends();
  const picture = new ServicePicture(true);
  const lines: string[] = [];
  const log = openLog((line) => lines.push(line));
  const faults: unknown[] = [];
  const shops = stack.use(new Shops(lab, { urls: [url, url], hedgeMs, alive, picture }));
  const ledger = new Ledger(lab, { folder: folder.path, pieceMs, alive, picture });
  const statements = new Statements(lab, { shops, ledger, log, deadlineMs, rateMs: FOREVER_MS });
  const onFault = (error: unknown) => faults.push(error);
  const service = stack.use(
    new StatementService({ lab, statements, alive, ends, log, picture, deadlineMs, onFault }),
  );
  return {
    service,
    shops,
    ledger,
    alive,
    ends,
    picture,
    lines,
    faults,
    seen,
    url: await service.listen(0),
    system: () => askSystem(folder.path),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export const answerRate: RequestListener = (_, response) => void response.end('{"rate":1.1}');

async function listen(stack: AsyncDisposableStack, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(async () => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A client that can leave. */
export function ask(url: URL, customer: number, headers: Record<string, string> = {}) {
  const asked = request(new URL(String(customer), url), { headers, agent: false }).end();
  const answer = async () => {
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return { status: response.statusCode, body: JSON.parse(await text(response)) };
  };
  const answered = answer();
  answered.catch(() => {}); // Who leaves gets none.
  return { answered, leave: () => void asked.destroy() };
}

/** Asks again and again, each time after some I/O: what is waited for is an event, not a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
