/** The connection broke. It is built up again by itself; what others publish until then is missed. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
  /** So many messages were sent, and the server had not confirmed them: it has them, or they are lost. */
  readonly unconfirmed: number;

  constructor(unconfirmed: number) {
    super(`The connection to the server broke, and ${unconfirmed} messages were not confirmed`);
    this.unconfirmed = unconfirmed;
  }
}

/** The server does not let this user do that. What was published there nobody got. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly doing: "publish" | "subscribe";
  /** The topic, or the pattern. */
  readonly topic: string;

  constructor(doing: "publish" | "subscribe", topic: string, options?: ErrorOptions) {
    super(`Cannot ${doing}: the server does not let this user ${doing} to "${topic}"`, options);
    this.doing = doing;
    this.topic = topic;
  }
}

/** The server takes messages more slowly than they are published, or it is gone: what is too much is thrown away. */
export class OutboxFullError extends Error {
  override readonly name = "OutboxFullError";
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`Messages are thrown away: ${limitBytes} bytes wait for the server, and there is no room for more`);
    this.limitBytes = limitBytes;
  }
}

/** The broker was disposed during an outage, with messages that were never sent. They are lost. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";
  readonly messages: number;

  constructor(messages: number) {
    super(`The broker was disposed without a connection, and ${messages} messages were not sent`);
    this.messages = messages;
  }
}

/** Something came over the wire that this program did not write. Nobody was given it. */
export class UnreadableMessageError extends Error {
  override readonly name = "UnreadableMessageError";
  readonly topic: string;

  constructor(topic: string, fault: string, options?: ErrorOptions) {
    super(`Cannot read a message on "${topic}": ${fault}`, options);
    this.topic = topic;
  }
}

/** The server has forgotten a durable subscriber while it was reading: it, or its stream, was deleted, or it was away too long. */
export class ForgottenError extends Error {
  override readonly name = "ForgottenError";
  readonly id: string;

  constructor(id: string, options?: ErrorOptions) {
    super(
      `Cannot read on: the server does not know subscriber "${id}" any more, nor what it has not read`,
      options,
    );
    this.id = id;
  }
}

/** The broker was disposed, or its connection has ended for good. */
export class BrokerClosedError extends Error {
  override readonly name = "BrokerClosedError";

  constructor(doing: string, options?: ErrorOptions) {
    super(`Cannot ${doing}: the broker must be open, and it has been closed`, options);
  }
}
