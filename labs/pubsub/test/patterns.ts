/** The rules, word for word. */
export function fits(
  [wanted, ...restWanted]: readonly string[],
  [token, ...rest]: readonly string[],
): boolean {
  if (wanted === undefined || token === undefined) return wanted === token;
  if (wanted === ">") return true;
  return (wanted === "*" || wanted === token) && fits(restWanted, rest);
}

/** All sequences of 1 to `longest` of `tokens`. */
export function sequences(tokens: readonly string[], longest: number): string[][] {
  if (longest === 0) return [];
  const shorter = sequences(tokens, longest - 1);
  const last = shorter.filter((sequence) => sequence.length === longest - 1);
  const longer = (longest === 1 ? [[]] : last).flatMap((sequence) =>
    tokens.map((token) => [...sequence, token]),
  );
  return [...shorter, ...longer];
}
