export class UnknownTypeError extends Error {
  override readonly name = "UnknownTypeError";

  constructor(type: string) {
    super(`There is no type of jobs called ${JSON.stringify(type)}`);
  }
}

export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";

  constructor(id: string, why: string) {
    super(`The lease of job ${id} is lost: ${why}`);
  }
}

export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/** What was thrown, as a text. It may be anything, and never makes this throw. */
export function textOf(error: unknown): string {
  try {
    const { message, name } = Object(error) as { message?: unknown; name?: unknown };
    if (typeof message === "string" && message !== "") return message;
    if (error instanceof Error && typeof name === "string") return name;
    return String(error);
  } catch {
    return "something was thrown that has no text";
  }
}
