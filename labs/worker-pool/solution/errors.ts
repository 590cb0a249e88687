export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
  constructor() {
    super("Cannot submit to the pool: it is closed");
  }
}

export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(deadlineMs: number) {
    super(`The pool was not done ${deadlineMs} ms after it was closed`);
  }
}

export class CircuitOpenError extends Error {
  override readonly name = "CircuitOpenError";
  constructor(key: string) {
    super(`Refused without being called: jobs of "${key}" keep failing`);
  }
}
