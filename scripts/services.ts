/**
 * Gets the servers that some suites talk to, and the browser, where this machine does not have them: redis-server,
 * PostgreSQL and Chromium from the system's packages, nats-server unpacked into `.services/`, where the test kit looks first. Everything comes from where
 * this machine gets its packages, and apt checks it. Needs Debian or Ubuntu, and root (or sudo) for what is installed;
 * elsewhere it says what to do.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  chromium,
  findProgram,
  type Program,
  programs,
  type Sought,
} from "@pattern-labs/testkit/service/programs";

/** The Debian release whose nats-server is new enough, for those before it: it needs nothing but the C library. */
const RELEASE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** As root apt downloads as somebody without rights, who may not write to our folders. */
const AS_OURSELVES = ["-o", "APT::Sandbox::User=root"];
const folder = resolve(import.meta.dirname, "../.services");

interface Source {
  readonly program: Sought;
  readonly get: () => void;
  /** What to do where that does not work. */
  readonly otherwise: string;
}

const sources: Readonly<Record<string, Source>> = {
  redis: {
    program: programs.redis,
    get: () => install("redis-server"),
    otherwise: "apt-get install redis-server, or: brew install redis",
  },
  nats: {
    program: programs.nats,
    get: () => unpack("nats-server", programs.nats),
    otherwise: "brew install nats-server, or put one of github.com/nats-io/nats-server/releases on the PATH",
  },
  postgres: {
    program: programs.postgres,
    get: () => install("postgresql"),
    otherwise: "apt-get install postgresql, or: brew install postgresql",
  },
  chromium: {
    program: chromium,
    get: () => install("chromium"),
    otherwise: "apt-get install chromium, or: brew install chromium",
  },
};

for (const [name, { program, get, otherwise }] of Object.entries(sources)) {
  const wanted = `${program.command} ${program.atLeast.join(".")} or newer`;
  if (findProgram(program).path === undefined) {
    console.log(`  ${name}: there is no ${wanted} yet; getting one`);
    get();
  }
  const { path } = findProgram(program);
  console.log(path === undefined ? `✘ ${name}: no ${wanted}. Try: ${otherwise}` : `✔ ${name}: ${path}`);
  if (path === undefined) process.exitCode = 1;
}

/** Into the system. Its lists may be too old, or may never have been fetched: then they are, and it is tried once more. */
function install(name: string): void {
  const apt = [...(process.getuid?.() === 0 ? [] : ["sudo"]), "apt-get"];
  const command = [...apt, "install", "-y", "--no-install-recommends", name];
  const first = run(command);
  if (first.status === 0) return;
  run([...apt, "update"]);
  told(command.join(" "), run(command));
}

/** Into a folder of ours: an older one that the system has stays as it is. */
function unpack(name: string, { atLeast }: Program): void {
  const work = mkdtempSync(join(tmpdir(), "services-"));
  try {
    const options = isNewEnough(name, atLeast) ? [] : newerRelease(work);
    if (options === undefined) return;
    const download = run(["apt-get", ...options, ...AS_OURSELVES, "download", name], work);
    if (!told(`apt-get download ${name}`, download)) return;
    mkdirSync(folder, { recursive: true });
    const [archive = ""] = globSync(join(work, "*.deb"));
    told(`dpkg-deb --extract ${archive}`, run(["dpkg-deb", "--extract", archive, folder]));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Whether the system's own release has it. */
function isNewEnough(name: string, atLeast: Program["atLeast"]): boolean {
  const { stdout } = run(["apt-cache", "policy", name]);
  const version = /^ +Candidate: (?:\d+:)?(\d+\.\d+)/m.exec(stdout ?? "")?.[1];
  return (
    version !== undefined &&
    run(["dpkg", "--compare-versions", version, "ge", atLeast.join(".")]).status === 0
  );
}

/**
 * Options of apt for a newer release of Debian, from the mirror of this machine, with lists of their own in `work`: those
 * of the system are not touched. Undefined if there is no such release to be had.
 */
function newerRelease(work: string): readonly string[] | undefined {
  const { stdout } = run([
    "apt-get",
    "indextargets",
    "--format",
    "$(CREATED_BY) $(ORIGIN) $(RELEASE) $(REPO_URI)",
  ]);
  const mirror = /^Packages Debian [a-z]+ (\S+)$/m.exec(stdout ?? "")?.[1];
  if (mirror === undefined) {
    console.log("  apt-get names no mirror of Debian; where this is Debian, apt-get update may help");
    return undefined;
  }
  mkdirSync(join(work, "lists/partial"), { recursive: true });
  mkdirSync(join(work, "cache/archives/partial"), { recursive: true });
  const list = join(work, "sources.list");
  writeFileSync(list, `deb [signed-by=${KEYRING}] ${mirror} ${RELEASE} main\n`);
  const options = [
    ["-o", `Dir::Etc::SourceList=${list}`, "-o", "Dir::Etc::SourceParts=-"],
    ["-o", `Dir::State::Lists=${join(work, "lists")}`, "-o", `Dir::Cache=${join(work, "cache")}`],
  ].flat();
  const update = run(["apt-get", ...options, ...AS_OURSELVES, "--error-on=any", "update"]);
  return told(`apt-get update for ${RELEASE} from ${mirror}`, update) ? options : undefined;
}

function run([command = "", ...args]: readonly string[], cwd = tmpdir()): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
}

/** Whether it worked; if not it says so. */
function told(what: string, { status, stderr, error }: SpawnSyncReturns<string>): boolean {
  if (status === 0) return true;
  console.log(`  ${what} did not work: ${(error?.message ?? stderr).trim().replaceAll("\n", "\n  ")}`);
  return false;
}
