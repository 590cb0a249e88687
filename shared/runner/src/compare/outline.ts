import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseAst } from "vitest/node";
import { folderOf } from "../answer.ts";
import { filesIn } from "../fingerprint.ts";
import type { Lab } from "../road.ts";
import type { Target } from "../verdict.ts";
import { countCode, isComment } from "./facts.ts";
import { folded } from "./fold.ts";
import { isNode, type Node, nameOfNode, nodesBelow, walk } from "./syntax.ts";

/** A named function, method, class or value of an answer. */
export interface Piece {
  readonly name: string;
  /** A closure is a function in a variable of another function. */
  readonly kind: "function" | "closure" | "class" | "method" | "value";
  /** From the lab: "solution/pool.ts". */
  readonly file: string;
  readonly line: number;
  /** With the comment above it, and without the indentation that all of it shares. */
  readonly text: string;
  /** Of a long one: the text with the functions inside of it folded. */
  readonly folded?: string;
  readonly exported: boolean;
}

/** What belongs together: the methods of one class, or of one object. */
export interface Body {
  /** The name of the class. */
  readonly name?: string;
  /** The interfaces that the class says it implements. */
  readonly promises: readonly string[];
  readonly methods: readonly Piece[];
}

/** One file of an answer. */
export interface SourceFile {
  readonly file: string;
  readonly lines: number;
  readonly linesOfCode: number;
  readonly exports: readonly string[];
  /** The names of the primitives that it imports. */
  readonly primitives: readonly string[];
  readonly pieces: readonly Piece[];
  readonly bodies: readonly Body[];
  /** Why the file could not be read as TypeScript. */
  readonly damage?: string;
}

/** The files of an answer, index.ts first. Nothing is run. */
export function outlineOf(lab: Lab, target: Target): SourceFile[] {
  const folder = join(lab.folder, folderOf(target));
  if (!existsSync(folder)) return [];
  const paths = filesIn(folder).filter((path) => /\.[cm]?ts$/.test(path));
  const index = join(folder, "index.ts");
  return paths
    .sort((a, b) => Number(b === index) - Number(a === index) || a.localeCompare(b))
    .map((path) => outlineFile(relative(lab.folder, path).split(sep).join("/"), readFileSync(path, "utf8")));
}

/** What stands in the text of one file. */
export function outlineFile(file: string, source: string): SourceFile {
  const size = { file, lines: source.trimEnd().split("\n").length, linesOfCode: countCode(source) };
  let program: Node;
  try {
    program = parseAst(source, { lang: "ts" }, file) as unknown as Node;
  } catch (error) {
    const damage = (error as Error).message;
    return { ...size, exports: [], primitives: [], pieces: [], bodies: [], damage };
  }
  const exports = exportsOf(program);
  const read = { file, source, exports };
  const pieces = [...walk(program)].flatMap((node) => pieceOf(node, read));
  return {
    ...size,
    exports,
    primitives: primitivesOf(program),
    pieces,
    bodies: [...walk(program)].flatMap((node) => bodyOf(node, read, pieces)),
  };
}

interface Reading {
  readonly file: string;
  readonly source: string;
  readonly exports: readonly string[];
}

function exportsOf(program: Node): string[] {
  return nodesBelow(program, "body").flatMap((statement) => {
    if (statement.type === "ExportDefaultDeclaration") return ["default"];
    if (statement.type !== "ExportNamedDeclaration") return [];
    const { declaration } = statement;
    const specifiers = nodesBelow(statement, "specifiers").map((one) => nameOfNode(one["exported"]));
    if (!isNode(declaration)) return specifiers.filter((name) => name !== undefined);
    const declared = nodesBelow(declaration, "declarations").map((one) => nameOfNode(one["id"]));
    return [nameOfNode(declaration["id"]), ...declared].filter((name) => name !== undefined);
  });
}

function primitivesOf(program: Node): string[] {
  const names = nodesBelow(program, "body").flatMap(({ source }) => {
    const from = isNode(source) ? String(source["value"]) : "";
    return /^@pattern-labs\/primitives\/(.+)$/.exec(from)?.[1] ?? [];
  });
  return [...new Set(names)];
}

/** Functions, classes and named values, wherever they stand. */
function pieceOf(node: Node, read: Reading): Piece[] {
  if (node.type === "FunctionDeclaration") return make(node["id"], "function", node, read);
  if (node.type === "ClassDeclaration") return make(node["id"], "class", node, read);
  if (node.type !== "VariableDeclaration") return [];
  const isInside = /[ \t]/.test(read.source[read.source.lastIndexOf("\n", node.start - 1) + 1] ?? "");
  const kind = isInside ? "closure" : "function";
  return nodesBelow(node, "declarations").flatMap((one) =>
    make(one["id"], isFunction(one["init"]) ? kind : "value", node, read),
  );
}

/** The methods of a class or of an object, together; `{ submit }` means the function of that name. */
function bodyOf(node: Node, read: Reading, pieces: readonly Piece[]): Body[] {
  if (node.type === "ClassDeclaration" || node.type === "ClassExpression") {
    const members = isNode(node["body"]) ? nodesBelow(node["body"], "body") : [];
    const promises = nodesBelow(node, "implements").map((one) => nameOfNode(one["expression"]));
    const name = nameOfNode(node["id"]);
    return [
      {
        ...(name !== undefined && { name }),
        promises: promises.filter((name) => name !== undefined),
        methods: members.flatMap((member) => methodOf(member, read, pieces)),
      },
    ];
  }
  if (node.type !== "ObjectExpression") return [];
  const methods = nodesBelow(node, "properties").flatMap((one) => methodOf(one, read, pieces));
  return methods.length === 0 ? [] : [{ promises: [], methods }];
}

function methodOf(member: Node, read: Reading, pieces: readonly Piece[]): Piece[] {
  const { key, value } = member;
  if (isFunction(value)) return make(key, "method", member, read);
  const called = member.type === "Property" ? nameOfNode(value) : undefined;
  const piece = pieces.find((one) => isCallable(one) && one.name === called);
  return piece === undefined ? [] : [{ ...piece, name: nameOfNode(key) ?? piece.name }];
}

export function isCallable({ kind }: Piece): boolean {
  return kind === "function" || kind === "closure";
}

function isFunction(value: unknown): boolean {
  return isNode(value) && /^(Arrow)?FunctionExpression$/.test(value.type);
}

function make(id: unknown, kind: Piece["kind"], node: Node, { file, source, exports }: Reading): Piece[] {
  const name = nameOfNode(id);
  if (name === undefined) return [];
  const from = startOfText(source, node.start);
  const line = source.slice(0, node.start).split("\n").length;
  const exported = kind !== "method" && exports.includes(name);
  const text = unindented(source.slice(from, node.end));
  const short = folded(node, from, source);
  return [
    { name, kind, file, line, text, ...(short !== undefined && { folded: unindented(short) }), exported },
  ];
}

/** Where the line of a declaration begins, or the comment right above it. */
function startOfText(source: string, start: number): number {
  const above = source.slice(0, source.lastIndexOf("\n", start - 1) + 1);
  if (!/^\s*(export\s+(default\s+)?)?$/.test(source.slice(above.length, start))) return start;
  const lines = above.split("\n");
  let first = lines.length - 1;
  while (first > 0 && isComment(lines[first - 1] ?? "")) first -= 1;
  return above.length - lines.slice(first).join("\n").length;
}

function unindented(text: string): string {
  const lines = text.split("\n");
  const margins = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin)).join("\n");
}
