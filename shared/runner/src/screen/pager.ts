import { plain } from "../paint.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { wantsColour } from "../terminal.ts";
import { wrap } from "../text.ts";
import type { ViewOptions } from "../view.ts";
import { type Frame, fitFrame, headOf, keyLines, scrollLimitOf, textWidth } from "./frame.ts";
import { type Key, listenForKeys } from "./keys.ts";
import { openScreen, type Size } from "./screen.ts";

/** Something to read: a page that may be longer, and is as wide, as the screen. */
export interface Section {
  readonly title: string;
  /** What it says just now; it may say more later. */
  lines(view: ViewOptions): readonly string[];
}

/** Where somebody is in a text of sections. */
export interface Place {
  readonly section: number;
  readonly scroll: number;
}

/** A text of sections on a screen, one section at a time. */
export interface Pager extends Disposable {
  /** Shows what the sections say now. */
  repaint(): void;
  /** The exit status, once the reader has seen enough. */
  readonly closed: Promise<number>;
}

/** Opens a text in the terminal: arrows move, q closes it, and the terminal shows again what it showed before. */
export function openPager(session: Session, title: string, sections: readonly Section[]): Pager {
  const colour = wantsColour(session.terminal);
  const paint = colour ? session.paint : plain;
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  let place: Place = { section: 0, scroll: 0 };

  const viewOf = (size: Size) => ({ paint, width: textWidth(size) });
  const frameAt = ({ section }: Place, size: Size) => pagerFrame(title, sections, section, viewOf(size));
  const repaint = () => {
    const size = screen.size();
    screen.paint(fitFrame(frameAt(place, size), place.scroll, size.rows, viewOf(size)));
  };
  const press = (key: Key) => {
    if (key === "interrupt") return resolve(status.interrupted);
    if (key === "q" || key === "escape") return resolve(status.held);
    const size = screen.size();
    const limit = (at: Place) => scrollLimitOf(frameAt(at, size), size.rows);
    place = moved(place, key, { sections: sections.length, page: Math.max(1, size.rows - 6), limit });
    repaint();
  };

  const screen = openScreen(session.terminal, repaint);
  const keys = listenForKeys(session.terminal, press);
  const interrupted = () => resolve(status.interrupted);
  session.signal.addEventListener("abort", interrupted, { once: true });
  repaint();
  return {
    repaint,
    closed,
    [Symbol.dispose]: () => {
      session.signal.removeEventListener("abort", interrupted);
      keys[Symbol.dispose]();
      screen[Symbol.dispose]();
    },
  };
}

export interface Bounds {
  readonly sections: number;
  /** How many lines a page has. */
  readonly page: number;
  limit(at: Place): number;
}

/** Where a key leads. The space bar reads on: to the end of a section, then to the next. */
export function moved(place: Place, key: Key, { sections, page, limit }: Bounds): Place {
  const { section } = place;
  const scroll = Math.min(place.scroll, limit(place));
  const turn = (to: number) => (to < 0 || to >= sections ? { section, scroll } : { section: to, scroll: 0 });
  const roll = (by: number) => ({ section, scroll: Math.max(0, Math.min(limit(place), scroll + by)) });
  switch (key) {
    case "right":
    case "n":
    case "enter":
      return turn(section + 1);
    case "left":
    case "p":
      return turn(section - 1);
    case "up":
    case "k":
      return roll(-1);
    case "down":
    case "j":
      return roll(1);
    case "page up":
      return roll(-page);
    case "page down":
      return scroll >= limit(place) ? turn(section + 1) : roll(page);
    default:
      return { section, scroll };
  }
}

/** One section as a screen shows it; a pure function. */
export function pagerFrame(
  title: string,
  sections: readonly Section[],
  at: number,
  { paint, width }: ViewOptions,
): Frame {
  const section = sections[at];
  const number = `${at + 1} of ${sections.length}`;
  const keys = ["→ next", "← back", "↑↓ scroll", "space read on", "q quit"];
  return {
    head: headOf(`${title} · ${section?.title ?? ""}`, paint.dim(number), number.length, paint, width),
    body: (section?.lines({ paint, width }) ?? []).flatMap((line) => wrap(line, width)),
    foot: [paint.dim("─".repeat(width)), ...keyLines(keys, { paint, width })],
  };
}
