export function once<T>(initialise: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= initialise(); // Wrong: a failure is kept for ever.
    return value;
  };
}
