/** Plays one race, on the reference and on its broken variant, in a realm of its own with a simulated clock. */
import { races } from "virtual:races";
import { SimulatedClock } from "../playground/clock.ts";
import { playRace } from "./play-race.ts";
import type { FromWorker, Judged, ToWorker } from "./protocol.ts";
import { ordersOf } from "./race.ts";

const clock = new SimulatedClock();
clock.install();

const answer = (message: FromWorker) => postMessage(message);
const fail = (error: unknown) =>
  answer({ type: "failed", problem: error instanceof Error ? error.message : String(error) });

let loaded: Awaited<ReturnType<(typeof races)[string]>> | undefined;
let turn = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  turn = turn.then(() => handle(data)).catch(fail);
});

async function handle(message: ToWorker): Promise<void> {
  if (message.type === "load") return await load(message.lab);
  if (loaded === undefined) return;
  const { race } = loaded;
  const { isBroken } = message;
  const played = isBroken ? loaded.broken : loaded.mended;
  if (message.type === "play") {
    const { turns } = message;
    return answer({ type: "played", turns, outcome: await playRace(race, played, turns, clock) });
  }
  const orders: Judged[] = [];
  for (const turns of ordersOf(race.events.length)) {
    const { isBad } = await playRace(race, played, turns, clock);
    orders.push({ turns, isBad });
  }
  answer({ type: "all", isBroken, orders });
}

async function load(lab: string): Promise<void> {
  loaded = await races[lab]?.();
  if (loaded === undefined) throw new Error(`${lab} has no race`);
  const { race, bug, changes } = loaded;
  const { title, story, lanes, events } = race;
  answer({ type: "loaded", title, story, lanes, events, bug, changes });
}
