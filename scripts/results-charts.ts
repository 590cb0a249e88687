/** The picture of a bench, from its recorded numbers alone. */
import {
  describeMachine,
  type FlatRow,
  type FlatTarget,
  type JsonReport,
  ratioText,
} from "@pattern-labs/bench";
import {
  type Bar,
  type BarPanel,
  type Chart,
  type Curve,
  type LinePanel,
  type Panel,
  type Point,
  type Target,
  toChart,
} from "@pattern-labs/picture/chart";

/** A workload that was measured, as it was recorded. */
export interface Workload {
  readonly title: string;
  readonly rows: readonly FlatRow[];
  readonly targets: readonly FlatTarget[];
}

export function benchPicture(name: string, report: JsonReport): string {
  return toChart(chartOf(name, report), { id: name, words: ratioText });
}

export function chartOf(name: string, report: JsonReport): Chart {
  return {
    title: report.title,
    notes: [
      `${describeMachine(report.machine)} · ${report.date}`,
      `${roundsOf(report)} rounds · node scripts/results.ts --measure ${name}`,
    ],
    panels: panelsOf(workloadsOf(report)),
  };
}

export function roundsOf({ rows }: JsonReport): number {
  return Math.max(...rows.map(({ rounds }) => rounds));
}

export function workloadsOf({ rows, targets }: JsonReport): Workload[] {
  const titles = [...new Set(rows.map(({ workload }) => workload))];
  return titles.map((title) => ({
    title,
    rows: rows.filter(({ workload }) => workload === title),
    targets: targets.filter(({ workload }) => workload === title),
  }));
}

/** From the quickest to the slowest; what failed comes last. */
export function bySpeed(rows: readonly FlatRow[]): FlatRow[] {
  return rows.toSorted((a, b) => (a.ratio ?? Infinity) - (b.ratio ?? Infinity));
}

export function aimOf({
  strategy,
  against,
  atMost,
}: Pick<FlatTarget, "strategy" | "against" | "atMost">): string {
  return `${strategy} ≤ ${ratioText(atMost)} × ${against}`;
}

/** Workloads that differ in a size alone are one panel, cost against size; each other one is a panel of bars. */
function panelsOf(workloads: readonly Workload[]): Panel[] {
  const panels = new Set<Workload>();
  return workloads.flatMap((workload) => {
    if (panels.has(workload)) return [];
    const family = familyOf(workload, workloads);
    for (const member of family?.members ?? []) panels.add(member);
    if (family !== undefined) return [familyPanel(family)];
    return [growthPanel(workload) ?? barPanel(workload)];
  });
}

function barPanel({ title, rows, targets }: Workload): BarPanel {
  return {
    title,
    bars: bySpeed(rows).map(barOf),
    targets: targets.flatMap((target) => targetOf(target, rows)),
  };
}

function barOf({ strategy, kind, failure, ratio, ratioQuartiles, noisy }: FlatRow): Bar {
  return {
    name: strategy,
    kind,
    failure: failure ?? undefined,
    ratio: ratio ?? undefined,
    middle: ratioQuartiles ?? undefined,
    noisy,
  };
}

/** A target is a multiple of another strategy's ratio; what could not be measured has none. */
function targetOf(target: FlatTarget, rows: readonly FlatRow[]): Target[] {
  const { strategy, against, atMost, ratio, reached } = target;
  const base = rows.find((row) => row.strategy === against)?.ratio;
  if (base === undefined || base === null || ratio === null || reached === null) return [];
  return [{ name: strategy, at: base * atMost, reached, aim: `${aimOf(target)}: ${ratioText(ratio)}` }];
}

/** So many sizes make a curve; fewer stand side by side as bars. */
const FEWEST_SIZES = 3;

/** "10,000 waiters": a size within a name. */
const SIZE = /\d[\d,]*/g;

interface Family {
  /** With N in place of the size. */
  readonly title: string;
  readonly sizes: readonly string[];
  readonly members: readonly Workload[];
}

/** The workloads whose titles are that of `one` but for one number. */
function familyOf(one: Workload, all: readonly Workload[]): Family | undefined {
  for (const { index, 0: size } of one.title.matchAll(SIZE)) {
    const before = one.title.slice(0, index);
    const after = one.title.slice(index + size.length);
    const sizeIn = ({ title }: Workload) => {
      const between = title.slice(before.length, title.length - after.length);
      const isAlike = title.startsWith(before) && title.endsWith(after) && between.replace(SIZE, "") === "";
      return isAlike ? between : undefined;
    };
    const members = all.filter((member) => sizeIn(member) !== undefined);
    if (members.length < FEWEST_SIZES) continue;
    return { title: `${before}N${after}`, sizes: members.map((member) => sizeIn(member) ?? ""), members };
  }
  return undefined;
}

/** Each size has a floor of its own: a level curve grows as the floor does. */
function familyPanel({ title, sizes, members }: Family): LinePanel {
  const names = [...new Set(members.flatMap(({ rows }) => rows.map(({ strategy }) => strategy)))];
  const curves = names.map((name) => {
    const rows = members.map(({ rows }) => rows.find(({ strategy }) => strategy === name));
    return { name, kind: kindOf(rows), points: rows.map(pointOf) };
  });
  const targets = members.flatMap(({ rows, targets }, size) =>
    targets
      .flatMap((target) => targetOf(target, rows))
      .map((target) => ({ ...target, size, aim: `N = ${sizes[size]}: ${target.aim}` })),
  );
  return { title, sizes, unit: "N", floor: "that of the same N", curves, targets };
}

/** A workload whose strategies are themselves of several sizes: "Mutex, 10,000 contenders". */
function growthPanel({ title, rows, targets }: Workload): LinePanel | undefined {
  const sized = rows.map((row) => ({ row, ...sizeOf(row.strategy) }));
  const isGrowth = sized.every(({ row, size }) => size !== undefined || row.kind === "floor");
  const sizes = [...new Set(sized.flatMap(({ size }) => size ?? []))];
  if (!isGrowth || sizes.length < FEWEST_SIZES) return undefined;
  const names = [...new Set(sized.flatMap(({ name, size }) => (size === undefined ? [] : name)))];
  const curves = names.map((name): Curve => {
    const own = sizes.map((size) => sized.find((one) => one.name === name && one.size === size)?.row);
    return { name, kind: kindOf(own), points: own.map(pointOf) };
  });
  const unit = sized.find(({ unit }) => unit !== undefined && unit !== "")?.unit ?? "";
  const placed = targets.flatMap((target) =>
    targetOf(target, rows).map((one) => ({
      ...one,
      size: sizes.indexOf(sizeOf(target.strategy).size ?? ""),
    })),
  );
  return { title, sizes, unit, floor: rows[0]?.floor ?? "", curves, targets: placed };
}

function sizeOf(strategy: string): { name: string; size?: string; unit?: string } {
  const [, name = strategy, size, unit] = /^(.+), (\d[\d,]*) ?(.*)$/.exec(strategy) ?? [];
  return size === undefined ? { name } : { name, size, unit: unit ?? "" };
}

/** A curve that is the floor at one size, and a peer at the others, is the floor. */
function kindOf(rows: readonly (FlatRow | undefined)[]): Curve["kind"] {
  const kinds = rows.flatMap((row) => row?.kind ?? []);
  if (kinds.includes("floor")) return "floor";
  return kinds.includes("ours") ? "ours" : "peer";
}

function pointOf(row: FlatRow | undefined): Point | undefined {
  if (row === undefined) return undefined;
  const { ratio, ratioQuartiles, noisy } = row;
  return ratio === null ? undefined : { ratio, middle: ratioQuartiles ?? undefined, noisy };
}
