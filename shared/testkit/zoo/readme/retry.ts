import { setTimeout as sleep } from "node:timers/promises";

export async function retry<T>(attempt: () => Promise<T>, { retries }: { retries: number }): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (failures > retries) throw error;
    }
    await sleep(1_000 * 2 ** (failures - 1));
  }
}
