import type { HubFigures } from "./hub.ts";
import type { Group, LoadFigures } from "./messages.ts";
import type { DemoOptions } from "./options.ts";
import { count, megabytes } from "./words.ts";

/** What there is to tell, while it goes on and at the end. */
export interface Run {
  readonly options: Pick<DemoOptions, "load" | "whenFull" | "bufferLimit">;
  readonly hub: HubFigures;
  /** What the second process sees, if there is one. */
  readonly load: LoadFigures | undefined;
  readonly grownBytes: number;
  /** The number of the last event. */
  readonly last: number;
}

/** Whether nothing was lost without being counted and told, and nothing came twice. */
export function holds({ hub, load }: Run): boolean {
  return isCounted(hub) && (load === undefined || (isWhole(load.fast) && isWhole(load.slow)));
}

export const isCounted = ({ dropped, missed }: HubFigures) => dropped === missed;

const isWhole = ({ listeners, complete, twice }: Group) => complete === listeners && twice === 0;

export function asText(run: Run): string {
  const { hub, load, grownBytes, last } = run;
  const { published, delivered, dropped, missed } = hub;
  const rate =
    load === undefined || load.posted === 0
      ? ""
      : `, ${count(load.posted / load.seconds)} a second by the load`;
  const failed =
    load === undefined || load.failed === 0 ? "" : `${count(load.failed)} requests of the load failed\n`;
  const told = load === undefined ? [] : [["fast", load.fast] as const, ["slow", load.slow] as const];
  const rows = told.filter(([, { listeners }]) => listeners > 0).map(([name, group]) => row(name, group));
  return `published ${count(published)}${rate}; the last event is ${count(last)}
delivered ${count(delivered)}, dropped ${count(dropped)} = Σ missed ${count(missed)} ${mark(isCounted(hub))}
${failed}memory grew by ${megabytes(grownBytes)}
${rows.length === 0 ? "" : `\n${HEAD}${rows.join("")}`}`;
}

const HEAD = "LISTENERS        GOT     MISSED       GONE  TWICE  KNOW OF ALL\n";

function row(name: string, group: Group): string {
  const { listeners, complete, received, missed, gone, twice } = group;
  const cells = [received, missed, gone].map((n) => count(n).padStart(11)).join("");
  const whole = `${count(complete)} of ${count(listeners)} ${mark(isWhole(group))}`;
  return `${name} ${count(listeners).padStart(4)}${cells}${count(twice).padStart(7)}  ${whole}\n`;
}

const mark = (isFine: boolean) => (isFine ? "✓" : "✗");

/** The same for programs. */
export function asJson(run: Run): string {
  const { streams: _, ...hub } = run.hub;
  return `${JSON.stringify({ holds: holds(run), ...run, hub, load: run.load ?? null }, null, 2)}\n`;
}
