/** One job, which a worker leases, works on and commits; a lease that has expired lets another worker take it. */
export function createJob(commit: (worker: string) => Promise<void>) {
  let state: "queued" | "leased" | "done" = "queued";
  return {
    expire(): void {
      if (state === "leased") state = "queued";
    },
    async work(worker: string, compute: () => Promise<void>): Promise<void> {
      if (state !== "queued") return;
      state = "leased";
      await compute();
      if (state !== "leased") return; // Wrong: leased, but by whom?
      state = "done";
      await commit(worker);
    },
  };
}
