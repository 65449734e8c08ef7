/**
 * Queries already paid for, seen from the iterate. A sample is its displacement from x and the value there; A holds the
 * inner products of the displacements. When x moves by s, every displacement moves by -s, and A follows by arithmetic on
 * m x m numbers alone.
 */
export interface History<V> {
  /** Displacements dx_i from the iterate: m vectors. */
  readonly rows: readonly V[];
  /** f at x + dx_i. */
  readonly values: readonly number[];
  /** A = <dx_i, dx_j>, m x m, row-major. */
  readonly gram: Float64Array;
  /**
   * For the first rows, where the history keeps slopes: above 0, `values` holds a difference that was taken at an earlier
   * iterate, and this is the variance of its error as `interpolate` takes it.
   */
  readonly ridge?: readonly number[];
}

export function emptyHistory<V>(): History<V> {
  return { rows: [], values: [], gram: new Float64Array(0) };
}

/**
 * A after every displacement moved by -s: A_ij - <dx_i, s> - <dx_j, s> + <s, s>.
 *
 * @param gram   A, m x m, row-major
 * @param along  <dx_i, s>, length m; where s = D^T alpha it is A alpha: O(m^2), nothing of length d
 * @param square <s, s>
 * @cost   m^2
 * @source ReLIZO, section 3.3, eq. 6-8, the sign of the cross terms corrected
 */
export function shiftGram(gram: Float64Array, along: ArrayLike<number>, square: number): Float64Array {
  const m = along.length;
  return matrix(m, (i, j) => gram[i * m + j]! - along[i]! - along[j]! + square);
}

/** The m x m matrix of these entries, row-major. */
export function matrix(m: number, entry: (i: number, j: number) => number): Float64Array {
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) out[i * m + j] = entry(i, j);
  return out;
}

/**
 * Which of the samples serve again: those closer than `within`, at most `most` of them.
 *
 * @returns indices; in their own order where all those close enough fit, else the `most` nearest, nearest first
 */
export function nearest(distances: ArrayLike<number>, within: number, most: number): number[] {
  const close = Array.from(distances, (_, i) => i).filter((i) => distances[i]! < within);
  if (close.length <= most) return close;
  return close.sort((i, j) => distances[i]! - distances[j]!).slice(0, Math.floor(most));
}

/** The rows and columns of an m x m matrix that `keep` names, in that order. */
export function principal(gram: Float64Array, m: number, keep: readonly number[]): Float64Array {
  return matrix(keep.length, (i, j) => gram[keep[i]! * m + keep[j]!]!);
}

/** The Gram matrix of k old rows and r new ones, from the old one, the cross products (r x k) and the new ones (r x r). */
export function border(
  old: Float64Array,
  k: number,
  cross: Float64Array,
  fresh: Float64Array,
  r: number,
): Float64Array {
  return matrix(k + r, (i, j) => {
    if (i < k) return j < k ? old[i * k + j]! : cross[(j - k) * k + i]!;
    return j < k ? cross[(i - k) * k + j]! : fresh[(i - k) * r + j - k]!;
  });
}
