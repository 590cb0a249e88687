import { cut, lengthOf } from "./columns.ts";

/** Where a live view is shown: `process.stderr`, or what a test puts in its place. */
export type LiveStream = Pick<NodeJS.WriteStream, "write"> &
  Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows">>;

/**
 * Shows what is going on until it is disposed, and then wipes it. In a terminal `view` is painted over and over, ten
 * times a second; it may have several lines, and each is cut to the width, which it is told. Elsewhere, or when NO_COLOR
 * is set, a plain line is written every two seconds: `plain()`, or the first line of the view.
 *
 * @returns What ends the view. Whoever began it disposes of it.
 */
export function showLive(
  view: (width: number) => string,
  {
    plain = () => firstLine(view(Number.POSITIVE_INFINITY)),
    stream = process.stderr,
  }: { plain?: () => string; stream?: LiveStream } = {},
): Disposable {
  return stream.isTTY === true && !process.env["NO_COLOR"] ? repaint(view, stream) : repeat(plain, stream);
}

/** Writes a line that is to stay. Where a view is being painted, it stands above that. */
export function announce(line: string, stream: LiveStream = process.stderr): void {
  const painting = painted.get(stream);
  painting?.wipe();
  stream.write(`${line}\n`);
  painting?.paint();
}

/** The view that each terminal shows just now. */
const painted = new Map<LiveStream, Painting>();

function repaint(view: (width: number) => string, stream: LiveStream): Disposable {
  const painting = new Painting(view, stream);
  painted.set(stream, painting);
  painting.paint();
  const timer = setInterval(() => painting.paint(), 100);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      painted.delete(stream);
      painting.wipe();
    },
  };
}

function repeat(plain: () => string, stream: LiveStream): Disposable {
  const timer = setInterval(() => stream.write(`${plain()}\n`), 2_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Not only what is left of it behind the text: made narrower, tmux would wrap that as if it were text. */
const WHOLE_LINE = "\x1b[2K";
const TO_SCREEN_END = "\x1b[J";

/** The lines of a view on a terminal. Between two frames the cursor stands at the beginning of the line below them. */
class Painting {
  readonly #view: (width: number) => string;
  readonly #stream: LiveStream;
  #shown: readonly string[] = [];

  constructor(view: (width: number) => string, stream: LiveStream) {
    this.#view = view;
    this.#stream = stream;
  }

  paint(): void {
    const width = this.#columns - 1;
    // One column and one row are left free, or some terminals would wrap or scroll.
    const lines = this.#view(width)
      .split("\n")
      .slice(0, this.#rows - 1);
    const fitting = lines.map((line) => cut(line, width));
    const frame = fitting.map((line) => `${WHOLE_LINE}${line}\n`).join("");
    this.#stream.write(`${this.#toTop()}${frame}${TO_SCREEN_END}`);
    this.#shown = fitting;
  }

  wipe(): void {
    this.#stream.write(`${this.#toTop()}${TO_SCREEN_END}`);
    this.#shown = [];
  }

  /** Back over what is shown: a terminal that was made narrower has wrapped it, and it takes more rows than it had lines. */
  #toTop(): string {
    const rowsOf = (line: string) => Math.max(1, Math.ceil(lengthOf(line) / this.#columns));
    const rows = this.#shown.reduce((sum, line) => sum + rowsOf(line), 0);
    return rows === 0 ? "" : `\x1b[${rows}A\r`;
  }

  /** Some terminals say that they have 0 columns, and mean that they do not know. */
  get #columns(): number {
    return this.#stream.columns || 80;
  }

  get #rows(): number {
    return this.#stream.rows || 24;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
