/** Does the work, unless the shutdown comes first. */
export function createSteps(shutdown: Promise<never>) {
  const rejects = new Set<(reason: unknown) => void>();
  shutdown.catch((reason) => {
    for (const reject of rejects) reject(reason);
  });
  return {
    async step<T>(work: () => Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      rejects.add(reject);
      work().then(resolve, reject);
      try {
        return await promise;
      } finally {
        rejects.delete(reject);
      }
    },
  };
}
