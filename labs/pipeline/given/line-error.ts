/** A line that cannot be read. Its message says why, in a few words: it becomes the reason of a rejected line. */
export class LineError extends Error {
  override readonly name = "LineError";
}
