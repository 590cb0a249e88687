import { escaped } from "./markup.ts";
import type { Run } from "./run.ts";
import { type Drawn, fitting, type Layout, rounded, wideness } from "./svg-layout.ts";

const LINE = 20;
/** More moments than this would be a curtain: of those that only inform, the first are drawn. */
const MOST_MOMENTS = 40;
/** Names further down would be a staircase that nobody reads. */
const MOST_LINES = 8;

/**
 * Moments as lines through everything, phases as brackets. They are named below, no two names touch, and moments for whose
 * names there is no room are counted.
 */
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
  const nameless: number[] = [];
  const marks = [...told, ...run.marks.filter(({ tone }) => tone === "plain")].slice(0, MOST_MOMENTS);
  for (const mark of marks.sort((a, b) => a.order - b.order)) {
    const at = x(mark);
    const name = fitting(mark.name, width / 2);
    const long = wideness(name, 12.5) + 10;
    const isFlipped = at + long > width - 8;
    const [from, to] = isFlipped ? [at - long, at] : [at, at + long];
    if (!lines.hasRoom(from, to)) {
      nameless.push(at);
      parts.push(`<path class="moment ${mark.tone}" d="M${at} ${bottom + 8}V${top - 4}"/>`);
      continue;
    }
    const y = bottom + 8 + lines.place(from, to) * LINE;
    const anchor = isFlipped ? ' text-anchor="end"' : "";
    parts.push(`<path class="moment ${mark.tone}" d="M${at} ${y + 12}V${top - 4}"/>`);
    names.push(
      `<text class="mark ${mark.tone}" x="${rounded(isFlipped ? at - 5 : at + 5)}" y="${y + 11}"${anchor}><tspan class="halo">${escaped(name)}</tspan></text>`,
    );
  }
  const [first] = nameless;
  if (first !== undefined) {
    const y = bottom + 8 + lines.count * LINE;
    const isFlipped = first > width / 2;
    const anchor = isFlipped ? ' text-anchor="end"' : "";
    names.push(
      `<text class="note" x="${rounded(isFlipped ? first - 5 : first + 5)}" y="${y + 11}"${anchor}>and ${nameless.length} more</text>`,
    );
  }
  return {
    height: bottom + 8 + (lines.count + (first === undefined ? 0 : 1)) * LINE,
    text: `<g class="foot">${parts.join("")}${names.join("")}</g>`,
  };
}

/** Finds for each name the first line on which there is room for it. */
class Lines {
  readonly #taken: (readonly [from: number, to: number])[][] = [];

  get count(): number {
    return this.#taken.length;
  }

  /** Whether it would stand so far up that it is read. */
  hasRoom(from: number, to: number): boolean {
    return this.#taken.length < MOST_LINES || this.#free(from, to) !== -1;
  }

  place(from: number, to: number): number {
    const free = this.#free(from, to);
    if (free === -1) this.#taken.push([]);
    const line = free === -1 ? this.#taken.length - 1 : free;
    this.#taken[line]?.push([from, to]);
    return line;
  }

  #free(from: number, to: number): number {
    return this.#taken.findIndex((line) => line.every(([a, b]) => to < a - 6 || from > b + 6));
  }
}
