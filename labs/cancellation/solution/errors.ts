export function timeoutError(ms: number): DOMException {
  return new DOMException(`It took longer than ${ms} ms`, "TimeoutError");
}

export class ScopeLeftError extends Error {
  override readonly name = "ScopeLeftError";

  constructor(doing: string) {
    super(`Cannot ${doing}: the scope has been left`);
  }
}
