import { spawnSync } from "node:child_process";
import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Program } from "./programs.ts";

export { type Program, programs, type ServiceName } from "./programs.ts";

/** Where `npm run services` puts what the machine does not have. */
const OWN = join(import.meta.dirname, "../../../../.services/usr/*bin");

export type Found =
  | { readonly path: string; readonly missing?: undefined }
  | { readonly path?: undefined; readonly missing: string };

/** What has to be known of a program to find it. */
export type Sought = Pick<Program, "command" | "elsewhere" | "atLeast" | "install">;

/** In which pages are tested. */
export const chromium: Sought = {
  command: "chromium",
  atLeast: [123, 0], // The first that knows light-dark().
  install: "npm run services (or: apt-get install chromium, brew install chromium)",
};

/** The first program that is new enough, of our own folder, the PATH, and where distributions hide it. */
export function findProgram({ command, elsewhere, atLeast, install }: Sought): Found {
  const folders = [
    ...globSync(OWN),
    ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean),
    ...(elsewhere === undefined ? [] : globSync(elsewhere)),
    ...["/usr/local/sbin", "/usr/sbin"],
  ];
  const tooOld: string[] = [];
  for (const file of folders.map((folder) => join(folder, command)).filter(isExecutable)) {
    const version = versionOf(file);
    if (version !== undefined && isNewEnough(version, atLeast)) return { path: file };
    tooOld.push(version?.join(".") ?? "of an unknown version");
  }
  const found = tooOld.length === 0 ? "not found" : `found only ${[...new Set(tooOld)].join(", ")}`;
  return {
    missing: `${command} ${atLeast.join(".")} or newer is needed, ${found}. To install it: ${install}`,
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** "Redis server v=7.0.15", "nats-server: v2.10.27", "postgres (PostgreSQL) 15.19" */
function versionOf(file: string): readonly [major: number, minor: number] | undefined {
  const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

const isNewEnough = (
  [major, minor]: readonly [number, number],
  [leastMajor, leastMinor]: readonly [number, number],
): boolean => major > leastMajor || (major === leastMajor && minor >= leastMinor);
