import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recording } from "@pattern-labs/picture";
import type { Lab } from "./road.ts";

/** A lab's scene, run on an answer. */
export interface SceneRun {
  /** Plain data, for `readRun` of the pictures. */
  readonly recording: Recording;
  /** Why it did not come to its end, in a sentence: the answer threw, came to a halt, hung or died. */
  readonly problem: string | undefined;
}

export interface SceneOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the scene's controls say; those left out say what they say at first. */
  readonly values?: Readonly<Record<string, number | string>>;
  /** Ends an answer that never comes back, in real milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

type SceneTarget = "attempt" | "reference" | "starter" | "bug";

const TITLES: Readonly<Record<SceneTarget, string>> = {
  attempt: "your attempt",
  reference: "the reference",
  starter: "the starter",
  bug: "the bug",
};

const sceneOf = (lab: Lab) => join(lab.folder, "play.ts");

/** Whether the lab has a scene. */
export const hasScene = (lab: Lab): boolean => existsSync(sceneOf(lab));

/**
 * Runs the lab's scene on an answer, in a process of its own and in simulated time. Whatever the answer does, there is
 * a recording of what it did until then.
 *
 * @throws The signal's reason; an Error if the lab has no scene.
 */
export async function runScene(lab: Lab, target: SceneTarget, options: SceneOptions = {}): Promise<SceneRun> {
  const { signal, values = {}, patienceMs = 10_000 } = options;
  signal?.throwIfAborted();
  if (!hasScene(lab)) throw new Error(`Cannot run the scene of ${lab.name}: it has no play.ts`);
  const title = `${lab.name}: ${TITLES[target]}`;
  const script = fileURLToPath(new URL("./scene-process.ts", import.meta.url));
  const child = fork(script, [sceneOf(lab), title, JSON.stringify(values)], {
    execArgv: [`--conditions=${target}`],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const kill = () => child.kill("SIGKILL");
  const hung = AbortSignal.timeout(patienceMs);
  const ends = AbortSignal.any(signal === undefined ? [hung] : [hung, signal]);
  ends.addEventListener("abort", kill);
  let run: SceneRun = { recording: nothingOf(title), problem: undefined };
  let isComplete = false;
  child.on("message", (message) => {
    run = message as SceneRun;
    isComplete = true;
    kill(); // Whatever the answer has left running has no say.
  });
  try {
    await once(child, "close");
  } finally {
    ends.removeEventListener("abort", kill);
    kill();
  }
  signal?.throwIfAborted();
  if (isComplete) return run;
  const problem = hung.aborted
    ? "It never came back: it waits without letting anything happen."
    : "Its process ended.";
  return { ...run, problem };
}

const nothingOf = (title: string): Recording => ({
  title,
  clock: "simulated",
  limits: {},
  flow: [],
  rows: [],
  events: [],
});
