import type { Promised } from "./contract.ts";
import { type Body, isCallable, type Piece, type SourceFile } from "./outline.ts";

/** The same thing in two answers; either may lack it, or have it where it was not found. */
export interface Pair {
  readonly name: string;
  /** The interface of the contract that asks for it; nothing for what index.ts exports beyond the contract. */
  readonly owner?: string;
  readonly attempt?: Piece;
  readonly reference?: Piece;
}

/** What both answers had to write, in the order of the contract, then what either exports beyond that. */
export function pairUp(
  contract: readonly Promised[],
  attempt: readonly SourceFile[],
  reference: readonly SourceFile[],
): Pair[] {
  const asked = contract.flatMap((one) => {
    const { owner, functions } = one;
    const find = finder(one);
    const [ofAttempt, ofReference] = [find(attempt), find(reference)];
    return functions.map((name) => pair(name, ofAttempt(name), ofReference(name), owner));
  });
  const names = new Set([...exportsOf(attempt), ...exportsOf(reference)].map(({ name }) => name));
  const others = [...names].filter((name) => !asked.some((one) => one.name === name));
  return [...asked, ...others.map((name) => pair(name, exported(attempt, name), exported(reference, name)))];
}

function pair(name: string, attempt?: Piece, reference?: Piece, owner?: string): Pair {
  return { name, ...(owner && { owner }), ...(attempt && { attempt }), ...(reference && { reference }) };
}

/** The functions and classes that index.ts itself exports; plain values are settings, not programs. */
function exportsOf(files: readonly SourceFile[]): Piece[] {
  const [index] = files;
  return (index?.exports ?? []).flatMap((name) => {
    const piece = exported(files, name);
    return piece === undefined || piece.kind === "value" ? [] : [piece];
  });
}

/** Exported by index.ts, though perhaps from another file. */
function exported(files: readonly SourceFile[], name: string): Piece | undefined {
  return files.flatMap(({ pieces }) => pieces).find((piece) => piece.exported && piece.name === name);
}

/**
 * Many things have a method `close`. Those of one interface stand together: in the class that says it implements it,
 * else in the class or object that fits best, else they are functions by themselves.
 */
function finder({ owner, functions, madeBy = [] }: Promised) {
  return (files: readonly SourceFile[]) => {
    if (owner === "Lab") return (name: string) => exported(files, name);
    const makers = madeBy.flatMap((name) => exported(files, name) ?? []);
    const likeness = (body: Body) => likenessOf(body, { owner, functions, makers });
    const bodies = files.flatMap((file) => file.bodies);
    const best = bodies.reduce<Body | undefined>(
      (most, body) => (likeness(body) > (most === undefined ? 0 : likeness(most)) ? body : most),
      undefined,
    );
    const alone = files.flatMap((file) => file.pieces);
    return (name: string) =>
      best?.methods.find((method) => method.name === name) ??
      alone.find((piece) => isCallable(piece) && piece.name === name);
  };
}

interface Sought {
  readonly owner: string;
  readonly functions: readonly string[];
  /** The functions that make one. */
  readonly makers: readonly Piece[];
}

/** How likely it is that a class or an object is the one sought; 0 if it has nothing of it. */
function likenessOf({ name, promises, methods }: Body, { owner, functions, makers }: Sought): number {
  const has = methods.filter((method) => functions.includes(method.name)).length;
  if (has === 0) return 0;
  const isMadeThere = makers.some(
    (maker) =>
      (name !== undefined && new RegExp(`\\bnew ${name}\\b`).test(maker.text)) ||
      methods.some((method) => isInside(method, maker)),
  );
  const tooMany = methods.length - has;
  return (
    (promises.includes(owner) ? 2 * functions.length : 0) +
    (isMadeThere ? functions.length : 0) +
    has -
    tooMany / (methods.length + 1)
  );
}

/** Whether a piece stands in the text of another one. */
export function isInside(inner: Piece, outer: Piece): boolean {
  const last = outer.line + outer.text.split("\n").length;
  return inner.file === outer.file && inner.line >= outer.line && inner.line < last && inner !== outer;
}
