/** Does the work, unless the shutdown comes first. */
export function createSteps(shutdown: Promise<never>) {
  return {
    async step<T>(work: () => Promise<T>): Promise<T> {
      return await Promise.race([work(), shutdown]); // Wrong: each call leaves its reactions on `shutdown`.
    },
  };
}
