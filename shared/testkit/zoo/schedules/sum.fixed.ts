export async function sum(urls: readonly string[], size: (url: string) => Promise<number>): Promise<number> {
  let total = 0;
  const add = async (url: string) => {
    const bytes = await size(url);
    total += bytes;
  };
  await Promise.all(urls.map(add));
  return total;
}
