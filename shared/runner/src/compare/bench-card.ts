import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Lab } from "../road.ts";
import { count, wrap } from "../text.ts";
import type { ViewOptions } from "../view.ts";

/** What of the figures of `lab bench` stands on the card. */
const card = z.object({
  date: z.string(),
  rounds: z.number().optional(),
  seconds: z.number().optional(),
  rows: z.array(
    z.object({
      workload: z.string(),
      strategy: z.string(),
      failure: z.string().nullable(),
      ratio: z.number().nullable(),
      peakInFlight: z.number().nullable(),
      rssMb: z.number().nullable(),
    }),
  ),
});

/** Keeps the figures of a whole run, for `lab compare` to show, and returns the file. */
export function recordBench(lab: Lab, figures: object): string {
  mkdirSync(join(lab.folder, ".pictures"), { recursive: true });
  writeFileSync(recordOf(lab), `${JSON.stringify(figures, undefined, 2)}\n`);
  return recordOf(lab);
}

/** What the last `lab bench` measured: time over that of the floor, work in flight, memory. */
export function benchLines(lab: Lab, { paint, width }: ViewOptions): string[] {
  const again = paint.accent(`npx lab bench ${lab.name}`);
  const found = readRecord(lab);
  if (found === undefined) return ["Nothing was measured yet. To do so:", again];
  const names = Math.min(
    Math.max(...found.rows.map((row) => row.strategy.length), 8),
    Math.max(8, width - 36),
  );
  const workloads = [...new Set(found.rows.map((row) => row.workload))];
  const tables = workloads.flatMap((workload) => [
    paint.strong(workload),
    paint.dim(
      `  ${"".padEnd(names)}${["time", "in flight", "memory"].map((head) => head.padStart(11)).join("")}`,
    ),
    ...found.rows
      .filter((row) => row.workload === workload)
      .map(({ strategy, failure, ratio, peakInFlight, rssMb }) => {
        const name = `  ${strategy.slice(0, names).padEnd(names)}`;
        if (failure !== null) return `${name}   ${paint.bad(failure)}`;
        const figures = [amount(ratio, "×"), amount(peakInFlight, ""), amount(rssMb, " MB")];
        return name + figures.map((figure) => figure.padStart(11)).join("");
      }),
    "",
  ]);
  const { date, rounds, seconds } = found;
  const how =
    rounds === undefined || seconds === undefined
      ? ""
      : `, in ${count(rounds, "round")}, ${seconds} s each strategy`;
  return [...tables, ...wrap(`Measured on ${date}${how}; being slow is no failure. Anew:`, width), again];
}

function readRecord(lab: Lab): z.infer<typeof card> | undefined {
  if (!existsSync(recordOf(lab))) return undefined;
  try {
    return card.safeParse(JSON.parse(readFileSync(recordOf(lab), "utf8"))).data;
  } catch {
    return undefined; // It was not written to its end.
  }
}

function recordOf(lab: Lab): string {
  return join(lab.folder, ".pictures", "bench.json");
}

function amount(n: number | null, unit: string): string {
  return n === null ? "–" : `${Number(n.toPrecision(3))}${unit}`;
}
