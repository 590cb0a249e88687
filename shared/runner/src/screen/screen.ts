import type { Terminal } from "../terminal.ts";

/** How much fits. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A whole terminal to paint on, without flicker: what was there before comes back when it is disposed. */
export interface Screen extends Disposable {
  size(): Size;
  /** Shows this text, a line a row. It must fit. */
  paint(frame: string): void;
}

const enterAlternate = "\u001b[?1049h\u001b[?25l";
const leaveAlternate = "\u001b[?25h\u001b[?1049l";
const beginFrame = "\u001b[?2026h\u001b[H";
const endFrame = "\u001b[J\u001b[?2026l";
const eraseRestOfLine = "\u001b[K";

export function openScreen({ output }: Pick<Terminal, "output">, onResize: () => void): Screen {
  let shown: string | undefined;
  let open = true;
  const size = () => ({ columns: output.columns ?? 80, rows: output.rows ?? 24 });
  const repaint = () => {
    shown = undefined;
    onResize();
  };
  const close = () => {
    if (!open) return;
    open = false;
    output.off("resize", repaint);
    process.off("exit", close).off("uncaughtExceptionMonitor", close);
    output.write(leaveAlternate);
  };

  output.write(enterAlternate);
  output.on("resize", repaint);
  // Whatever way the process ends, the terminal is given back; and a crash is printed where it can be read.
  process.on("exit", close).on("uncaughtExceptionMonitor", close);
  return {
    size,
    paint: (frame) => {
      if (!open || frame === shown) return;
      shown = frame;
      // Each line is written over the old one and then cleared to its right: at no moment is the screen empty.
      const lines = frame.split("\n").map((line) => line + eraseRestOfLine);
      output.write(beginFrame + lines.join("\r\n") + endFrame);
    },
    [Symbol.dispose]: close,
  };
}
