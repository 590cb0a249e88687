import { once } from "node:events";
import { createServer } from "node:net";
import { announce, duration, grouped } from "@pattern-labs/demo";
import { listen } from "@pattern-labs/demo/service";
import { onAbort } from "@pattern-labs/primitives/abort";
import { type News, wallNow } from "./messages.ts";
import type { DemoOptions } from "./options.ts";
import { LABELS } from "./report.ts";
import { ServiceProcess } from "./service-process.ts";

/** Only the service, for curl and kill, until it ends. Ctrl-C passes on a SIGINT. */
export async function serve(
  { servers, service: settings, behind }: DemoOptions,
  signal: AbortSignal,
): Promise<number> {
  const [server = "answer"] = servers;
  await refuseTakenPort(settings.port);
  await using service = new ServiceProcess({ ...settings, server }, behind);
  const withdraw = onAbort(signal, () => service.kill("SIGINT")); // Also while it starts.
  const began = wallNow();
  service.onNews((news) => {
    const line = inWords(news);
    if (line !== undefined) announce(`${duration(news.at - began).padStart(8)}  ${line}`);
  });
  const port = await service.listening();
  if (port !== undefined) process.stdout.write(welcome(service, server, port, behind));
  const { code, signal: died } = await service.exit;
  withdraw();
  if (service.problem !== undefined) process.stderr.write(`${service.problem}\n`);
  if (service.errors !== "") process.stderr.write(service.errors);
  const { done, back } = service.jobs();
  const orphan = service.isOrphan
    ? `; the service, process ${service.servicePid}, lives on, and is ended now`
    : "";
  process.stdout.write(
    `It ended ${died === null ? `with status ${code}` : `by ${died}`}${orphan}. Jobs: ${grouped(done.length)} done, ${grouped(back.length)} put back.\n`,
  );
  return code ?? 1;
}

/** Else the service says so, as a start that has failed: true, and not what one wants to read of an option. */
async function refuseTakenPort(port: number): Promise<void> {
  const trial = createServer();
  await listen(trial, { port });
  trial.close();
  await once(trial, "close");
}

function inWords(news: News): string | undefined {
  if (news.news === "log") return news.text;
  if (news.news === "not ready") return "/readyz says 503 from now on";
  if (news.news !== "resource" || news.phase === "begins") return undefined;
  return `${news.name} ${news.phase === "failed" ? `failed to ${news.step}` : news.step === "start" ? "ready" : "stopped"}`;
}

function welcome(
  service: ServiceProcess,
  server: DemoOptions["servers"][number],
  port: number,
  behind: string,
): string {
  const url = `http://127.0.0.1:${port}`;
  const pid = service.signalledPid;
  return `${LABELS[server]}, process ${service.servicePid}${behind === "node" ? "" : `, started by ${behind}`}.

  curl -i ${url}/readyz
  curl ${url}/slow?ms=5000
  curl -N ${url}/stream
  curl -d '{"id":1}' ${url}/jobs
  kill -TERM ${pid}

Ctrl-C sends it a SIGINT; twice ends it, and all.
`;
}
