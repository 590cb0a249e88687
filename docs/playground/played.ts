import { dirname } from "node:path";
import type { Plugin } from "vite";

/** The variable by which a lab is played on another answer than its reference. */
export const PLAYED = "PATTERN_LABS_PLAYED";

export interface Played {
  readonly lab: string;
  /** The file at which the answer begins. */
  readonly answer: string;
}

/** What is to be played on what; undefined where everything is played on the references. */
export function readPlayed(): Played | undefined {
  const text = process.env[PLAYED];
  return text === undefined ? undefined : (JSON.parse(text) as Played);
}

/** Gives the scene of that lab the answer as its `#lab`. Every other lab keeps its reference. */
export function playedOn(played: Played | undefined): Plugin {
  return {
    name: "played-on",
    enforce: "pre",
    resolveId(source, importer) {
      if (played === undefined || source !== "#lab") return undefined;
      return importer?.includes(`/labs/${played.lab}/play.ts`) ? played.answer : undefined;
    },
    // Of a file that could not be read the server knows no page that needs it: so every save is one.
    hotUpdate({ file }) {
      if (played === undefined || this.environment.name !== "client") return undefined;
      if (!file.startsWith(`${dirname(played.answer)}/`)) return undefined;
      this.environment.hot.send({ type: "full-reload" });
      return [];
    },
  };
}
