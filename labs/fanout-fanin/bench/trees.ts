import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTree, treePaths } from "../given/make-tree.ts";
import { sha256 } from "./sha256.ts";

/** A tree to hash: files of one size, made when it is first asked for and removed when the bench ends. */
export interface Tree {
  readonly files: number;
  readonly bytes: number;
}

/** What a strategy has hashed: how many, and the sum of their hashes, for they come in any order. */
export interface Sum {
  readonly files: number;
  readonly hashes: number;
}

/** Its files, ready to be read from the system's cache. */
export async function pathsOf(tree: Tree): Promise<readonly string[]> {
  const root = rootOf(tree);
  if (!existsSync(sumOf(tree))) {
    mkdirSync(root, { recursive: true });
    await makeTree(root, tree);
    const hashes = new Hashes();
    for (const path of treePaths(root, tree.files)) hashes.add(sha256(path));
    writeFileSync(sumOf(tree), JSON.stringify(hashes.sum)); // It is whole only now.
  }
  return treePaths(root, tree.files).toArray();
}

/** What is wrong with a result, in words. */
export function checkSum(tree: Tree, passes: number, sum: unknown): string | undefined {
  const { files, hashes } = sum as Sum;
  const right: Sum = JSON.parse(readFileSync(sumOf(tree), "utf8"));
  if (files !== passes * right.files) return `${files} of ${passes * right.files} files were hashed`;
  return hashes === passes * right.hashes ? undefined : "a hash is wrong";
}

/** Adds up hashes. The first 32 bits of each tell enough, and as many as there are here keep the sum exact. */
export class Hashes {
  #files = 0;
  #hashes = 0;

  add(sha256: string): void {
    this.#files += 1;
    this.#hashes += Number.parseInt(sha256.slice(0, 8), 16);
  }

  get sum(): Sum {
    return { files: this.#files, hashes: this.#hashes };
  }
}

const VARIABLE = "FANOUT_FANIN_TREES";

/**
 * The process that runs the bench loads this file, too, before it starts the others: it says where the trees are to be,
 * and takes them away.
 */
function folder(): string {
  const given = process.env[VARIABLE];
  if (given !== undefined) return given;
  const made = mkdtempSync(join(tmpdir(), "fanout-fanin-bench-"));
  process.env[VARIABLE] = made;
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
}

const place = folder();
const rootOf = ({ files, bytes }: Tree) => join(place, `${files}-of-${bytes}`);
const sumOf = (tree: Tree) => `${rootOf(tree)}.sum`;
