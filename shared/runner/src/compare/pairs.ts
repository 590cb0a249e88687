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
  const asked = contract.flatMap(({ owner, functions }) => {
    const find = finder(owner, functions);
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
 * else in the class or object that has most of them, else they are functions by themselves.
 */
function finder(owner: string, functions: readonly string[]) {
  return (files: readonly SourceFile[]) => {
    if (owner === "Lab") return (name: string) => exported(files, name);
    const has = ({ promises, methods }: Body) =>
      (promises.includes(owner) ? functions.length : 0) +
      methods.filter(({ name }) => functions.includes(name)).length;
    const bodies = files.flatMap((file) => file.bodies);
    const best = bodies.reduce<Body | undefined>(
      (most, body) => (has(body) > (most === undefined ? 0 : has(most)) ? body : most),
      undefined,
    );
    const alone = files.flatMap((file) => file.pieces);
    return (name: string) =>
      best?.methods.find((method) => method.name === name) ??
      alone.find((piece) => isCallable(piece) && piece.name === name);
  };
}
