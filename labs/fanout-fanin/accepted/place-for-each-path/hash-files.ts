import { createHash } from "node:crypto";
import { runUnder } from "@pattern-labs/primitives/abort";
import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Hashed, HashOptions, OpenFile } from "../../contract.ts";
import { checkWhole } from "./options.ts";
import { type Drawn, Run } from "./run.ts";

export function hashFiles(
  paths: Iterable<string> | AsyncIterable<string>,
  options: HashOptions,
): AsyncIterableIterator<Hashed> {
  const { concurrency, ordered, window, onError } = options;
  checkWhole("concurrency", concurrency);
  if (ordered && window !== undefined) checkWhole("window", window, concurrency);
  if (onError !== undefined && onError !== "settle" && onError !== "fail-fast") {
    throw new RangeError(`onError must be "settle" or "fail-fast", got ${String(onError)}`);
  }
  return new FileRun(paths, options);
}

/** A file has a handle while it is open. Without `ordered` there are as many as places: who is drawn never waits. */
class FileRun extends Run {
  readonly #open: OpenFile;
  readonly #isOrdered: boolean;
  readonly #failsFast: boolean;
  readonly #handles: Semaphore;

  constructor(paths: Iterable<string> | AsyncIterable<string>, options: HashOptions) {
    const { concurrency, open, onError, signal, ordered = false, window = concurrency } = options;
    super(paths, { signal, window: ordered ? window : concurrency });
    this.#open = open;
    this.#isOrdered = ordered;
    this.#failsFast = onError === "fail-fast";
    this.#handles = new Semaphore(concurrency);
  }

  protected override async feed(signal: AbortSignal): Promise<void> {
    for (let drawn = await this.draw(signal); drawn !== undefined; drawn = await this.draw(signal)) {
      const file = drawn;
      const handle = await this.#handles.acquire({ signal });
      await this.group.go(() => this.#hash(file, handle, signal));
    }
  }

  async #hash({ path, turn, place }: Drawn, handle: Disposable, signal: AbortSignal): Promise<void> {
    let hashed: Hashed;
    try {
      hashed = { path, sha256: await digest(path, this.#open, signal) };
    } catch (error) {
      // An error that ends the run keeps its handle: nobody may open another file. After an abort the group drops it.
      if (this.#failsFast || signal.aborted) throw error;
      hashed = { path, error };
    }
    handle[Symbol.dispose]();
    this.give(hashed, place, this.#isOrdered ? turn : undefined);
  }
}

/** The file has a signal of its own: what listens to it is gone with the file. */
function digest(path: string, open: OpenFile, groupSignal: AbortSignal): Promise<string> {
  return runUnder([groupSignal], async ({ signal }) => {
    const hash = createHash("sha256");
    for await (const chunk of open(path, { signal })) {
      signal.throwIfAborted(); // For those who do not heed their signal: this closes them.
      hash.update(chunk);
    }
    signal.throwIfAborted(); // They may end, instead of throwing.
    return hash.digest("hex");
  });
}
