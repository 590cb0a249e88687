import type { FileHandle } from "node:fs/promises";

/** Reads an open file from its beginning, piece by piece. Each piece has memory of its own. Knows of no signal. */
export async function* readPieces(
  file: FileHandle,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error("it is no file any more");
  // One byte more than there are: a read that does not fill it has come to the end.
  const bytes = Math.min(stats.size + 1, pieceBytes);
  for (let filled = true; filled; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, null);
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
    filled = bytesRead === bytes;
  }
}
