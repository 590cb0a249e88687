import { type Column, folded, layOut } from "@pattern-labs/demo";
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

export function asText(run: Run, width = Number.POSITIVE_INFINITY): string {
  const { hub, load, grownBytes, last } = run;
  const { published, delivered, dropped, missed } = hub;
  const rate =
    load === undefined || load.posted === 0
      ? ""
      : `, ${count(load.posted / load.seconds)} a second by the load`;
  const lines = [
    `published ${count(published)}${rate}; the last event is ${count(last)}`,
    `delivered ${count(delivered)}, dropped ${count(dropped)} = Σ missed ${count(missed)} ${mark(isCounted(hub))}`,
    ...(load === undefined || load.failed === 0 ? [] : [`${count(load.failed)} requests of the load failed`]),
    `memory grew by ${megabytes(grownBytes)}`,
  ];
  const text = [...lines.flatMap((line) => folded(line, width)), ...tableOf(load, width)];
  return `${text.join("\n")}\n`;
}

function tableOf(load: LoadFigures | undefined, width: number): readonly string[] {
  if (load === undefined) return [];
  const kinds = (["fast", "slow"] as const).filter((kind) => load[kind].listeners > 0);
  if (kinds.length === 0) return [];
  const column = (
    name: string,
    cell: (group: Group) => string,
    more: Omit<Column, "cells"> = {},
  ): Column => ({
    cells: [name, ...kinds.map((kind) => cell(load[kind]))],
    ...more,
  });
  const names = kinds.map((kind) => `${kind} ${count(load[kind].listeners).padStart(4)}`);
  const columns = [
    { cells: ["LISTENERS", ...names], align: "left" },
    column("GOT", ({ received }) => count(received), { worth: 3 }),
    column("MISSED", ({ missed }) => count(missed)),
    column("GONE", ({ gone }) => count(gone), { worth: 2 }),
    column("TWICE", ({ twice }) => count(twice), { worth: 1 }),
    column("KNOW OF ALL", knowOfAll, { align: "left" }),
  ] satisfies readonly Column[];
  return ["", ...layOut(columns, width)];
}

const knowOfAll = (group: Group) =>
  `${count(group.complete)} of ${count(group.listeners)} ${mark(isWhole(group))}`;

const mark = (isFine: boolean) => (isFine ? "✓" : "✗");

/** The same for programs. */
export function asJson(run: Run): string {
  const { streams: _, ...hub } = run.hub;
  return `${JSON.stringify({ holds: holds(run), ...run, hub, load: run.load ?? null }, null, 2)}\n`;
}
