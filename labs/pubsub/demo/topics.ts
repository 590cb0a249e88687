import { tmpdir } from "node:os";
import { join } from "node:path";
import { announce, DemoError, UsageError } from "@pattern-labs/demo";
import { makeTemporaryFolder } from "@pattern-labs/demo/files";
import type { Lab } from "../contract.ts";
import { ConnectionLostError } from "../engines/errors.ts";
import { EventLog } from "./event-log.ts";
import { Hub } from "./hub.ts";
import { LogInUseError } from "./lock.ts";
import type { DemoOptions } from "./options.ts";
import type { Entry, HubLog } from "./recent.ts";
import type { Publication } from "./requests.ts";
import { LogError } from "./segments.ts";
import type { Posted } from "./server.ts";
import { StreamLog, type StreamLogOptions } from "./stream-log.ts";
import { isSystemError } from "./system-error.ts";

/** A hub, and where its messages go and come from: a log of its own, or a server that it shares with other hubs. */
export interface Topics extends AsyncDisposable {
  readonly hub: Hub<HubLog>;
  publish(publication: Publication): Posted | Promise<Posted>;
}

/**
 * @param onEnd Called when what other hubs publish will never come again.
 * @throws {UsageError} If the options name a log or a server that cannot be used.
 */
export async function openTopics(
  lab: Lab,
  options: DemoOptions,
  onEnd: (error: Error) => void,
): Promise<Topics> {
  const { nats, ...rest } = options;
  return nats === undefined
    ? await ownTopics(lab, rest)
    : await sharedTopics(lab, { ...rest, url: nats }, onEnd);
}

type HubOptions = Omit<DemoOptions, "nats">;

async function ownTopics(lab: Lab, options: HubOptions): Promise<Topics> {
  await using undo = new AsyncDisposableStack();
  const log = undo.use(openLog(options, await folderFor(options, undo)));
  const { bufferLimit, whenFull } = options;
  const hub = new Hub({ lab, log, bufferLimit, whenFull });
  const resources = undo.move();
  return {
    hub,
    publish: (publication) => hub.publish(publication),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function sharedTopics(
  lab: Lab,
  { url, keep, keepBytes, bufferLimit, whenFull }: HubOptions & { readonly url: string },
  onEnd: (error: Error) => void,
): Promise<Topics> {
  await using undo = new AsyncDisposableStack();
  const log = undo.use(await openStream({ url, keep, keepBytes, onNews: tell }));
  const hub = new Hub<HubLog>({ lab, log, bufferLimit, whenFull });
  const stop = new AbortController();
  const pass = (entry: Entry) => {
    try {
      hub.pass(entry);
    } catch (error) {
      onEnd(error as Error); // The answer's, and it is told so.
    }
  };
  const lost = () => hub.end("the hub has missed something; come back");
  const following = log
    .follow(stop.signal, { pass, lost })
    .catch((error: Error) => onEnd(new DemoError(error.message, { cause: error })));
  await log.ready();
  const resources = undo.move();
  return {
    hub,
    publish: (publication) => log.publish(publication),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await resources.disposeAsync();
      await following;
    },
  };
}

function tell(news: Error | "back"): void {
  if (news === "back") announce("The NATS server is back.");
  else if (news instanceof ConnectionLostError)
    announce("The NATS server is away: nothing can be published until it is back.");
  else announce(news.message);
}

async function openStream(options: StreamLogOptions): Promise<StreamLog> {
  try {
    return await StreamLog.open(options);
  } catch (error) {
    throw new UsageError(`--nats cannot be used: ${(error as Error).message}`);
  }
}

/** Whoever is started again on the same port goes on with the same log; a port that was chosen by chance comes only once. */
async function folderFor({ folder, port }: HubOptions, undo: AsyncDisposableStack): Promise<string> {
  if (folder !== undefined) return folder;
  if (port !== 0) return join(tmpdir(), `pubsub-hub-${port}`);
  return undo.use(await makeTemporaryFolder("pubsub-hub")).path;
}

function openLog(options: HubOptions, folder: string): EventLog {
  try {
    return new EventLog({ ...options, folder });
  } catch (error) {
    // The log that nobody has named is that of the port.
    if (error instanceof LogInUseError && options.folder === undefined)
      throw new UsageError(`--port ${options.port} is taken by another hub: ${error.message}`);
    if (error instanceof LogError) throw new UsageError(`--log cannot be used: ${error.message}`);
    if (!isSystemError(error)) throw error;
    throw new UsageError(`--log must be a folder that can be written to, got "${folder}" (${error.code})`);
  }
}
