/** One job, which a worker leases, works on and commits; a lease that has expired lets another worker take it. */
export function createJob(commit: (worker: string) => Promise<void>) {
  let state: "queued" | "leased" | "done" = "queued";
  let lease = 0;
  return {
    expire(): void {
      if (state === "leased") state = "queued";
    },
    async work(worker: string, compute: () => Promise<void>): Promise<void> {
      if (state !== "queued") return;
      state = "leased";
      lease += 1;
      const mine = lease;
      await compute();
      if (state !== "leased" || lease !== mine) return;
      state = "done";
      await commit(worker);
    },
  };
}
