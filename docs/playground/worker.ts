/**
 * Plays one run of one scene. A worker is a realm of its own: its timers can be replaced without the page noticing, and
 * whatever the answer does to it ends with it.
 */
import { type Piece, Recorder, type RunEvent } from "@pattern-labs/picture";
import { type Controls, type Scene, sceneRandom, type Values, type View } from "@pattern-labs/picture/scene";
import { changeOf } from "./change.ts";
import { SimulatedClock } from "./clock.ts";
import { draw } from "./draw.ts";
import type { FromWorker, Settings, ToWorker } from "./protocol.ts";
import { Narrator } from "./said.ts";

const HALTED =
  "Everything has come to a halt: nothing waits for time any more, nothing goes on, and the run is not over.";
/** So many timers may fire in one step without anything being recorded. */
const MOST_SILENT = 10_000;

// Before an answer is loaded, so that a timer which it takes aside at its top is simulated, too.
const clock = new SimulatedClock();
clock.install();
const random = sceneRandom();
Math.random = random;

const scenes = import.meta.glob<Scene>("../../labs/*/play.ts", { import: "default" });
/** Scenes read it while they run. */
const settings = {} as Values<Controls>;
let scene: Scene | undefined;
let recorder: Recorder | undefined;
const narrator = new Narrator();
const events: RunEvent[] = [];
let width = 900;
let view: (() => View) | undefined;
let lengthMs = 0;
let isOver = false;
let problem: string | undefined;
/** As it was told last. */
let picture: readonly Piece[] = [];

const isEnded = () => isOver || problem !== undefined;
const answer = (message: FromWorker) => postMessage(message);
const fail = (error: unknown) => {
  problem ??= error instanceof Error ? error.message : String(error);
};
addEventListener("unhandledrejection", ({ reason }) => fail(reason));
addEventListener("error", ({ error, message }) => fail(error ?? message));

// One after the other: a step takes several turns, and the next message must not come between them.
let turn = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  turn = turn.then(() => handle(data)).catch(fail);
});

async function handle(message: ToWorker): Promise<void> {
  if (message.type === "load") return await load(message.lab);
  if (message.type === "width") {
    ({ width } = message);
    return;
  }
  if (message.type === "set") Object.assign(settings, message.settings);
  if (message.type === "start") await start(message.settings);
  if (message.type === "advance") await clock.advance(Math.min(message.ms, lengthMs - clock.now), isEnded);
  if (message.type === "step") await step();
  if (recorder !== undefined && !isOver && clock.next === Number.POSITIVE_INFINITY) problem ??= HALTED;
  tell();
}

async function load(lab: string): Promise<void> {
  try {
    scene = await scenes[`../../labs/${lab}/play.ts`]?.();
    if (scene === undefined) throw new Error(`${lab} has no scene`);
    const { title, controls, firstGuess } = scene;
    ({ lengthMs } = scene);
    answer({ type: "loaded", title, controls, firstGuess, lengthMs });
  } catch (error) {
    // A browser does not say what is wrong with a module that it could not load.
    const isUnread = error instanceof TypeError && /dynamically imported module/.test(error.message);
    fail(isUnread ? "The answer could not be loaded. The terminal in which it is served says why." : error);
    tell();
  }
}

async function start(given: Settings): Promise<void> {
  if (scene === undefined) return;
  Object.assign(settings, given);
  recorder = new Recorder({ title: scene.title, clock: "simulated", ...scene.recording(settings) });
  const stage = { values: settings, recorder, signal, random, show };
  const run = async (one: Scene) => one.run(stage);
  void run(scene)
    .catch(fail)
    .finally(() => {
      isOver = true;
    });
  await clock.advance(0);
}

/** Nobody aborts it: this worker is ended instead. */
const { signal } = new AbortController();

function show(one: () => View): void {
  view = one;
}

async function step(): Promise<void> {
  for (let silent = 0; silent < MOST_SILENT && recorder?.events.length === 0; silent += 1) {
    if (isEnded() || clock.next > lengthMs) return;
    await clock.step();
  }
}

function tell(): void {
  const { now } = clock;
  const news = recorder?.drain() ?? [];
  events.push(...news);
  const { title = "", limits = {}, flow = [], rows = [] } = recorder ?? {};
  // What was broken off by the end of the scene might have ended.
  const recording = { title, clock: "simulated", limits, flow, rows, events, isCut: !isEnded() } as const;
  const isDone = isEnded() || now >= lengthMs;
  const before = picture;
  picture = draw(recording, { now, lengthMs, width, isDone });
  answer({
    ...{ type: "progress", now, view: view?.(), said: narrator.tell(news), problem },
    ...{ change: changeOf(before, picture), isOver: isDone },
  });
}
