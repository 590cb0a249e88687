import { createHook } from "node:async_hooks";
import { placeOf } from "./place.ts";

/** What Node calls the operations of its own that leave the thread, and what to call them for a reader. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(FS|FILEHANDLE|STATWATCHER)/, "a file"],
  [/^(TCP|PIPE|TLS|QUIC|HTTP2)/, "a network connection"],
  [/^(UDP|JSUDP|DTLS)/, "a UDP socket"],
  [/^HTTP/, "an HTTP request"],
  [/^(GETADDRINFO|GETNAMEINFO|QUERYWRAP|DNS)/, "a DNS lookup"],
  [/^TTY/, "the terminal"],
  [/^PROCESSWRAP/, "a child process"],
  [/^WORKER/, "a worker thread"],
  [/^MESSAGEPORT/, "a message port (MessageChannel, BroadcastChannel)"],
];

/** Made for the synchronous forms as well (`randomUUID`, `gzipSync`), so they count only once they call back. */
const MAYBE_SYNCHRONOUS: readonly (readonly [RegExp, string])[] = [
  [/^ZLIB/, "compression in another thread"],
  [/REQUEST$/, "cryptography in another thread"],
];

interface Watch {
  /** Whether the code that runs just now belongs to the simulation. */
  readonly isOurs: () => boolean;
  readonly onFound: (error: Error) => void;
}

/** Hears of every real operation that the code under test begins, until the returned function is called. */
export function watchRealIo({ isOurs, onFound }: Watch): () => void {
  const suspects = new Map<number, string>();
  const hook = createHook({
    init(id: number, type: string) {
      const certain = nameIn(KINDS, type);
      const suspect = certain ?? nameIn(MAYBE_SYNCHRONOUS, type);
      if (suspect === undefined || !isOurs()) return;
      if (certain !== undefined) onFound(realIo(certain, placeOf(new Error("begun here").stack)));
      else suspects.set(id, suspect);
    },
    before(id: number) {
      const suspect = suspects.get(id);
      if (suspect !== undefined) onFound(realIo(suspect));
    },
    trackPromises: false,
  }).enable();
  return () => {
    hook.disable();
  };
}

const nameIn = (kinds: typeof KINDS, type: string) => kinds.find(([pattern]) => pattern.test(type))?.[1];

/** What cannot be put in order cannot be explored: the reader is told how to do without. */
export function realIo(what: string, where?: string): Error {
  const place = where === undefined ? "" : ` (${where})`;
  return new Error(
    `The scenario waits for the real world: ${what}${place}. When that completes is out of the explorer's hands. ` +
      "Hand the operation in as a function, and let the scenario answer it with sim.io(). " +
      "A dynamic import() belongs before the scenario.",
  );
}
