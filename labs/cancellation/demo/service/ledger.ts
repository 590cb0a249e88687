import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lab, Scope } from "../../contract.ts";
import { readPieces } from "../../given/read-pieces.ts";
import type { Alive } from "./alive.ts";
import type { ServicePicture } from "./service-picture.ts";

export interface LedgerOptions {
  /** Holds `ledgers/`, one file for each customer, and `drafts/`. */
  readonly folder: string;
  /** The disk is slow today: so long for each piece. */
  readonly pieceMs: number;
  readonly alive: Alive;
  readonly picture: ServicePicture;
}

export interface Packed {
  readonly bookings: number;
  readonly bytes: number;
}

/** How long closing, ending and removing may take, each. */
const CLEAN_UP = { deadlineMs: 5_000 };
const PIECE_BYTES = 16_384;

/** What was booked by a customer: files that are read in pieces, and packed by a process of their own. */
export class Ledger {
  readonly #lab: Lab;
  readonly #options: LedgerOptions;

  constructor(lab: Lab, options: LedgerOptions) {
    this.#lab = lab;
    this.#options = options;
  }

  /**
   * Reads what a customer has booked and sends it through `gzip` into a draft. Whatever is opened here is put away when
   * `scope` is left: the clean-ups are deferred as soon as there is something to clean up, and are not cancelled with it.
   */
  async pack(customer: number, scope: Scope, signal: AbortSignal): Promise<Packed> {
    const { folder, picture } = this.#options;
    // Before each dear step somebody has to look: between two awaits nothing does it for us.
    signal.throwIfAborted();
    const ledger = await this.#open(join(folder, "ledgers", `${customer}.csv`), "r", scope);
    signal.throwIfAborted();
    const draft = await this.#open(this.#draft(scope), "wx", scope);
    signal.throwIfAborted();
    await using packing = scope.child({ signal });
    const gzip = this.#startGzip(draft, scope, packing.signal);
    const reading = packing.start(() =>
      picture.part("files", scope, `ledger ${customer}`, packing.signal, () =>
        this.#feed(gzip.process, ledger, packing.signal),
      ),
    );
    const packed = packing.start(() => this.#lab.underSignal(gzip.done, packing.signal));
    try {
      const [bookings] = await Promise.all([reading, packed]);
      return { bookings, bytes: (await draft.stat()).size };
    } catch (error) {
      packing.cancel(error); // If gzip fails, nobody takes what is read; and the other way round.
      throw error;
    }
  }

  async #open(path: string, flags: "r" | "wx", scope: Scope): Promise<FileHandle> {
    const file = await open(path, flags);
    const close = this.#options.alive.files.enter();
    scope.defer(async () => {
      await file.close();
      close();
    }, CLEAN_UP);
    return file;
  }

  #draft(scope: Scope): string {
    // Not by the id of the request: that may come from the client, and come twice.
    const path = join(this.#options.folder, "drafts", `${randomUUID()}.csv.gz`);
    const remove = this.#options.alive.drafts.enter();
    scope.defer(async () => {
      await rm(path, { force: true });
      remove();
    }, CLEAN_UP);
    return path;
  }

  #startGzip(
    draft: FileHandle,
    scope: Scope,
    signal: AbortSignal,
  ): { process: ChildProcess; done: Promise<void> } {
    const { alive, picture } = this.#options;
    const child = spawn("gzip", ["-c"], {
      stdio: ["pipe", draft.fd, "ignore"],
      detached: true, // Ctrl-C in a terminal reaches all of a group; when this one ends is for its request to say.
    });
    const ended = alive.processes.enter();
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    child.once("close", () => {
      ended();
      resolve();
    });
    child.stdin?.on("error", () => {}); // It was ended while it was being written to.
    scope.defer(async () => {
      child.kill("SIGKILL"); // Does nothing once it has ended.
      await exited;
    }, CLEAN_UP);
    const done = picture.part("processes", scope, "gzip", signal, () => endOfGzip(child));
    done.catch(() => {}); // Whoever waits for it may have left by then.
    return { process: child, done };
  }

  async #feed(gzip: ChildProcess, ledger: FileHandle, signal: AbortSignal): Promise<number> {
    const { pieceMs } = this.#options;
    const { sleep, underSignal, orDone } = this.#lab;
    const { stdin } = gzip;
    if (stdin === null) throw new Error("gzip has no input");
    let bookings = 0;
    for await (const piece of orDone(readPieces(ledger, PIECE_BYTES), signal)) {
      await sleep(pieceMs, { signal });
      for (const byte of piece) if (byte === LINE_BREAK) bookings += 1;
      if (!stdin.write(piece)) await underSignal(once(stdin, "drain"), signal);
    }
    stdin.end();
    return bookings;
  }
}

const LINE_BREAK = 10;

async function endOfGzip(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, "exit");
  if (code !== 0) throw new Error(`gzip ended with ${signal ?? `status ${code}`}`);
}
