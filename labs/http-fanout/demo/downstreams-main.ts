/** The process with the twenty services that are asked. */

import { sceneRandom } from "@pattern-labs/picture/scene";
import { BEHAVIOURS, type Behaviour, Downstream, type Served } from "../given/downstream.ts";
import { behaveSchema, type DownstreamNews } from "./messages.ts";
import { SERVICES } from "./names.ts";
import { piecesOf, playPart } from "./part-process.ts";

const TELL_EVERY_MS = 50;
/** Each answers after 5 to 15 ms, the same one always after the same time. */
const latencyOf = (n: number) => 5 + ((7 * n) % 11);
const SLOW_MS = 300;
const BAD = BEHAVIOURS.filter((behaviour) => behaviour !== "well");

/** Kept from the first "shake" on: only then somebody compares. */
let ledger: Served[] | undefined;
let most = 0;
const tell = playPart<DownstreamNews>((message) => obey(message));
const all = await Promise.all(
  SERVICES.map((name, n) =>
    Downstream.start({ name, latencyMs: latencyOf(n), slowMs: SLOW_MS, onServed: note }),
  ),
);
setInterval(tellFigures, TELL_EVERY_MS);
tell({ news: "ready", urls: all.map(({ url }) => url) });

function obey(message: unknown): void {
  const order = behaveSchema.parse(message);
  if (order.order === "behave") {
    for (const [n, each] of all.entries())
      each.behave = n < order.services ? () => order.behaviour : () => "well";
  } else if (order.order === "shake") {
    ledger ??= [];
    const random = sceneRandom(order.seed);
    for (const each of all) each.behave = () => chance(random, order.wellPercent);
  } else {
    for (const piece of piecesOf(ledger ?? [])) tell({ news: "served", served: [...piece] });
    tellFigures();
    tell({ news: "told" });
  }
}

function chance(random: () => number, wellPercent: number): Behaviour {
  if (100 * random() < wellPercent) return "well";
  return BAD[Math.floor(random() * BAD.length)] ?? "well";
}

function note(served: Served): void {
  most = Math.max(most, sum(all.map(({ underWay }) => underWay)));
  ledger?.push(served);
}

function tellFigures(): void {
  const underWay = all.map((each) => each.underWay);
  tell({ news: "figures", underWay, most, sockets: sum(all.map(({ sockets }) => sockets)) });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
