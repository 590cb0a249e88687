import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { type Recording, readRun, toText } from "@pattern-labs/picture";
import { Complaint } from "../complaint.ts";
import { parseTitle } from "../options.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";

export interface PictureOptions {
  /** The number of a guarantee, or a part of a test's title. */
  readonly title?: string;
  readonly text?: boolean;
}

/** `lab picture`: what happened in the test that fails: its page in a browser, or as text. */
export function picture(session: Session, name: string | undefined, { title, text }: PictureOptions): number {
  const lab = session.labAtHand(name);
  if (title !== undefined) parseTitle(title);
  const all = picturesOf(lab);
  const chosen = title === undefined ? all[0] : all.find((one) => one.name.includes(slug(title)));
  if (chosen === undefined) throw nothingToShow(lab, all, title);
  if (text === true) {
    const recording = JSON.parse(readFileSync(chosen.json, "utf8")) as Recording;
    session.say(toText(readRun(recording), { width: session.width, color: session.paint.isColoured }));
  } else {
    session.say(relative(session.terminal.cwd, chosen.html));
    if (session.interactive) openInBrowser(chosen.html);
  }
  tellOthers(session, all, chosen);
  return status.held;
}

/** A failing test that has left a picture. */
interface Picture {
  /** "1.2-all-workers-run-when-there-is-work-for-all" */
  readonly name: string;
  readonly html: string;
  readonly json: string;
}

/** Those of the answer that was drawn last, be it the attempt or a bug: by step, challenges last. */
function picturesOf(lab: Lab): Picture[] {
  const folders = ["attempt", "bug", "reference"].map((target) => join(lab.folder, ".pictures", target));
  const [found = []] = folders
    .map(picturesIn)
    .filter((pictures) => pictures.length > 0)
    .sort((a, b) => newest(b) - newest(a));
  return found.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

function picturesIn(folder: string): Picture[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".html"))
    .map((file) => basename(file, ".html"))
    .map((name) => ({ name, html: join(folder, `${name}.html`), json: join(folder, `${name}.json`) }))
    .filter(({ json }) => existsSync(json));
}

function newest(pictures: readonly Picture[]): number {
  return Math.max(...pictures.map(({ html }) => statSync(html).mtimeMs));
}

/** As the test kit names the files. */
const slug = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.]+/gu, "-")
    .replace(/-$/, "");

function nothingToShow(lab: Lab, all: readonly Picture[], title: string | undefined): Complaint {
  if (all.length > 0) {
    return new Complaint(
      `No failing test of ${lab.name} that left a picture has "${title}" in its title.`,
      `These have one: ${all.map(({ name }) => numberOf(name)).join(", ")}`,
    );
  }
  return new Complaint(
    `There is no picture of ${lab.name}: no test that records what happens has failed.`,
    `They are drawn by: npx lab test ${lab.name}`,
  );
}

function tellOthers({ paint, warn }: Session, all: readonly Picture[], chosen: Picture): void {
  const others = all.filter((one) => one !== chosen).map(({ name }) => numberOf(name));
  if (others.length === 0) return;
  const more = others.length > 8 ? " …" : "";
  warn(paint.dim(`More pictures: npx lab picture --title ${others.slice(0, 8).join(", ")}${more}`));
}

const numberOf = (name: string) => /^[\p{L}\d.]*\d|^[\p{L}-]+\.\d+/u.exec(name)?.[0] ?? name;

/** The system's own way to open a page. Where there is none, or no browser, the printed path has to do. */
function openInBrowser(file: string): void {
  const [command, ...args] = {
    darwin: ["open", file],
    win32: ["cmd", "/c", "start", "", file],
  }[process.platform as "darwin" | "win32"] ?? ["xdg-open", file];
  const child = spawn(command ?? "xdg-open", args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
