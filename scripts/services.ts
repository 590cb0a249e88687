/**
 * Gets the servers that some suites talk to, where this machine does not have them: redis-server and PostgreSQL from the
 * system's packages, nats-server from Debian's stable release, unpacked into `.services/`, where the test kit looks first.
 * Needs Debian or Ubuntu, and root (or sudo) for what comes from packages; elsewhere it says what to type.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join, resolve } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { findProgram, programs, type ServiceName } from "@pattern-labs/testkit/service/programs";

const MIRROR = "https://deb.debian.org/debian";
const RELEASE = "trixie";
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
// Whom the machine trusts is trusted here, too: behind a company's proxy nothing else works.
setDefaultCACertificates([...getCACertificates("default"), ...getCACertificates("system")]);

const folder = resolve(import.meta.dirname, "../.services");

const install: Readonly<Record<ServiceName, () => Promise<void> | void>> = {
  redis: () => installPackage("redis-server"),
  postgres: () => installPackage("postgresql"),
  nats: () => unpack("nats-server"),
};

for (const name of ["redis", "nats", "postgres"] as const) {
  const before = findProgram(programs[name]);
  if (before.path === undefined) {
    console.log(before.missing);
    await install[name]();
  }
  const { path, missing } = findProgram(programs[name]);
  console.log(path === undefined ? `✘ ${missing}` : `✔ ${name}: ${path}`);
  if (path === undefined) process.exitCode = 1;
}

function installPackage(name: string): void {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const [command = "", ...args] = [...sudo, "apt-get", "install", "-y", "--no-install-recommends", name];
  const { status } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) console.log(`${[command, ...args].join(" ")} did not work: install ${name} yourself`);
}

/** Debian's stable release has a newer one than many machines; it needs nothing but the C library. */
async function unpack(name: string): Promise<void> {
  const architecture = ARCHITECTURES[arch()];
  if (platform() !== "linux" || architecture === undefined) return;
  const index = await download(`dists/${RELEASE}/main/binary-${architecture}/Packages.xz`);
  const { stdout } = spawnSync("xz", ["-dc"], { input: index, encoding: "utf8", maxBuffer: 2 ** 28 });
  const entry = stdout.split("\n\n").find((each) => each.startsWith(`Package: ${name}\n`)) ?? "";
  const file = await download(fieldOf(entry, "Filename"));
  const sum = createHash("sha256").update(file).digest("hex");
  if (sum !== fieldOf(entry, "SHA256")) throw new Error(`Cannot unpack ${name}: its checksum is ${sum}`);
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, `${name}.deb`);
  writeFileSync(archive, file);
  spawnSync("dpkg-deb", ["--extract", archive, folder], { stdio: "inherit" });
  rmSync(archive);
}

async function download(path: string): Promise<Buffer> {
  const response = await fetch(`${MIRROR}/${path}`);
  if (!response.ok) throw new Error(`Cannot download ${MIRROR}/${path}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function fieldOf(entry: string, name: string): string {
  const value = new RegExp(`^${name}: (.*)$`, "m").exec(entry)?.[1];
  if (value === undefined) throw new Error(`Cannot read the package index: ${RELEASE} has no ${name}`);
  return value;
}
