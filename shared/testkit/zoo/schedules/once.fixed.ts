export function once<T>(initialise: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= initialise().catch((error) => {
      value = undefined;
      throw error;
    });
    return value;
  };
}
