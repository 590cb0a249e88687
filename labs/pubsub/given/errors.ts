/** From `subscribe`: a subscription that has not ended has this `id`. */
export class IdTakenError extends Error {
  override readonly name = "IdTakenError";
  readonly id: string;

  constructor(id: string) {
    super(`Cannot subscribe: the id must be free, and a subscription has the id "${id}"`);
    this.id = id;
  }
}

/** From `next`, once a subscription that could not keep up is disconnected. `sequence` is the message without room. */
export class SlowSubscriberError extends Error {
  override readonly name = "SlowSubscriberError";
  readonly id: string;
  readonly bufferLimit: number;
  readonly sequence: number;

  constructor(id: string, bufferLimit: number, sequence: number) {
    super(
      `Subscription "${id}" was disconnected: ${bufferLimit} messages waited, no room for message ${sequence}`,
    );
    this.id = id;
    this.bufferLimit = bufferLimit;
    this.sequence = sequence;
  }
}
