import { once } from "node:events";
import { join } from "node:path";
import { announce, showLive } from "@pattern-labs/demo";
import { makeTemporaryFolder } from "@pattern-labs/demo/files";
import pino from "pino";
import type { Lab } from "../contract.ts";
import { type OpenService, openService } from "../service/open-service.ts";
import { readSettings } from "../service/settings.ts";
import { makeFiles } from "./files.ts";
import type { DemoOptions } from "./options.ts";

/** Only the service, until `signal` aborts: for curl. */
export async function serve(lab: Lab, options: DemoOptions, signal: AbortSignal): Promise<number> {
  await using temporary = await makeTemporaryFolder("job-queue");
  const { folder = join(temporary.path, "files"), data = join(temporary.path, "data"), port = 0 } = options;
  if (options.folder === undefined) await makeFiles(folder);
  const { concurrency, lease } = options;
  const settings = readSettings(
    [
      ...["--port", `${port}`, "--folder", folder, "--data", data],
      ...["--concurrency", `${concurrency}`, "--lease", `${lease}`, "--notice", "0"],
    ],
    {},
  );
  const log = pino({ base: null }, { write: (line: string) => announce(line.trimEnd()) });
  const service = await openService(lab, settings, log);
  process.stdout.write(welcome(service.url, folder));
  const failure = await untilStopped(service, signal);
  const stillRunning = await service.stop();
  return failure !== undefined || stillRunning > 0 ? 1 : 0;
}

/** Resolves with why the service cannot go on, or without anything when it is told to stop. */
async function untilStopped({ url, failed }: OpenService, signal: AbortSignal): Promise<unknown> {
  using _view = showLive(() => url.href, { plain: () => url.href });
  const stopped = signal.aborted ? undefined : once(signal, "abort").then(() => undefined);
  return await Promise.race([stopped, failed]);
}

function welcome({ href }: URL, folder: string): string {
  return `${href} with the files of ${folder}

  curl -i --json '{"type":"gzip","payload":{"path":"file-001.log"}}' ${href}jobs
  curl '${href}jobs?state=completed'
  curl ${href}metrics

Ctrl-C ends it.
`;
}
