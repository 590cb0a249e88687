import { sleep } from "@pattern-labs/primitives/sleep";
import type { Dependency, Health, HealthOptions, ProbeAnswer } from "../../contract.ts";
import { checkDuration, TimeoutError } from "../../given/errors.ts";
import { Turn } from "../turn.ts";

export function createHealth({ dependencies, checkWithinMs, retryMs }: HealthOptions): Health {
  checkDuration("checkWithinMs", checkWithinMs);
  checkDuration("retryMs", retryMs);
  let phase: "starting" | "ready" | "stopping" = "starting";

  const whoIsDown = async (signal?: AbortSignal): Promise<readonly string[]> => {
    const answers = await Promise.all(dependencies.map((each) => answersIn(each, checkWithinMs, signal)));
    return dependencies.filter((_, i) => answers[i] === false).map(({ name }) => name);
  };
  const readiness = async (): Promise<ProbeAnswer> => {
    if (phase === "stopping") return { status: 503, down: [] };
    const down = await whoIsDown();
    return { status: phase === "ready" && down.length === 0 ? 200 : 503, down };
  };
  return {
    waitUntilReady: async ({ signal }) => {
      signal.throwIfAborted();
      while ((await whoIsDown(signal)).length > 0) await sleep(retryMs, { signal });
      signal.throwIfAborted();
      if (phase === "starting") phase = "ready";
    },
    notReady: () => {
      phase = "stopping";
    },
    answer: (path) => {
      if (path === "/healthz") return Promise.resolve({ status: 200, down: [] });
      return path === "/readyz" ? readiness() : undefined;
    },
  };
}

async function answersIn({ name, check }: Dependency, ms: number, signal?: AbortSignal): Promise<boolean> {
  const turn = new Turn();
  turn.limit({ ms, timeout: () => new TimeoutError(name, ms), deadline: signal });
  turn.begin(check);
  return (await turn.ending).kind === "ended";
}
