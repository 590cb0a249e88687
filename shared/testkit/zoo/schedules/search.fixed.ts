export function createSearch(query: (text: string) => Promise<string>) {
  let shown = "";
  let latest = 0;
  return {
    shown: () => shown,
    async type(text: string): Promise<void> {
      latest += 1;
      const mine = latest;
      const answer = await query(text);
      if (mine === latest) shown = answer;
    },
  };
}
