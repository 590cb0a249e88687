import type {
  DrainOptions,
  DrainReport,
  HttpServer,
  Lab,
  Lifecycle,
  Resource,
  SuperviseOptions,
} from "../contract.ts";

export function createLifecycle(_resources: readonly Resource[]): Lifecycle {
  throw new Error("TODO 1.1: createLifecycle is yours to write");
}

export function supervise(_lifecycle: Lifecycle, _options: SuperviseOptions): Disposable {
  throw new Error("TODO 3.1: supervise is yours to write");
}

export function drainHttp(_server: HttpServer, _options: DrainOptions): Promise<DrainReport> {
  throw new Error("TODO 4.1: drainHttp is yours to write");
}

/** Name the challenges here that you take up, and their tests will run: "workers", "readiness" … */
export const attempted: Lab["attempted"] = [];
