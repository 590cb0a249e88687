import type { DescribedError } from "./protocol.ts";

/** How deep a chain of causes is followed. One that bites its own tail would have no end. */
const MOST_CAUSES = 8;

/**
 * Takes an error apart for the way to another thread: structured cloning alone would lose the names of its class and
 * all of its own fields. What cannot be cloned is left out.
 */
export function describeError(error: unknown, causes = MOST_CAUSES): DescribedError {
  if (!(error instanceof Error)) return { isError: false, value: isCloneable(error) ? error : String(error) };
  const { name, message, stack, cause } = error;
  const hasCause = "cause" in error && causes > 0;
  const own = Object.entries(error).filter(([key, value]) => !STANDARD.has(key) && isCloneable(value));
  return {
    isError: true,
    name,
    message,
    stack,
    cause: hasCause ? describeError(cause, causes - 1) : undefined,
    fields: Object.fromEntries(own),
  };
}

const STANDARD = new Set(["name", "message", "stack", "cause"]);

/** What was thrown, as nearly as another thread can have it: built-in classes are kept, others are told by `name`. */
export function restoreError(described: DescribedError): unknown {
  if (!described.isError) return described.value;
  const { name = "Error", message, stack, cause, fields } = described;
  const Class = BUILT_IN.find((one) => one.name === name) ?? Error;
  const error = new Class(message, cause && { cause: restoreError(cause) });
  if (error.name !== name) Object.defineProperty(error, "name", hidden(name));
  if (stack !== undefined) Object.defineProperty(error, "stack", hidden(stack));
  return Object.assign(error, fields);
}

const BUILT_IN = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

const hidden = (value: string) => ({ value, configurable: true, writable: true, enumerable: false });

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
