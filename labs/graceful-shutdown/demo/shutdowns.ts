import type { Lab, Notice } from "../contract.ts";
import type { ServerName, ServiceOptions } from "./messages.ts";
import { assemble, type Parts } from "./resources.ts";
import { tell } from "./tell.ts";

/** Gets the service ready to start and to end in its way, and gives what starts it. */
type Prepare = (lab: Lab, options: ServiceOptions) => () => Promise<void>;

export const shutdowns: Readonly<Record<ServerName, Prepare>> = {
  none: (lab, options) => naive(lab, options, () => {}),

  exit: (lab, options) =>
    naive(lab, options, () => {
      process.on("SIGTERM", () => process.exit(0));
      process.on("SIGINT", () => process.exit(0));
    }),

  close: (lab, options) =>
    naive(lab, options, ({ service: { server } }) => {
      process.on("SIGTERM", () => server.close(() => process.exit(0)));
      process.on("SIGINT", () => server.close(() => process.exit(0)));
    }),

  answer: (lab, options) => {
    const { noticeMs, drainMs, deadlineMs } = options;
    const { resources } = assemble(lab, options, async (service, signal) => {
      const notReady = () => {
        service.notReady();
        tell({ news: "not ready" });
      };
      const patience = AbortSignal.any([signal, AbortSignal.timeout(noticeMs + drainMs)]);
      const { cut } = await lab.drainHttp(service.server, { notReady, noticeMs, signal: patience });
      if (cut > 0) log(`${cut} connections were still open when patience ended, and were cut`);
    });
    const lifecycle = lab.createLifecycle(resources);
    lab.supervise(lifecycle, {
      host: process,
      deadlineMs,
      flush: async () => log("the log is flushed"),
      tell: (notice) => log(inWords(notice)),
    });
    // Behind npm no signal may arrive; that the parent has gone is all that there is to notice.
    if (lab.attempted?.includes("orphan")) {
      const onOrphan = () => {
        log("its parent has gone: it sends itself SIGTERM");
        process.kill(process.pid, "SIGTERM");
      };
      lab.watchParent?.(process, { everyMs: 200, onOrphan });
    }
    return () => lifecycle.start();
  },
};

/** Starts one after the other; how it stops is up to `listen`, and is told nothing of the others. */
function naive(lab: Lab, options: ServiceOptions, listen: (parts: Parts) => void): () => Promise<void> {
  const parts = assemble(lab, options, async () => {});
  listen(parts);
  return async () => {
    const { signal } = new AbortController();
    for (const { start } of parts.resources) await start?.({ signal });
  };
}

const log = (text: string) => tell({ news: "log", text });

function inWords(notice: Notice): string {
  if (notice.kind === "signal") return `${notice.signal} has arrived`;
  if (notice.kind === "fault") return `nobody has caught: ${messageOf(notice.error)}`;
  const { startFailure, stopped, failed, forced } = notice.report;
  const parts = [
    ...(startFailure === undefined ? [] : [`${startFailure.name} did not start`]),
    `stopped ${stopped.join(", ") || "nothing"}`,
    ...failed.map(({ name, error }) => `${name} failed: ${messageOf(error)}`),
    ...(forced.length > 0 ? [`gave up ${forced.join(", ")}`] : []),
  ];
  return parts.join("; ");
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
