/** A node of the parser's tree (ESTree with TypeScript), as far as it is looked at here. */
export type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The nodes that a node has in one of its lists. */
export function nodesBelow(node: Node, list: string): Node[] {
  const value = node[list];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A node and everything below it, in the order of the text. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    if (isNode(value)) yield* walk(value);
    else if (Array.isArray(value)) for (const one of value) if (isNode(one)) yield* walk(one);
  }
}

/** The name that an identifier, or a key, stands for. */
export function nameOfNode(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return String(node["name"]);
  return node.type === "PrivateIdentifier" ? `#${String(node["name"])}` : undefined;
}
