import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Complaint } from "./complaint.ts";
import { didYouMean } from "./nearest.ts";

/** The field `lab` of a lab's package.json: all that the runner knows about a lab. */
export const labField = z.object({
  order: z.int().min(1),
  title: z.string().min(1),
  question: z.string().min(1),
  minutes: z.int().min(1),
  buildsOn: z.array(z.string()),
  withholds: z.array(z.string()),
  steps: z.array(z.string().min(1)).min(1),
  challenges: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/, "must be lower case words joined by hyphens")),
});

/** A lab that is there, with its folder. */
export interface Lab extends z.infer<typeof labField> {
  readonly name: string;
  readonly folder: string;
}

/** A place on the road. `lab` is missing while nobody has built it; `damage` says why it cannot be read. */
export interface Place {
  readonly order: number;
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly lab?: Lab;
  readonly damage?: string;
}

export type Road = readonly Place[];

/** The nine labs in order, known by name before they are built. */
const plannedRoad = [
  [
    "worker-pool",
    "Worker pool",
    "Ten thousand pages, eight hands: how do you keep all eight busy, no more than eight at once, and never hammer the site?",
  ],
  [
    "fanout-fanin",
    "Fan-out, fan-in",
    "50,000 files, SHA-256 of each: how many workers, who hands out the work, who merges the results, and how do you know that you are done?",
  ],
  [
    "pipeline",
    "Pipeline",
    "Log lines arrive for ever over TCP, one stage is slow, memory is small: how does the slow stage slow the sender down, and how does everything stop without losing a line?",
  ],
  [
    "backpressure",
    "Backpressure",
    "Producers are ten times faster than the consumer, for ever: who waits, what is dropped, and who is told?",
  ],
  [
    "cancellation",
    "Cancellation",
    "The client has gone: how does every piece of work done on its behalf find out, stop, and clean up, and how does nobody else get hurt?",
  ],
  [
    "graceful-shutdown",
    "Graceful shutdown",
    "SIGTERM arrives in the middle of everything: what is stopped first, what is finished, and what happens at the deadline?",
  ],
  [
    "pubsub",
    "Publish and subscribe",
    "One publisher, a thousand subscribers, one of them asleep: how does the sleeper hurt nobody but itself?",
  ],
  [
    "job-queue",
    "Job queue",
    "Jobs fail, workers die, and the store itself answers late or not at all: how is no job lost, and none done twice by mistake?",
  ],
  [
    "http-fanout",
    "HTTP fan-out",
    "Every request fans out to up to twenty services: when they turn slow, what keeps this one alive?",
  ],
] as const;

/** The nine labs in the order of the road; what their folders say about them goes before what was planned. */
export function readRoad(root: string): Road {
  return plannedRoad
    .map(([name, title, question], index) => readPlace(root, { order: index + 1, name, title, question }))
    .sort((a, b) => a.order - b.order);
}

function readPlace(root: string, planned: Place): Place {
  const folder = join(root, "labs", planned.name);
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) return planned;
  try {
    const field = labField.parse(JSON.parse(readFileSync(manifest, "utf8")).lab);
    const { order, title, question } = field;
    return { ...planned, order, title, question, lab: { name: planned.name, folder, ...field } };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { ...planned, damage: `labs/${planned.name}/package.json, field "lab": ${reason}` };
  }
}

/** The lab called `name`, or a complaint that proposes the nearest one. */
export function findLab(road: Road, name: string): Lab {
  const place = road.find((candidate) => candidate.name === name);
  if (place === undefined) {
    const names = road.map((candidate) => candidate.name);
    throw new Complaint(
      `There is no lab "${name}".${didYouMean(name, names)}`,
      "npx lab list shows all nine.",
    );
  }
  if (place.damage !== undefined) throw new Complaint(`The lab ${name} cannot be read. ${place.damage}`);
  if (place.lab === undefined) {
    throw new Complaint(`The lab ${name} is not there yet.`, "npx lab list shows which ones are.");
  }
  return place.lab;
}

/** The labs that are there and can be read. */
export function labsOf(road: Road): Lab[] {
  return road.flatMap((place) => (place.lab === undefined ? [] : [place.lab]));
}
