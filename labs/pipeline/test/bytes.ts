const encoder = new TextEncoder();

export const bytes = (text: string): Uint8Array => encoder.encode(text);

/** The bytes of `text`, so many in a chunk. */
export function chunksOf(text: string, size: number): Uint8Array[] {
  const all = bytes(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** The bytes of `text`, cut in two at every place in turn. */
export function* cuts(text: string): Generator<Uint8Array[], void> {
  const all = bytes(text);
  for (let at = 0; at <= all.length; at += 1) yield [all.slice(0, at), all.slice(at)];
}
