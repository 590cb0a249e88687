import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
} from "bullmq";

/** How BullMQ gets to its server. */
export interface Server {
  readonly host: string;
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
  const parsed = URL.parse(url);
  switch (parsed?.protocol) {
    case "redis:":
    case "rediss:":
      return redis(url, parsed.host, answerMs);
    case "postgres:":
    case "postgresql:":
      return postgres(url, parsed.host, answerMs);
    default: {
      // Not the address itself: it may have a password in it.
      const got = parsed === null ? "what is no URL" : `one of ${parsed.protocol}`;
      throw new RangeError(
        `Cannot open a queue: url must begin with redis:, rediss:, postgres: or postgresql:, got ${got}`,
      );
    }
  }
}

function redis(url: string, host: string, answerMs: number): Server {
  const common = { url, connectTimeout: answerMs, retryStrategy: pauseBefore };
  return {
    host,
    factory: createRedisBackend,
    hasty: { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: answerMs },
    patient: { ...common, maxRetriesPerRequest: null },
  };
}

/** Each query finds a connection, or makes one: there is nothing to build up again. */
function postgres(url: string, host: string, answerMs: number): Server {
  const connection = {
    connectionString: url,
    migrate: true, // Several processes may do it at the same time: they take a lock.
    max: POOL_LIMIT,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    keepAlive: true,
  };
  return {
    host,
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
