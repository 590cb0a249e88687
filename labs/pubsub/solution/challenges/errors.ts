/** From `subscribe`: what was asked for is not kept any more. `oldest` is the first number that can be asked for. */
export class HistoryGoneError extends Error {
  override readonly name = "HistoryGoneError";
  readonly oldest: number;

  constructor(sequence: number, oldest: number) {
    super(`Cannot replay: message ${sequence} is not kept any more, the oldest that can be had is ${oldest}`);
    this.oldest = oldest;
  }
}

/** From `next`, once a subscription was removed because nobody read what waited there. */
export class SilentSubscriberError extends Error {
  override readonly name = "SilentSubscriberError";
  readonly id: string;

  constructor(id: string, silentMs: number) {
    super(`Subscription "${id}" was removed: messages waited for ${silentMs} ms, and nobody read any`);
    this.id = id;
  }
}
