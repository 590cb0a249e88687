import { isNode, type Node, nodesBelow } from "./syntax.ts";

/** A piece of this many lines can be read as it is. */
const longestWhole = 40;

/** A body of fewer lines than this says what it does as shortly as a note that it was folded. */
const shortestFold = 3;

/**
 * A long declaration with the bodies of the functions inside of it folded, each with the line where it begins;
 * undefined where it is short, or has none. The text is that of the file, from `from` to the end of the declaration.
 */
export function folded(declaration: Node, from: number, source: string): string | undefined {
  const whole = source.slice(from, declaration.end);
  if (linesOf(whole) <= longestWhole) return undefined;
  const bodies = bodiesToOpen(declaration).flatMap((body) => functionBodiesIn(body));
  const long = bodies.filter(({ start, end }) => linesOf(source.slice(start, end)) - 2 >= shortestFold);
  if (long.length === 0) return undefined;
  let text = "";
  let at = from;
  for (const { start, end } of long) {
    const inside = source.slice(start, end);
    const first = linesOf(source.slice(0, start)) + 1;
    text += `${source.slice(at, start)}{ … ${linesOf(inside) - 2} lines from :${first} … }`;
    at = end;
  }
  return text + source.slice(at, declaration.end);
}

/** The bodies that are the declaration's own, and stay open. */
function bodiesToOpen(declaration: Node): Node[] {
  const { body, value } = declaration;
  const values = nodesBelow(declaration, "declarations").map((one) => one["init"]);
  const own = [declaration, value, ...values].filter(isNode).filter(isFunctionNode);
  if (own.length > 0) return own.map((one) => one["body"]).filter(isNode);
  return isNode(body) ? [body] : values.filter(isNode);
}

/** The bodies of the outermost functions in a text. */
function functionBodiesIn(node: Node): Node[] {
  const { body } = node;
  if (isFunctionNode(node) && isNode(body) && body.type === "BlockStatement") return [body];
  const below = Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return below.filter(isNode).flatMap(functionBodiesIn);
}

export function isFunctionNode(value: unknown): boolean {
  return isNode(value) && /^(FunctionDeclaration|(Arrow)?FunctionExpression)$/.test(value.type);
}

function linesOf(text: string): number {
  return text.split("\n").length;
}
