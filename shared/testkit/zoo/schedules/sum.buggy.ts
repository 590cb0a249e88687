export async function sum(urls: readonly string[], size: (url: string) => Promise<number>): Promise<number> {
  let total = 0;
  const add = async (url: string) => {
    total += await size(url); // Wrong: `total` is read before the await, and written after it.
  };
  await Promise.all(urls.map(add));
  return total;
}
