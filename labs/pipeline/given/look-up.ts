import { sleep } from "@pattern-labs/primitives/sleep";
import type { Entry } from "../contract.ts";

/** An entry, and where its source runs. */
export interface LocatedEntry extends Entry {
  readonly address: string;
}

/**
 * Stands in for a service that knows on which machine a source runs. Each question takes `latencyMs`; with 0 the answer
 * is there at once.
 */
export function lookUpAfter(latencyMs: number) {
  return async (entry: Entry, { signal }: { readonly signal: AbortSignal }): Promise<LocatedEntry> => {
    if (latencyMs > 0) await sleep(latencyMs, { signal });
    return { ...entry, address: addressOf(entry.source) };
  };
}

/** The same address for the same source, from the private range 10.0.0.0/8. */
function addressOf(source: string): string {
  let sum = 0;
  for (let place = 0; place < source.length; place += 1) {
    sum = (Math.imul(sum, 31) + source.charCodeAt(place)) | 0;
  }
  return `10.${(sum >>> 16) & 255}.${(sum >>> 8) & 255}.${sum & 255}`;
}
