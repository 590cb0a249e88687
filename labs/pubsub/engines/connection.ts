import { connect, errors, type NatsConnection } from "@nats-io/transport-node";
import { show } from "../given/options.ts";
import { Backoff } from "./backoff.ts";
import { RefusedError } from "./errors.ts";
import type { Subjects } from "./wire.ts";

/** A server that says nothing for three of these is taken for dead. */
const PING_MS = 10_000;
/** One that takes the connection, and does not greet for so long, counts as away. */
const GREETING_MS = 5_000;

/**
 * A connection that is built up again whenever it breaks, for ever; only a server that refuses the user twice ends it.
 *
 * @param url "nats://127.0.0.1:4222", with user and password before the host where the server asks for them; with "tls:" for "nats:"
 *   nothing is sent that is not encrypted.
 * @throws {TypeError} If that is no such address.
 * @throws {Error} If there is no server at that address now, or it refuses the user.
 */
export async function connectTo(url: string): Promise<NatsConnection> {
  const { host, hostname, port, protocol, username, password } = addressIn(url);
  const backoff = new Backoff();
  try {
    const connection = await connect({
      servers: `${protocol}//${hostname}:${port || 4222}`,
      // The client library looks for none of these in the address.
      ...(protocol === "tls:" && { tls: {} }),
      ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => backoff.delayMs,
      timeout: GREETING_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
    });
    void follow(connection, backoff);
    return connection;
  } catch (error) {
    const why =
      error instanceof errors.AuthorizationError
        ? `it refuses ${username ? `user ${show(decodeURIComponent(username))}` : "whoever gives no user and password"}`
        : (error as Error).message;
    throw new Error(`Cannot connect to NATS at ${host}: ${why}`, { cause: error });
  }
}

function addressIn(url: string): URL {
  const address = URL.parse(url);
  if (address !== null && /^(?:nats|tls):$/.test(address.protocol) && address.hostname !== "") return address;
  const got = address?.password ? "one with a password in it" : show(url); // Which is nobody's business.
  throw new TypeError(`Cannot connect to NATS: url must be like nats://127.0.0.1:4222, got ${got}`);
}

async function follow(connection: NatsConnection, backoff: Backoff): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "reconnecting") backoff.grow();
    if (type === "reconnect") backoff.reset();
  }
}

/** What the server refuses to this user, as an error in the words of this folder; anything else as it is. */
export function explained<E>(error: E, subjects: Subjects): E | RefusedError {
  const violation = violationIn(error);
  if (violation === undefined) return error;
  const doing = violation.operation === "publish" ? "publish" : "subscribe";
  return new RefusedError(doing, subjects.topicOf(violation.subject), { cause: error });
}

function violationIn(error: unknown): InstanceType<typeof errors.PermissionViolationError> | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].find((each) => each instanceof errors.PermissionViolationError);
}
