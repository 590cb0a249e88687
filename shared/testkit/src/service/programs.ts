import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A server that tests can have for themselves. */
export type ServiceName = "nats" | "postgres" | "redis";

/** A place of its own for one server. */
export interface Place {
  /** The program, as an absolute path. */
  readonly path: string;
  readonly port: number;
  /** Everything that it stores; it is still there when it is started again. */
  readonly folder: string;
}

export interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user; as that of this process unless told. */
  readonly uid?: number;
}

/** How one kind of server is found, started and spoken to. */
export interface Program {
  readonly command: string;
  /** Folders in which distributions put it without having it on the PATH. */
  readonly elsewhere?: string;
  /** The oldest version that does what the labs need. */
  readonly atLeast: readonly [major: number, minor: number];
  /** The variable that gives the address of one that runs already. */
  readonly variable: string;
  /** What to type to get it. */
  readonly install: string;
  /** Prepares the folder, once. */
  readonly prepare?: (place: Place) => void;
  readonly launch: (place: Place) => Launch;
  /** The line that it prints when it can be spoken to. */
  readonly ready: RegExp;
  readonly url: (port: number) => string;
}

/** What is acknowledged is on the disk: every one of them is set so. */
export const programs: Readonly<Record<ServiceName, Program>> = {
  redis: {
    command: "redis-server",
    atLeast: [6, 2],
    variable: "REDIS_URL",
    install: "npm run services (or: apt-get install redis-server, brew install redis)",
    launch: ({ port, folder }) => ({
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
        ...["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"],
      ],
    }),
    ready: /Ready to accept connections/,
    url: (port) => `redis://127.0.0.1:${port}`,
  },

  nats: {
    command: "nats-server",
    atLeast: [2, 10], // Older ones leave acknowledged messages in work queues after a crash.
    variable: "NATS_URL",
    install: "npm run services (or: brew install nats-server)",
    prepare: ({ folder, port }) => {
      const store = JSON.stringify(join(folder, "store"));
      writeFileSync(
        join(folder, "nats.conf"),
        `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${store}, sync_interval: always }\n`,
      );
    },
    launch: ({ folder }) => ({ args: ["--config", join(folder, "nats.conf")] }),
    ready: /Server is ready/,
    url: (port) => `nats://127.0.0.1:${port}`,
  },

  postgres: {
    command: "postgres",
    elsewhere: "/usr/lib/postgresql/*/bin",
    atLeast: [13, 0],
    variable: "PG_URL",
    install: "npm run services (or: apt-get install postgresql, brew install postgresql)",
    prepare: ({ path, folder }) => {
      const uid = unprivileged();
      chmodSync(folder, 0o755);
      const data = join(folder, "data");
      mkdirSync(data, { mode: 0o700 });
      if (uid !== undefined) chownSync(data, uid, uid);
      const { status, stderr, error } = spawnSync(
        join(dirname(realpathSync(path)), "initdb"),
        ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
        { encoding: "utf8", cwd: folder, ...(uid !== undefined && { uid }) },
      );
      if (status !== 0) throw new Error(`Cannot prepare PostgreSQL: ${error?.message ?? stderr}`);
    },
    launch: ({ folder, port }) => {
      const uid = unprivileged();
      return {
        args: ["-D", join(folder, "data"), "-p", String(port), "-h", "127.0.0.1", "-k", ""],
        ...(uid !== undefined && { uid }),
      };
    },
    ready: /database system is ready to accept connections/,
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  },
};

/** PostgreSQL refuses to run as root: then it is nobody. */
const unprivileged = (): number | undefined => (process.getuid?.() === 0 ? 65_534 : undefined);
