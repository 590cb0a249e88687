import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Gauge } from "../gauge.ts";

/** What is alive on behalf of requests, counted where it is opened and closed. */
export class Alive {
  readonly requests = new Gauge();
  /** Requests whose client has gone: what still goes on for them goes on for nobody. */
  readonly forNobody = new Gauge();
  readonly calls = new Gauge();
  readonly files = new Gauge();
  readonly processes = new Gauge();
  /** Half-written files that are to be removed when the request ends, however it ends. */
  readonly drafts = new Gauge();

  /** The names of those of which there are any. */
  left(): readonly string[] {
    return Object.entries(this)
      .filter(([, gauge]: [string, Gauge]) => gauge.now > 0)
      .map(([name, gauge]: [string, Gauge]) => `${gauge.now} ${name}`);
  }
}

/** The same as the system sees it, where it tells: open files below `folder`, files that lie there, child processes. */
export interface SystemView {
  readonly files: number;
  readonly drafts: number;
  readonly processes: number;
}

export function askSystem(folder: string): SystemView | undefined {
  try {
    const open = readdirSync("/proc/self/fd").map((fd) => targetOf(`/proc/self/fd/${fd}`));
    return {
      files: open.filter((target) => target.startsWith(folder)).length,
      drafts: readdirSync(join(folder, "drafts")).length,
      processes: childrenOf(process.pid).length,
    };
  } catch {
    return undefined; // Not a Linux.
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ""; // Closed in the meantime.
  }
}

/** Those who have ended, and whose end has been noted, are none any more. */
function childrenOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean);
}
