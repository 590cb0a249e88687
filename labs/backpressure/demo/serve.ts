import { once } from "node:events";
import { duration, explain, grouped, showLive } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import type { DemoOptions } from "../given/options.ts";
import { openConnection } from "../given/sink.ts";
import { wallNow } from "./intake.ts";
import { Meter } from "./meter.ts";
import { IngestService } from "./service.ts";
import { CONNECTIONS } from "./trial.ts";

/** Only the service, until `signal` aborts: for curl, or for a load of your own. */
export async function serve(lab: Lab, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const [policy = "block"] = options.policies;
  let isFaulty = false;
  const workMs = (1_000 * CONNECTIONS) / options.capacity;
  await using service = new IngestService({
    ...options,
    policy,
    lab,
    connections: Array.from({ length: CONNECTIONS }, () => openConnection(workMs)),
    onWritten: ({ at }) => meter.write(wallNow() - at),
    onFault: (error) => {
      if (!isFaulty) process.stderr.write(`${explain(error, policy === "shed" ? "admission" : "buffer")}\n`);
      isFaulty = true;
    },
  });
  const meter = new Meter({ ...options, counts: () => service.intake.counts() });
  const url = await service.listen();
  meter.begin(1);
  process.stdout.write(welcome(url, policy, options));
  const line = () => {
    const { offered, delivered, dropped, refused, cancelled, buffered, waiting } = service.intake.counts();
    const [level] = meter.levels();
    const sum = `offered ${grouped(offered)} = delivered ${grouped(delivered)} + dropped ${grouped(dropped)} + refused ${grouped(refused)} + cancelled ${grouped(cancelled)} + buffered ${grouped(buffered)} + waiting ${grouped(waiting)}`;
    return `${sum}\nturned away ${grouped(service.shed)} requests · p50 ${duration(level?.p50Ms)} · p99 ${duration(level?.p99Ms)}`;
  };
  {
    using _view = showLive(line, { plain: () => line().replace("\n", " · ") });
    if (!signal.aborted) await once(signal, "abort");
  }
  await service.close({ abandon: true });
  process.stdout.write(`${line()}\n`);
  return isFaulty ? 1 : 0;
}

function welcome(url: URL, policy: string, { capacity, limit }: DemoOptions): string {
  return `POST ${url.href}, policy ${policy}, ${grouped(capacity)} events a second, ${grouped(limit)} may be buffered.

  echo '{"kind":"hello"}' | curl --data-binary @- ${url.href}
  yes '{"kind":"hello"}' | head -n 500 | curl -X POST -T - ${url.href}

Ctrl-C ends it.
`;
}
