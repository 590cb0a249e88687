export async function copyAll(
  files: readonly string[],
  copy: (file: string) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(files.map(copy));
  const failure = outcomes.find(({ status }) => status === "rejected");
  if (failure?.status === "rejected") throw failure.reason;
}
