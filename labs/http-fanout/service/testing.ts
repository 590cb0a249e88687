import pino from "pino";
import * as answer from "#lab";
import type { Lab } from "../contract.ts";
import { Downstream, type Served } from "../given/downstream.ts";
import { type OpenService, openService } from "./open-service.ts";
import { readSettings } from "./settings.ts";

const lab: Lab = answer;

/** Asks again and again, each time after some I/O: what is waited for is an event, not a time. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it.
  readonly body: any;
}

export interface TestService extends AsyncDisposable {
  readonly service: OpenService;
  /** Of the services "a", "b" and so on. */
  readonly downstreams: readonly Downstream[];
  /** What these did. */
  readonly served: readonly Served[];
  /** The lines of the log. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  get(path: string, options?: RequestInit): Promise<Told>;
}

/** No test waits for a time: so long only what does not come to an end by itself takes. */
const FOR_EVER_MS = 1_000_000;

/** The service before real servers. @param args As on its command line; without them no challenge is used. */
export async function openTestService(args = "", { services = 3, replicas = 1 } = {}): Promise<TestService> {
  await using opening = new AsyncDisposableStack();
  const served: Served[] = [];
  const downstreams: Downstream[] = [];
  for (let n = 0; n < services * replicas; n += 1) {
    const name = String.fromCharCode(97 + (n % services));
    const options = { name, latencyMs: 0, slowMs: 20, onServed: (each: Served) => void served.push(each) };
    downstreams.push(opening.use(await Downstream.start(options)));
  }
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const addresses = downstreams.map(({ name, url }) => `${name}=${url}`).join(",");
  const given = args.split(" ").filter(Boolean);
  const settings = readSettings(["--services", addresses, "--port", "0", ...given], {
    ...{ FANOUT_WITH: "none", FANOUT_TIMEOUT: `${FOR_EVER_MS}`, FANOUT_CALL_TIMEOUT: `${FOR_EVER_MS}` },
  });
  const service = await openService(lab, settings, log);
  opening.defer(async () => void (await service.stop()));
  const open = opening.move();
  return {
    ...{ service, downstreams, served, lines },
    async get(path, init = {}) {
      const response = await fetch(`${service.url.origin}${path}`, init);
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      const body = isJson && text !== "" ? JSON.parse(text) : text;
      return { status: response.status, headers: response.headers, body };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
