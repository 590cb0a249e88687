import { escaped } from "./markup.ts";
import type { Run } from "./run.ts";
import { type Drawn, fitting, type Layout, rounded, wideness } from "./svg-layout.ts";

const LINE = 20;
/** More moments than this would be a curtain: of those that only inform, the first are drawn. */
const MOST_MOMENTS = 40;

/** Moments as lines through everything, phases as brackets; all are named below, and no two names touch. */
export function footer(run: Run, layout: Layout, { top, bottom }: { top: number; bottom: number }): Drawn {
  const { x, width } = layout;
  const lines = new Lines();
  const parts: string[] = [];
  const names: string[] = []; // Over all lines, which may go through where they stand.
  for (const phase of run.phases) {
    const [from, to] = [x(phase.begin), x(phase.end)];
    const name = fitting(phase.task, width / 2);
    const y = bottom + 8 + LINE * lines.place(from, Math.max(to, from + wideness(name)));
    const middle = Math.min(rounded((from + to) / 2), width - wideness(name) / 2 - 4);
    parts.push(`<path class="phase" d="M${from} ${y}v8h${rounded(Math.max(2, to - from))}v-8"/>`);
    names.push(
      `<text class="mark" x="${middle}" y="${y + 12}" text-anchor="middle"><tspan class="halo">${escaped(name)}</tspan></text>`,
    );
  }
  const told = run.marks.filter(({ tone }) => tone !== "plain");
  const marks = [...told, ...run.marks.filter(({ tone }) => tone === "plain")].slice(0, MOST_MOMENTS);
  for (const mark of marks.sort((a, b) => a.order - b.order)) {
    const at = x(mark);
    const name = fitting(mark.name, width / 2);
    const long = wideness(name, 12.5) + 10;
    const isFlipped = at + long > width - 8;
    const line = isFlipped ? lines.place(at - long, at) : lines.place(at, at + long);
    const y = bottom + 8 + line * LINE;
    const anchor = isFlipped ? ' text-anchor="end"' : "";
    parts.push(`<path class="moment ${mark.tone}" d="M${at} ${y + 12}V${top - 4}"/>`);
    names.push(
      `<text class="mark ${mark.tone}" x="${rounded(isFlipped ? at - 5 : at + 5)}" y="${y + 11}"${anchor}><tspan class="halo">${escaped(name)}</tspan></text>`,
    );
  }
  return {
    height: bottom + 8 + lines.count * LINE,
    text: `<g class="foot">${parts.join("")}${names.join("")}</g>`,
  };
}

/** Finds for each name the first line on which there is room for it. */
class Lines {
  readonly #taken: (readonly [from: number, to: number])[][] = [];

  get count(): number {
    return this.#taken.length;
  }

  place(from: number, to: number): number {
    const isFree = (line: (readonly [number, number])[]) =>
      line.every(([a, b]) => to < a - 6 || from > b + 6);
    const free = this.#taken.findIndex(isFree);
    if (free === -1) this.#taken.push([]);
    const line = free === -1 ? this.#taken.length - 1 : free;
    this.#taken[line]?.push([from, to]);
    return line;
  }
}
