import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ByteName, byteNameOf, toBytes, tryPathOf } from "@pattern-labs/demo/files";

/** A folder full of what makes trouble, put into a tree: `odd/`. */
export interface OddThings extends Disposable {
  /** How many files a walk finds in it. */
  readonly files: number;
  /** How many of them can be read by whoever runs this. */
  readonly readable: number;
  /** How many of these have a name that is a path as text. */
  readonly readableByPath: number;
  /** Whoever hands out names calls it with each: one of the files vanishes after it was found, before it is opened. */
  vanish(name: ByteName): void;
}

const VANISHING = "./odd/vanishes";

/** Names that break a shell script, a line of a checksum file, or a string. The last is no UTF-8. */
const NAMES: readonly ByteName[] = [
  ...[
    " ",
    "two words",
    "line\nbreak",
    "carriage\rreturn",
    "back\\slash",
    "-n",
    "*",
    "'quoted\"",
    "\x1b[31mred",
  ],
  ...["über", "日本"].map(byteNameOf),
  "caf\xe9",
];

/** @param root A folder of a tree that is removed afterwards. Dispose of what it gives first: it locks a folder. */
export function addOddThings(root: string): OddThings {
  const odd = join(root, "odd");
  mkdirSync(odd);
  const names = NAMES.filter((name) => tryWrite(toBytes(`${byteNameOf(odd)}/${name}`), name));
  writeFileSync(join(odd, "empty"), "");
  writeFileSync(join(odd, "large"), Buffer.alloc(8 * 2 ** 20, "large "));
  writeFileSync(join(odd, "vanishes"), "now you see me");
  symlinkSync("empty", join(odd, "link"));
  symlinkSync("nowhere", join(odd, "broken-link"));
  symlinkSync("..", join(odd, "link-in-a-circle"));
  spawnSync("mkfifo", [join(odd, "fifo")]); // Where there is no such program, there is one thing less.
  writeFileSync(join(odd, "locked-file"), "secret");
  mkdirSync(join(odd, "locked"));
  writeFileSync(join(odd, "locked", "file"), "secret");
  chmodSync(join(odd, "locked-file"), 0);
  chmodSync(join(odd, "locked"), 0);
  const locked = [join(odd, "locked-file"), join(odd, "locked", "file")];
  const unlocked = locked.filter(isReadable).length;
  const readable = names.length + 2 + unlocked;
  return {
    // Beside these one that vanishes and one that is locked; what is in a locked folder is not found.
    files: names.length + 4 + (isReadable(join(odd, "locked")) ? 1 : 0),
    readable,
    readableByPath: readable - names.filter((name) => tryPathOf(name) === undefined).length,
    vanish: (name) => {
      if (name === VANISHING) rmSync(join(root, VANISHING));
    },
    [Symbol.dispose]: () => chmodSync(join(odd, "locked"), 0o700),
  };
}

/** Not every system takes every name. */
function tryWrite(path: Buffer, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

/** root can read whatever it likes. */
function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
