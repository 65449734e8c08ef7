/** BLEU: how many runs of tokens a candidate shares with references. */
import { need } from "../check.ts";

/** Tokens as words or as numbers. */
export type Sequence = ArrayLike<string | number>;

export interface BleuOptions {
  /** The longest runs that count. Default 4. */
  readonly order?: number;
  /**
   * What stands for a precision of nothing: `none` leaves the score at 0; `add-one` adds one to matches and totals of all runs
   * but single tokens (Lin and Och 2004); `exp` halves the value put in at each order without a match (NIST's mteval).
   * Default `none`, as Papineni et al. have it.
   */
  readonly smoothing?: "none" | "add-one" | "exp";
}

/**
 * Corpus BLEU: matches and totals are added over all candidates before the geometric mean, and so are the lengths behind the
 * brevity penalty, each reference the one closest in length (the shorter of two).
 *
 * @param candidates  n sequences
 * @param references  one or more for each candidate
 * @returns a number in [0, 1]; 0 where not a single token matches
 * @throws RelizoError SHAPE where counts disagree
 * @source Papineni et al., ACL 2002, sections 2.1 to 2.3; Lin and Och, COLING 2004, for `add-one`
 */
export function bleu(
  candidates: readonly Sequence[],
  references: readonly (readonly Sequence[])[],
  { order = 4, smoothing = "none" }: BleuOptions = {},
): number {
  need(
    candidates.length > 0 &&
      candidates.length === references.length &&
      references.every((own) => own.length > 0),
    "SHAPE",
    `bleu: every one of ${candidates.length} candidates needs at least one reference, and at least one candidate is needed`,
    `${references.length} sets of references`,
  );
  const [right, total] = [new Float64Array(order + 1), new Float64Array(order + 1)];
  let [length, wanted] = [0, 0];
  candidates.forEach((candidate, i) => {
    length += candidate.length;
    wanted += closest(candidate.length, references[i]!);
    for (let n = 1; n <= order; n++) {
      right[n]! += matches(candidate, references[i]!, n);
      total[n]! += Math.max(0, candidate.length - n + 1);
    }
  });
  if (right[1] === 0) return 0;
  let [logs, put] = [0, 1];
  for (let n = 1; n <= order; n++) {
    const extra = smoothing === "add-one" && n > 1 ? 1 : 0;
    let hits = right[n]! + extra;
    if (hits === 0 && smoothing === "exp") {
      put /= 2;
      hits = put;
    }
    logs += Math.log(hits / Math.max(1, total[n]! + extra)) / order;
  }
  return Math.exp(logs + Math.min(0, 1 - wanted / length));
}

function closest(length: number, references: readonly Sequence[]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, one) => {
    const [a, b] = [Math.abs(one - length), Math.abs(best - length)];
    return a < b || (a === b && one < best) ? one : best;
  });
}

/** Runs of n tokens found in a reference, each at most as often as the reference with most of them has it. */
function matches(candidate: Sequence, references: readonly Sequence[], n: number): number {
  const own = runs(candidate, n);
  const most = new Map<string, number>();
  for (const reference of references)
    for (const [run, count] of runs(reference, n))
      if (own.has(run)) most.set(run, Math.max(count, most.get(run) ?? 0));
  let sum = 0;
  for (const [run, count] of own) sum += Math.min(count, most.get(run) ?? 0);
  return sum;
}

function runs(sequence: Sequence, n: number): Map<string, number> {
  const tokens = Array.from(sequence);
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const run = JSON.stringify(tokens.slice(i, i + n));
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}
