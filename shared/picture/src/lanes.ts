import type { Lane, Span } from "./run.ts";

/** Empty lanes are shown up to this many: a limit of a thousand is not a thousand rows. */
const MOST_EMPTY = 16;

/** Which spans run on behalf of others. */
export interface Nesting {
  readonly children: ReadonlyMap<number, readonly Span[]>;
  /** Those that are drawn below another one, not in a lane of their track. */
  readonly below: ReadonlySet<Span>;
}

export function withDescendants(spans: readonly Span[]): Nesting {
  const ids = new Set(spans.map(({ id }) => id));
  const below = spans.filter(
    ({ state, parent }) => state === "running" && parent !== undefined && ids.has(parent),
  );
  return { children: Map.groupBy(below, ({ parent }) => parent ?? 0), below: new Set(below) };
}

/**
 * Who ran where. Without more being known each gets the first free lane: then n lanes in use mean that n ran at once,
 * and a lane beyond the limit is a fault that one can see. What runs for another stands below it.
 */
export function lanesOf(running: readonly Span[], nesting: Nesting, limit: number | undefined): Lane[] {
  const roots = running.filter((span) => !nesting.below.has(span));
  const plain = roots.filter(({ id }) => !nesting.children.has(id));
  const trees = roots.filter(({ id }) => nesting.children.has(id));
  const lanes = firstFree(plain).map(
    ({ name, spans }, i): Lane => ({ name, depth: 0, over: limit !== undefined && i >= limit, spans }),
  );
  const used = lanes.length + trees.length;
  for (let n = used; n > 0 && limit !== undefined && n < Math.min(limit, MOST_EMPTY); n += 1) {
    lanes.push({ name: String(n + 1), depth: 0, over: false, spans: [] });
  }
  return [...lanes, ...trees.flatMap((root) => treeOf([root], nesting, 0))];
}

interface OpenLane {
  readonly name: string;
  readonly spans: Span[];
}

function firstFree(spans: readonly Span[]): OpenLane[] {
  const lanes: OpenLane[] = [];
  for (const span of spans) {
    const isFree = ({ spans }: OpenLane) => (spans.at(-1)?.end.order ?? -1) < span.begin.order;
    const fitting = lanes.find(
      (lane) => (span.lane === undefined || span.lane === lane.name) && isFree(lane),
    );
    if (fitting !== undefined) fitting.spans.push(span);
    else lanes.push({ name: span.lane ?? String(lanes.length + 1), spans: [span] });
  }
  return lanes;
}

/** A row for `tries`, which are one task after the other, and below it the rows of all that they began. */
function treeOf(tries: readonly Span[], nesting: Nesting, depth: number): Lane[] {
  const name = tries[0]?.task ?? "";
  const children = tries.flatMap(({ id }) => nesting.children.get(id) ?? []);
  const rows = Map.groupBy(children, ({ track, task }) => `${track}\n${task}`);
  const below = [...rows.values()].flatMap((tasks) => firstFree(tasks).map(({ spans }) => spans));
  return [
    { name, depth, over: false, spans: tries },
    ...below.flatMap((spans) => treeOf(spans, nesting, depth + 1)),
  ];
}
