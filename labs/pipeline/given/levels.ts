import type { Entry, Level } from "../contract.ts";

/** From the least severe to the most. */
export const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const satisfies readonly Level[];

/** What other loggers call these levels. */
const OTHER_NAMES: Readonly<Record<string, Level>> = {
  TRACE: "DEBUG",
  NOTICE: "INFO",
  WARNING: "WARN",
  FATAL: "ERROR",
  CRITICAL: "ERROR",
};

/** Reads the name of a level, in letters of any case; `undefined` if it is none. */
export function levelNamed(name: string): Level | undefined {
  const upper = name.toUpperCase();
  return LEVELS.find((level) => level === upper) ?? OTHER_NAMES[upper];
}

/** The eight severities of syslog, from emergency (0) to debug (7), on our four levels. RFC 5424, table 2. */
export function levelOfSeverity(severity: number): Level {
  if (severity <= 3) return "ERROR";
  if (severity === 4) return "WARN";
  return severity <= 6 ? "INFO" : "DEBUG";
}

/** Keeps the entries of these levels. */
export function keepLevels(levels: ReadonlySet<Level>): (entry: Entry) => boolean {
  return ({ level }) => levels.has(level);
}

/** This level and all that are more severe. */
export function levelsFrom(threshold: Level): ReadonlySet<Level> {
  return new Set(LEVELS.slice(LEVELS.indexOf(threshold)));
}
