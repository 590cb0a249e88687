import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { type Recording, readRun, toHtml, toSvg, toText, toTrace } from "@pattern-labs/picture";

/** Writes the picture of the run: a page, an image or a trace, by the end of the file's name. */
export function saveDrawing(recording: Recording, file: string): void {
  const draw = { ".svg": toSvg, ".json": toTrace }[extname(file)] ?? toHtml;
  writeFileSync(file, draw(readRun(recording)));
}

type Screen = Pick<NodeJS.WriteStream, "write" | "columns"> & Partial<Pick<NodeJS.WriteStream, "hasColors">>;

/** More lines than this push the table off the screen. */
const HEIGHT = 20;

/** Draws the run below the table. */
export function drawInTerminal(recording: Recording, screen: Screen): void {
  const width = Math.min(screen.columns || 80, 140) - 1;
  const color = screen.hasColors?.() === true && !process.env["NO_COLOR"];
  screen.write(`\n${toText(readRun(recording), { width, color, height: HEIGHT })}\n`);
}
