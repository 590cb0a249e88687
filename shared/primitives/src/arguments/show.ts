/**
 * How a value looks in a message about misuse, such that the fault can be seen: text in quotes, so that "2" is not
 * taken for 2, and things by what they are, not by what is in them. Never throws, whatever it is given.
 */
export function show(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? showObject(value) : String(value);
}

function quoted(text: string): string {
  return text.length <= MOST_TEXT ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, MOST_TEXT))}…`;
}

const MOST_TEXT = 80;

/** "An object" for a literal, for what has no class, and for what does not let itself be asked. */
function showObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an Array of ${value.length}`;
    const name: unknown =
      Object.getPrototypeOf(value)?.constructor?.name || Reflect.get(value, Symbol.toStringTag);
    return typeof name === "string" && name !== "" && name !== "Object" ? withArticle(name) : "an object";
  } catch {
    return "an object";
  }
}

function withArticle(noun: string): string {
  return /^(?:[aeio]|u(?!rl|int))/i.test(noun) ? `an ${noun}` : `a ${noun}`;
}
