import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { type ByteName, byteNameOf, toBytes, walkFiles } from "@pattern-labs/demo/files";
import { Channel } from "@pattern-labs/primitives/channel";
import type { Lab, Scope } from "../../contract.ts";
import { type FoundLine, LineFinder, mayGoAstray } from "../../given/find-lines.ts";
import type { SearchOptions } from "../../given/options.ts";
import { readPieces } from "../../given/read-pieces.ts";
import { Enough } from "../end-of.ts";
import type { SearchPicture } from "./search-picture.ts";
import type { Tally } from "./tally.ts";
import { Turns } from "./turns.ts";

export interface Search extends SearchOptions {
  readonly tally: Tally;
  readonly picture: SearchPicture;
  /** Takes the lines that were found in a file. What it returns is waited for before more is read. */
  readonly print: (name: ByteName, lines: readonly FoundLine[], signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Searches every file below the root. One task finds the names, the others take them and read: all belong to one scope,
 * so whatever ends that (Ctrl-C, its deadline, enough matches) ends the walk and every file that is being read, and has
 * closed them all when this returns.
 *
 * @throws The reason of what ended it early: the very value.
 */
export async function searchTree(lab: Lab, search: Search): Promise<void> {
  const { signal, deadlineMs, concurrency, tally, picture } = search;
  await using scope = lab.openScope({
    signal,
    timeoutMs: deadlineMs,
    values: { search: `${search.pattern}` },
  });
  scope.signal.addEventListener("abort", () => {
    tally.noteAbort();
    picture.abort(scope.signal.reason);
  });
  const names = new Channel<ByteName>(2 * concurrency);
  const tasks = [
    scope.start(() => findNames(lab, names, scope, search)),
    ...Array.from({ length: concurrency }, () => scope.start(() => searchFiles(lab, names, scope, search))),
  ];
  try {
    await Promise.all(tasks);
  } catch (error) {
    scope.cancel(error); // Of one that failed by itself the others do not know.
    throw scope.signal.reason;
  }
}

async function findNames(
  lab: Lab,
  names: Channel<ByteName>,
  { signal }: Scope,
  search: Search,
): Promise<void> {
  const { root, tally } = search;
  // Without a signal of its own: that is what `orDone` is for.
  const walk = walkFiles(byteNameOf(root), { onProblem: (name, error) => tally.fail(name, error) });
  for await (const name of lab.orDone(walk, signal)) {
    tally.found += 1;
    await names.send(name, { signal });
  }
  names.close();
}

async function searchFiles(lab: Lab, names: Channel<ByteName>, scope: Scope, search: Search): Promise<void> {
  for await (const name of names.values({ signal: scope.signal })) await searchFile(lab, name, scope, search);
}

/** One file has a scope of its own: a network drive that hangs costs that file, and not the search. */
async function searchFile(lab: Lab, name: ByteName, search: Scope, options: Search): Promise<void> {
  const { tally, picture, fileTimeoutMs } = options;
  const close = tally.open.enter();
  const drawn = picture.file(name);
  try {
    await using scope = search.child({ timeoutMs: fileTimeoutMs, values: { file: name } });
    const enough = () => search.cancel(new Enough());
    tally.searched[await scope.start(() => readFile(lab, name, scope, options, enough))] += 1;
    drawn.end("ok");
  } catch (error) {
    drawn.end(search.signal.aborted ? "cancelled" : "failed");
    if (search.signal.aborted) throw search.signal.reason;
    tally.fail(name, error);
  } finally {
    close();
  }
}

const turns = new Turns();
const PIECE_BYTES = 65_536;

/** A link is not followed, and a fifo not waited for: since the walk the file may have become something else. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function readFile(
  lab: Lab,
  name: ByteName,
  scope: Scope,
  search: Search,
  enough: () => void,
): Promise<"text" | "binary"> {
  const { signal } = scope;
  const { root, pattern, tally, max, print } = search;
  const file = await open(toBytes(`${byteNameOf(root)}/${name}`), FLAGS);
  scope.defer(() => file.close(), { deadlineMs: 5_000 }); // Whatever becomes of the search.
  const finder = new LineFinder(pattern);
  const find = async (look: () => readonly FoundLine[]) => {
    if (!mayGoAstray(pattern)) return look();
    using _turn = await turns.next(signal);
    return look();
  };
  const take = async (lines: readonly FoundLine[]) => {
    const taken = tally.take(name, lines, max);
    if (taken.length > 0) await print(name, taken, signal);
    if (tally.matches === max) enough();
  };
  for await (const piece of lab.orDone(readPieces(file, PIECE_BYTES), signal)) {
    tally.bytes += piece.length;
    if (piece.includes(0)) return "binary";
    await take(await find(() => finder.find(piece)));
  }
  await take(await find(() => finder.end()));
  return "text";
}
