import type {
  DrainOptions,
  DrainReport,
  HttpServer,
  Lab,
  Lifecycle,
  Resource,
  SuperviseOptions,
} from "../contract.ts";
import { checkDuration, checkResources } from "../given/errors.ts"; // It has the errors, too.

export function createLifecycle(resources: readonly Resource[]): Lifecycle {
  checkResources(resources);
  throw new Error("TODO 1.1: createLifecycle is yours to write");
}

export function supervise(
  _lifecycle: Lifecycle,
  { deadlineMs, flushWithinMs = 1_000 }: SuperviseOptions,
): Disposable {
  checkDuration("deadlineMs", deadlineMs);
  checkDuration("flushWithinMs", flushWithinMs);
  throw new Error("TODO 3.1: supervise is yours to write");
}

export async function drainHttp(_server: HttpServer, { noticeMs }: DrainOptions): Promise<DrainReport> {
  checkDuration("noticeMs", noticeMs);
  throw new Error("TODO 4.1: drainHttp is yours to write");
}

/** Name the challenges here that you take up, and their tests will run: "workers", "readiness" … */
export const attempted: Lab["attempted"] = [];
