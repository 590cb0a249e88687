import { distance } from "fastest-levenshtein";

/** The candidate that `word` was probably meant to be; nothing where none is near enough to be more than a guess. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const begun = candidates.filter((candidate) => wanted.length >= 2 && candidate.startsWith(wanted));
  if (begun.length === 1) return begun[0];

  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best === undefined) return undefined;
  // Two edits, for swapped letters are two; more in long words, and never a word that has nothing in common.
  const tolerated = Math.max(2, Math.floor(best.candidate.length * 0.4));
  return best.edits <= tolerated && best.edits < best.candidate.length ? best.candidate : undefined;
}

/** " Did you mean "test"?", or nothing: made to follow the sentence that names the wrong word. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? "" : ` Did you mean "${meant}"?`;
}
