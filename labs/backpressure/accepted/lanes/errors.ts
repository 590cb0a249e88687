export class BufferFullError extends Error {
  override readonly name = "BufferFullError";
  readonly limit: number;

  constructor(limit: number) {
    super(`The buffer is full, its limit is ${limit}`);
    this.limit = limit;
  }
}

export class BufferClosedError extends Error {
  override readonly name = "BufferClosedError";

  constructor() {
    super("The buffer is closed");
  }
}

export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";

  constructor() {
    super("The client left before the answer was sent");
  }
}

export class BulkheadFullError extends Error {
  override readonly name = "BulkheadFullError";
  readonly key: string;

  constructor(key: string) {
    super(`Too many are waiting already for key ${JSON.stringify(key)}`);
    this.key = key;
  }
}
