/** Edit distance: how many tokens must be put in, taken out or exchanged. */
import { need } from "../check.ts";
import type { Sequence } from "./bleu.ts";

/**
 * The fewest insertions, deletions and exchanges of single tokens that turn one sequence into the other.
 *
 * @cost a.length * b.length comparisons, b.length numbers
 * @source Levenshtein, Soviet Physics Doklady 10 (1966) 707-710; Wagner and Fischer, J. ACM 21 (1974) 168-173
 */
export function editDistance(a: Sequence, b: Sequence): number {
  const row = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0]!;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const exchanged = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      diagonal = row[j]!;
      row[j] = Math.min(exchanged, diagonal + 1, row[j - 1]! + 1);
    }
  }
  return row[b.length]!;
}

/**
 * Edits over tokens wanted, summed over all pairs first: the word error rate where tokens are words. May exceed 1.
 *
 * @throws RelizoError SHAPE where the counts disagree, or nothing is wanted
 */
export function editRate(candidates: readonly Sequence[], wanted: readonly Sequence[]): number {
  const length = wanted.reduce((sum, { length }) => sum + length, 0);
  need(
    candidates.length === wanted.length && length > 0,
    "SHAPE",
    `editRate: as many candidates as the ${wanted.length} sequences wanted, of at least one token`,
    `${candidates.length} candidates for ${length} tokens`,
  );
  return candidates.reduce((sum, candidate, i) => sum + editDistance(candidate, wanted[i]!), 0) / length;
}
