const usual = process.env["SOAK"] ? 10 : 1;
let current = usual;

/** By what the number of schedules that an exploration tries is multiplied: 10 in a soak. */
export const effort = (): number => current;

/** While `body` runs explorations try a tenth: enough to show that nothing has spoilt the ground which they stand on. */
export async function withLittleEffort<T>(body: () => Promise<T>): Promise<T> {
  current = usual / 10;
  try {
    return await body();
  } finally {
    current = usual;
  }
}
