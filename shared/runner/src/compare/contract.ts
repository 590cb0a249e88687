import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vitest/node";
import type { Lab } from "../road.ts";
import { isNode, type Node, nameOfNode, nodesBelow, walk } from "./syntax.ts";

/** The functions that one interface of the contract asks for. */
export interface Promised {
  /** "Lab" for what index.ts exports, else the interface that one of those functions returns. */
  readonly owner: string;
  readonly functions: readonly string[];
}

/** What a contract asks an answer to write: the functions of `Lab`, and of all that they return. */
export function readContract(lab: Lab): Promised[] {
  const path = join(lab.folder, "contract.ts");
  return existsSync(path) ? promisedBy(readFileSync(path, "utf8")) : [];
}

export function promisedBy(source: string): Promised[] {
  const program = parseAst(source, { lang: "ts" }, "contract.ts") as unknown as Node;
  const interfaces = new Map<string, Node[]>();
  for (const node of walk(program)) {
    const name = node.type === "TSInterfaceDeclaration" ? nameOfNode(node["id"]) : undefined;
    const { body } = node;
    if (name !== undefined && isNode(body)) interfaces.set(name, nodesBelow(body, "body"));
  }
  const promised: Promised[] = [];
  const wanted = ["Lab"];
  for (const owner of wanted) {
    const members = (interfaces.get(owner) ?? []).filter(isFunction);
    const functions = members.map(({ key }) => nameOfNode(key)).filter((name) => name !== undefined);
    if (functions.length > 0) promised.push({ owner, functions });
    for (const name of members.flatMap(typesReturned)) if (!wanted.includes(name)) wanted.push(name);
  }
  return promised;
}

function isFunction(member: Node): boolean {
  return member.type === "TSMethodSignature" || functionType(member) !== undefined;
}

/** The type of a property that is a function: `readonly now: () => number`. */
function functionType({ typeAnnotation }: Node): Node | undefined {
  const type = isNode(typeAnnotation) ? typeAnnotation["typeAnnotation"] : undefined;
  return isNode(type) && type.type === "TSFunctionType" ? type : undefined;
}

function typesReturned(member: Node): string[] {
  const { returnType } = functionType(member) ?? member;
  if (!isNode(returnType)) return [];
  return [...walk(returnType)].flatMap((node) =>
    node.type === "TSTypeReference" ? (nameOfNode(node["typeName"]) ?? []) : [],
  );
}
