export function createSearch(query: (text: string) => Promise<string>) {
  let shown = "";
  return {
    shown: () => shown,
    async type(text: string): Promise<void> {
      shown = await query(text); // Wrong: the answer to an earlier question may come later.
    },
  };
}
