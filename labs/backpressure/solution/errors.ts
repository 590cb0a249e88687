export class BufferFullError extends Error {
  override readonly name = "BufferFullError";
  readonly limit: number;

  constructor(limit: number) {
    super(`Refused by the buffer: it is full, its limit is ${limit}`);
    this.limit = limit;
  }
}

export class BufferClosedError extends Error {
  override readonly name = "BufferClosedError";

  constructor() {
    super("Refused by the buffer: it is closed");
  }
}

export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";

  constructor() {
    super("The client left before its answer was sent");
  }
}

export class BulkheadFullError extends Error {
  override readonly name = "BulkheadFullError";
  readonly key: string;

  constructor(key: string, { limitPerKey, waitingPerKey }: { limitPerKey: number; waitingPerKey: number }) {
    super(`Refused by the bulkhead of "${key}": it is full, ${limitPerKey} run and ${waitingPerKey} wait`);
    this.key = key;
  }
}

export class TimeoutError extends Error {
  override readonly name = "TimeoutError";

  constructor(key: string, waitLimitMs: number) {
    super(`Waited for a place in the bulkhead of "${key}" for ${waitLimitMs} ms, and got none`);
  }
}
