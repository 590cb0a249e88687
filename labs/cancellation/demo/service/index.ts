import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  announce,
  explain,
  PAGE_WIDTH,
  saveDrawing,
  showLive,
  UsageError,
  widthOf,
} from "@pattern-labs/demo";
import { makeTemporaryFolder } from "@pattern-labs/demo/files";
import type { Lab } from "../../contract.ts";
import type { DemoOptions } from "../../given/options.ts";
import { Alive, askSystem } from "./alive.ts";
import { writeLedgers } from "./customers.ts";
import { deaf } from "./deaf.ts";
import { Ends } from "./ends.ts";
import { Ledger } from "./ledger.ts";
import { Latest, openLog } from "./log.ts";
import { asJson, asText, faultsOf, type ServiceRun } from "./report.ts";
import { StatementService } from "./service.ts";
import { ServicePicture } from "./service-picture.ts";
import { Shops } from "./shops.ts";
import { Statements } from "./statements.ts";
import { liveView, plainLine } from "./view.ts";
import { WorldProcess } from "./world-process.ts";

const DEADLINE_MS = 1_000;
/** A rate is not worth more than this. */
const RATE_MS = 700;
/** The disk is slow today. */
const PIECE_MS = 12;

/**
 * Runs the service, before clients of its own or for curl, until they have done or `signal` aborts. Then it shuts down
 * while requests are under way, and tells what is left of them.
 */
export async function serve(lab: Lab, given: DemoOptions, signal: AbortSignal): Promise<number> {
  checkForGzip();
  await using folder = await makeTemporaryFolder("cancellation");
  await writeLedgers(folder.path);
  const { clients, leave, seed, naive } = given;
  await using world = await WorldProcess.start({ clients, leavePercent: leave, seed });
  const run = startRun(naive ? deaf(lab) : lab, given, world, folder.path);
  await using shops = run.shops;
  {
    await using service = run.service;
    const url = await service.listen(given.port);
    if (clients === 0) announce(welcome(url));
    using _view = showLive((width) => liveView(run, width), { plain: () => plainLine(run) });
    if (clients > 0) world.begin(url);
    await untilDone(clients === 0 ? undefined : given.seconds, signal);
    await world.stop();
    run.shutdownAt = performance.now();
  } // Every request has ended now.
  run.closedInMs = performance.now() - run.shutdownAt;
  run.atEnd = { figures: await world.ask(), system: askSystem(folder.path), busySockets: shops.busySockets };
  process.stdout.write(given.json ? asJson(run) : asText(run, Math.min(PAGE_WIDTH, widthOf(process.stdout))));
  if (given.picture !== undefined) saveDrawing(run.picture.recorder, given.picture);
  return faultsOf(run).length === 0 ? 0 : 1;
}

function checkForGzip(): void {
  if (spawnSync("gzip", ["--version"]).status !== 0)
    throw new UsageError("--serve needs the program gzip: install it");
}

type Parts = ServiceRun & { readonly service: StatementService; readonly shops: Shops };

function startRun(lab: Lab, given: DemoOptions, world: WorldProcess, folder: string): Parts {
  const alive = new Alive();
  const ends = new Ends();
  const picture = new ServicePicture(given.picture !== undefined);
  const latest = new Latest();
  const isLogged = given.log || given.clients === 0;
  const log = openLog((line) => (isLogged ? announce(line) : latest.take(line)));
  const shops = new Shops(lab, { urls: world.shops, hedgeMs: given.hedge, alive, picture });
  const ledger = new Ledger(lab, { folder, pieceMs: PIECE_MS, alive, picture });
  const deadlineMs = given.deadline ?? DEADLINE_MS;
  const statements = new Statements(lab, { shops, ledger, log, deadlineMs, rateMs: RATE_MS });
  const faults: string[] = [];
  const onFault = (error: unknown) => {
    log.error({ err: error }, "the service has failed");
    const fault = explain(error, "scope");
    if (!faults.includes(fault) && faults.length < 5) faults.push(fault);
  };
  const service = new StatementService({ lab, statements, alive, ends, log, picture, deadlineMs, onFault });
  return {
    given,
    world,
    alive,
    ends,
    latest,
    picture,
    shops,
    service,
    deadlineMs,
    faults,
    began: performance.now(),
    shutdownAt: 0,
    closedInMs: 0,
    atEnd: undefined,
  };
}

async function untilDone(seconds: number | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const stopped = once(signal, "abort");
  if (seconds === undefined) return void (await stopped);
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 1_000 * seconds);
  await Promise.race([stopped, over]); // Both end with the process.
  clearTimeout(timer);
}

function welcome(url: URL): string {
  return `GET ${url.href}<1 to 9>; number 9 takes longer than its deadline.

  curl -i ${url.href}1
  curl --max-time 0.2 ${url.href}1        # a client that leaves
  curl -H 'x-request-id: mine' ${url.href}2

Ctrl-C shuts it down.
`;
}
