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
  const isOver = (place: number) => limit !== undefined && place >= limit;
  if (roots.some(({ id }) => nesting.children.has(id))) return treesOf(roots, nesting, isOver);
  const lanes = firstFree(roots).map(
    ({ name, spans }, i): Lane => ({ name, depth: 0, over: isOver(i), spans }),
  );
  const used = lanes.length;
  for (let n = used; n > 0 && limit !== undefined && n < Math.min(limit, MOST_EMPTY); n += 1) {
    lanes.push({ name: String(n + 1), depth: 0, over: false, spans: [] });
  }
  return lanes;
}

interface OpenLane {
  readonly name: string;
  readonly spans: Span[];
}

/** `lastOf` says when a span has really left its lane. */
function firstFree(spans: readonly Span[], lastOf = ({ end }: Span) => end.order): OpenLane[] {
  const lanes: OpenLane[] = [];
  for (const span of spans) {
    const isFree = ({ spans }: OpenLane) => {
      const before = spans.at(-1);
      return before === undefined || lastOf(before) < span.begin.order;
    };
    const fitting = lanes.find(
      (lane) => (span.lane === undefined || span.lane === lane.name) && isFree(lane),
    );
    if (fitting !== undefined) fitting.spans.push(span);
    else lanes.push({ name: span.lane ?? String(lanes.length + 1), spans: [span] });
  }
  return lanes;
}

/** Whoever comes when all is over that ran for another takes its rows, which are then named after their tracks. */
function treesOf(roots: readonly Span[], nesting: Nesting, isOver: (place: number) => boolean): Lane[] {
  const lasts = new Map(roots.map((root) => [root, lastOrder(root, nesting)]));
  const places = firstFree(roots, (root) => lasts.get(root) ?? root.end.order);
  const isShared = places.some(({ spans }) => new Set(spans.map(({ task }) => task)).size > 1);
  return places.flatMap(({ name, spans }, i) => {
    const shown = isShared ? `${spans[0]?.track} ${name}` : spans[0]?.task;
    const [root, ...below] = treeOf(spans, { nesting, isShared, depth: 0, name: shown ?? "" });
    return root === undefined ? [] : [{ ...root, over: isOver(i) }, ...below];
  });
}

/** When the last has ended of all that ran for it. */
function lastOrder({ id, end }: Span, nesting: Nesting): number {
  const children = nesting.children.get(id) ?? [];
  return children.reduce((last, child) => Math.max(last, lastOrder(child, nesting)), end.order);
}

interface Branch {
  readonly nesting: Nesting;
  readonly isShared: boolean;
  readonly depth: number;
  readonly name: string;
}

/** A row for spans that come one after the other, and below it the rows of all that they began. */
function treeOf(spans: readonly Span[], { nesting, isShared, depth, name }: Branch): Lane[] {
  const children = spans.flatMap(({ id }) => nesting.children.get(id) ?? []);
  const rows = Map.groupBy(children, ({ track, task }) => (isShared ? track : `${track}\n${task}`));
  const below = [...rows.values()].flatMap((alike) =>
    firstFree(alike, (span) => lastOrder(span, nesting)).flatMap(({ spans }) => {
      const { track = "", task = "" } = spans[0] ?? {};
      return treeOf(spans, { nesting, isShared, depth: depth + 1, name: isShared ? track : task });
    }),
  );
  return [{ name, depth, over: false, spans }, ...below];
}
