import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
} from "bullmq";
import { ruleBrokenBy } from "./address.ts";

/** How BullMQ gets to its server. */
export interface Server {
  readonly host: string;
  /** Who wants to get to what there: "ann@127.0.0.1:5432/jobs". Without the password. */
  readonly place: string;
  readonly factory: BackendFactory<IQueueBackend, ConnectionOptions>;
  /** For callers: while the server is away a call fails, at the latest after `answerMs`. */
  readonly hasty: ConnectionOptions;
  /** For the worker: what it has begun to say waits for the server, however long that is away. */
  readonly patient: ConnectionOptions;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Connections to PostgreSQL that one end of a queue may have, besides the one by which it is told of news. */
const POOL_LIMIT = 10;

/** @throws {RangeError} Unless it is the address of a Redis or a PostgreSQL. */
export function serverAt(url: string, answerMs: number): Server {
  const rule = ruleBrokenBy(url);
  if (rule !== undefined) throw new RangeError(`Cannot open a queue: url ${rule}`);
  const { protocol, host, username, pathname } = new URL(url);
  const place = `${username && `${username}@`}${host}${pathname}`;
  const ways = protocol.startsWith("redis") ? redis(url, answerMs) : postgres(url, answerMs);
  return { host, place, ...ways };
}

type Ways = Omit<Server, "host" | "place">;

function redis(url: string, answerMs: number): Ways {
  const common = { url, connectTimeout: answerMs, retryStrategy: pauseBefore };
  return {
    factory: createRedisBackend,
    hasty: { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: answerMs },
    patient: { ...common, maxRetriesPerRequest: null },
  };
}

/** Each query finds a connection, or makes one: there is nothing to build up again. */
function postgres(url: string, answerMs: number): Ways {
  const connection = {
    connectionString: url,
    migrate: true, // Several processes may do it at the same time: they take a lock.
    max: POOL_LIMIT,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    keepAlive: true,
  };
  return {
    factory: (name, options, parts) => createPostgresBackend(name, { ...options, connection }, parts),
    hasty: {}, // The factory has it.
    patient: {},
  };
}

/** Doubled with each attempt to connect, and by chance, so that not all come back at the same moment. */
function pauseBefore(attempt: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
  return most * (0.5 + Math.random() / 2);
}
