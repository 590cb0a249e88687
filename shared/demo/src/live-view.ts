import { createLogUpdate } from "log-update";

/** Where a live view is shown: `process.stderr`, or what a test puts in its place. */
export type LiveStream = Pick<NodeJS.WriteStream, "write"> &
  Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows">>;

/**
 * Shows what is going on until it is disposed, and then wipes it. In a terminal `view()` is painted over and over, ten
 * times a second; it may have several lines, and each is cut to the width. Elsewhere, or when NO_COLOR is set, a plain
 * line is written every two seconds: `plain()`, or the first line of the view.
 *
 * @returns What ends the view. Whoever began it disposes of it.
 */
export function showLive(
  view: () => string,
  {
    plain = () => firstLine(view()),
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

interface Painting {
  paint(): void;
  wipe(): void;
}

/** The view that each terminal shows just now. */
const painted = new Map<LiveStream, Painting>();

function repaint(view: () => string, stream: LiveStream): Disposable {
  const screen = sized(stream);
  const update = createLogUpdate(screen as NodeJS.WriteStream, { showCursor: true });
  const paint = () => update(withinScreen(view(), screen));
  const wipe = () => {
    update.clear();
    update.done(); // What is painted next begins where the cursor is then.
  };
  painted.set(stream, { paint, wipe });
  paint();
  const timer = setInterval(paint, 100);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      painted.delete(stream);
      wipe();
    },
  };
}

function repeat(plain: () => string, stream: LiveStream): Disposable {
  const timer = setInterval(() => stream.write(`${plain()}\n`), 2_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

type Screen = Required<Pick<LiveStream, "write" | "columns" | "rows">>;

/** The stream as a screen whose size is known: some terminals say that they have 0 columns, and mean that they do not know. */
function sized(stream: LiveStream): Screen {
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    write: (text: string | Uint8Array) => stream.write(text),
  };
}

/** One column and one row are left free, or some terminals would wrap or scroll. */
function withinScreen(view: string, { columns, rows }: Screen): string {
  const lines = view.split("\n").slice(0, rows - 1);
  return lines.map((line) => cut(line, columns - 1)).join("\n");
}

/** The first `width` columns of a line. Escape sequences, as those for colours, take no room, and none is cut off. */
function cut(line: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it looks for.
  const parts = line.split(/(\x1b\[[\d;]*m)/);
  let room = width;
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const shown = Array.from(part).slice(0, room).join("");
      room -= Array.from(shown).length;
      return shown;
    })
    .join("");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
