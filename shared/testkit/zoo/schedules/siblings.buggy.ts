export async function copyAll(
  files: readonly string[],
  copy: (file: string) => Promise<void>,
): Promise<void> {
  await Promise.all(files.map(copy)); // Wrong: it fails at the first failure, and the others go on.
}
