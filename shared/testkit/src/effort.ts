let share = 1;

/** By what the number of schedules that an exploration tries is multiplied: 10 in a soak, in all its rounds. */
export const effort = (): number => share * (process.env["SOAK"] ? 10 : 1);

/** While `body` runs explorations try a tenth: enough to show that nothing has spoilt the ground which they stand on. */
export async function withLittleEffort<T>(body: () => Promise<T>): Promise<T> {
  share = 0.1;
  try {
    return await body();
  } finally {
    share = 1;
  }
}
