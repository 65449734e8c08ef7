/** Orthonormal rows by products and combinations alone: the same as Householder's, in fewer passes over memory. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals, Term } from "../kernel/kernels.ts";
import { reflectOrthonormal } from "./householder.ts";

/**
 * A row with a pivot below this part of its square depends on earlier ones. The pivot is known to u / part, u = 2^-53, and
 * two passes leave (u / part)^2 sqrt(part) of the row: less than a roundoff of float64. In float32 the pivot need only be
 * known at all, and a fixed row below it is a combination of the others but for the rounding of its own numbers.
 */
const DEPENDENT = { single: 1e-13, double: 1e-9 };
/** With all pivots above this part, one pass leaves a few roundoffs: what it leaves is the roundoff over the pivot. */
const INDEPENDENT = 0.1;
/** An entry of Q so close to 1 that a reflection may have nothing to do, and other signs. */
const AXIS = 0.999;

/**
 * rows <- the last rows.length rows of Q, where [fixed; rows] = R^T Q: orthonormal, orthogonal to every row of `fixed`,
 * and with the signs of {@link reflectOrthonormal}, which serves where d is small or rows are nearly dependent.
 *
 * @param fixed  vectors of length d that stay as they are; any lengths, may be dependent
 * @param rows   vectors of length d, overwritten; fixed.length + rows.length <= d
 * @cost   m^2 d multiply-adds, m = fixed.length + rows.length, where all are random, else twice as many. No scratch of
 *   length d in float32; in float64, fixed.length vectors where these are nearly dependent
 * @source Yamamoto, Nakatsukasa, Yanagisawa, Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm", Electron.
 *   Trans. Numer. Anal. 44 (2015) 306-326
 */
export function orthonormalize(fixed: readonly Reals[], rows: readonly Reals[]): void {
  if (!byProducts(fixed, rows)) reflectOrthonormal(fixed, rows);
}

/** As above, or false, the rows' span and order being the same, where products are not enough. */
function byProducts(fixed: readonly Reals[], rows: readonly Reals[]): boolean {
  const all = [...fixed, ...rows];
  const d = rows[0]?.length ?? 0;
  if (d < 4 * all.length) return false;
  const single = all.every((v) => v instanceof Float32Array);
  const limit = single ? DEPENDENT.single : DEPENDENT.double;
  const first = inverseFactor(all, limit);
  if (first.dependent < fixed.length && single)
    return byProducts(
      fixed.filter((_, i) => i !== first.dependent),
      rows,
    );
  let last = first;
  if (first.dependent === all.length && first.least < INDEPENDENT) {
    replace(fixed.length, all, first.inverse);
    last = inverseFactor(all, limit);
  }
  if (last.dependent < all.length || !takeSigns(last.inverse, all)) return false;
  replace(fixed.length, all, last.inverse);
  return true;
}

interface InverseFactor {
  /** L^-1, m x m, row-major, where A = V V^T = L L^T. */
  readonly inverse: Float64Array;
  /** The least pivot, as a part of its row's square. */
  readonly least: number;
  /** The first row whose part is not above the limit, where the factorization ends; m where there is none. */
  readonly dependent: number;
}

function inverseFactor(all: readonly Reals[], limit: number): InverseFactor {
  const m = all.length;
  const A = jsKernels.gram(all, all);
  const inverse = new Float64Array(m * m);
  let least = 1;
  for (let i = 0; i < m; i++) {
    // Row i of L is L_ij = sum over k <= j of A_ik (L^-1)_jk; what it leaves of A_ii is the pivot.
    let pivot = A[i * m + i]!;
    for (let j = 0; j < i; j++) {
      let factor = 0;
      for (let k = 0; k <= j; k++) factor += A[i * m + k]! * inverse[j * m + k]!;
      pivot -= factor * factor;
      for (let k = 0; k <= j; k++) inverse[i * m + k]! -= factor * inverse[j * m + k]!;
    }
    const part = pivot / A[i * m + i]!;
    if (!(part > limit)) return { inverse, least: part, dependent: i };
    least = Math.min(least, part);
    inverse[i * m + i] = 1;
    for (let k = 0; k <= i; k++) inverse[i * m + k]! /= Math.sqrt(pivot);
  }
  return { inverse, least, dependent: m };
}

/** Vectors from `begin` on <- L^-1 V, the last first, so that each finds the earlier ones as they were. */
function replace(begin: number, all: readonly Reals[], inverse: Float64Array): void {
  const m = all.length;
  for (let i = m - 1; i >= begin; i--) {
    const terms = all.slice(0, i + 1).map((v, j): Term<Reals> => [inverse[i * m + j]!, v]);
    jsKernels.combine(all[i]!, terms);
  }
}

/**
 * Gives the rows of L^-1 the signs that reflections would have given: the elimination of Q's first m columns, each pivot
 * moved away from zero by 1, meets the numbers that decide them.
 *
 * @returns false where the signs are in doubt
 * @source Ballard, Demmel, Grigori, Jacquelin, Nguyen, Solomonik, "Reconstructing Householder vectors from tall-skinny QR",
 *   IPDPS 2014, section IV
 */
function takeSigns(inverse: Float64Array, all: readonly Reals[]): boolean {
  const m = all.length;
  const W = new Float64Array(m * m);
  for (let c = 0; c < m; c++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j <= i; j++) W[c * m + i]! += inverse[i * m + j]! * all[j]![c]!;
  for (let k = 0; k < m; k++) {
    const pivot = W[k * m + k]!;
    if (!(Math.abs(pivot) < AXIS)) return false;
    const sign = pivot >= 0 ? -1 : 1;
    for (let j = 0; j <= k; j++) inverse[k * m + j]! *= sign;
    for (let r = k + 1; r < m; r++) {
      const factor = W[r * m + k]! / (pivot - sign);
      for (let i = k + 1; i < m; i++) W[r * m + i]! -= factor * W[k * m + i]!;
    }
  }
  return true;
}
