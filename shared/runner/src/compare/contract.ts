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
  /** The functions that return it; nothing for "Lab". */
  readonly madeBy?: readonly string[];
}

/** What a contract asks an answer to write: the functions of `Lab`, and of all that they return. */
export function readContract(lab: Lab): Promised[] {
  const path = join(lab.folder, "contract.ts");
  return existsSync(path) ? promisedBy(readFileSync(path, "utf8")) : [];
}

export function promisedBy(source: string): Promised[] {
  const program = parseAst(source, { lang: "ts" }, "contract.ts") as unknown as Node;
  const types = typesIn(program);
  const promised: Promised[] = [];
  const wanted = new Map<string, Wanted>([["Lab", { members: membersOf("Lab", types), makers: [] }]]);
  for (const [owner, { members, makers }] of wanted) {
    const asked = members.filter(isFunction);
    const functions = asked.map(({ key }) => nameOfNode(key)).filter((name) => name !== undefined);
    // An overload is the same function once more.
    if (functions.length > 0) {
      promised.push({
        owner,
        functions: [...new Set(functions)],
        ...(makers.length > 0 && { madeBy: makers }),
      });
    }
    for (const member of asked) {
      const maker = nameOfNode(member["key"]);
      if (maker === undefined) continue;
      for (const [name, found] of typesReturned(member, maker, types)) {
        const known = wanted.get(name);
        if (known === undefined) wanted.set(name, { members: found, makers: [maker] });
        else if (name !== "Lab" && !known.makers.includes(maker)) known.makers.push(maker);
      }
    }
  }
  return promised;
}

/** A type whose functions are asked for, and the functions that return it. */
interface Wanted {
  readonly members: readonly Node[];
  readonly makers: string[];
}

/** The interfaces and type aliases of a contract, by name. */
function typesIn(program: Node): ReadonlyMap<string, Node> {
  const named = [...walk(program)].flatMap((node) => {
    const name = /^TS(InterfaceDeclaration|TypeAliasDeclaration)$/.test(node.type)
      ? nameOfNode(node["id"])
      : undefined;
    return name === undefined ? [] : [[name, node] as const];
  });
  return new Map(named);
}

/** What a type has, with what it takes over from others of the contract. */
function membersOf(name: string, types: ReadonlyMap<string, Node>): Node[] {
  const type = types.get(name);
  if (type === undefined) return [];
  const { body, typeAnnotation } = type;
  const inherited = nodesBelow(type, "extends").flatMap(({ expression }) => nameOfNode(expression) ?? []);
  const own = isNode(body)
    ? nodesBelow(body, "body")
    : literalsIn(typeAnnotation).flatMap((literal) => nodesBelow(literal, "members"));
  return [...own, ...inherited.filter((other) => other !== name).flatMap((other) => membersOf(other, types))];
}

/** The object types that a type is made of: `{ … }`, or the branches of `{ … } | { … }`. */
function literalsIn(type: unknown): Node[] {
  if (!isNode(type)) return [];
  if (type.type === "TSTypeLiteral") return [type];
  return nodesBelow(type, "types").flatMap(literalsIn);
}

function isFunction(member: Node): boolean {
  return member.type === "TSMethodSignature" || functionType(member) !== undefined;
}

/** The type of a property that is a function: `readonly now: () => number`. */
function functionType({ typeAnnotation }: Node): Node | undefined {
  const type = isNode(typeAnnotation) ? typeAnnotation["typeAnnotation"] : undefined;
  return isNode(type) && type.type === "TSFunctionType" ? type : undefined;
}

function returnTypeOf(member: Node): Node | undefined {
  const { returnType } = functionType(member) ?? member;
  if (!isNode(returnType)) return undefined;
  const { typeAnnotation } = returnType;
  return isNode(typeAnnotation) ? typeAnnotation : returnType;
}

/** The types that a function returns, by name; one without a name is called like the function. */
function typesReturned(
  member: Node,
  maker: string,
  types: ReadonlyMap<string, Node>,
): (readonly [string, readonly Node[]])[] {
  const type = returnTypeOf(member);
  if (type === undefined) return [];
  const unnamed = literalsIn(type).flatMap((literal) => nodesBelow(literal, "members"));
  const named = [...walk(type)]
    .flatMap((node) => (node.type === "TSTypeReference" ? (nameOfNode(node["typeName"]) ?? []) : []))
    .map((name) => [name, membersOf(name, types)] as const);
  return unnamed.length > 0 ? [[maker, unnamed], ...named] : named;
}
