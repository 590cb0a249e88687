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

/** A place on the road. Without `lab` nothing is there; unless `damage` says why it cannot be read. */
export interface Place {
  readonly order: number;
  readonly name: string;
  readonly lab?: Lab;
  readonly damage?: string;
}

export type Road = readonly Place[];

/** By name and in order, so that one whose folder is gone is missed. All else stands in its package.json. */
const NINE_LABS = [
  "worker-pool",
  "fanout-fanin",
  "pipeline",
  "backpressure",
  "cancellation",
  "graceful-shutdown",
  "pubsub",
  "job-queue",
  "http-fanout",
];

/** The nine labs in the order of the road. */
export function readRoad(root: string): Road {
  return NINE_LABS.map((name, index) => readPlace(root, { name, order: index + 1 })).sort(
    (a, b) => a.order - b.order,
  );
}

function readPlace(root: string, { name, order }: Place): Place {
  const folder = join(root, "labs", name);
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) return { name, order };
  try {
    const field = labField.parse(JSON.parse(readFileSync(manifest, "utf8")).lab);
    return { name, order: field.order, lab: { name, folder, ...field } };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { name, order, damage: `labs/${name}/package.json, field "lab": ${reason}` };
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
    throw new Complaint(
      `The lab ${name} is missing: there is no labs/${name}/package.json.`,
      `git restore labs/${name} brings back what was deleted.`,
    );
  }
  return place.lab;
}

/** The labs that are there and can be read. */
export function labsOf(road: Road): Lab[] {
  return road.flatMap((place) => (place.lab === undefined ? [] : [place.lab]));
}
