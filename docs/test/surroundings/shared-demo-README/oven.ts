/** What a lab's answer would be. */
export function createOven() {
  let baked = 0;
  return {
    get baked() {
      return baked;
    },
    async bake(loaves: number, { signal }: { readonly signal: AbortSignal }) {
      signal.throwIfAborted();
      baked = loaves;
    },
  };
}
