/** Orthonormal rows by products and combinations alone: as Gram-Schmidt gives them, in fewer passes over memory. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals, Term } from "../kernel/kernels.ts";
import { reflectOrthonormal } from "./householder.ts";

/**
 * A row with a pivot below this part of its square depends on earlier ones. The pivot is known to u / part, u = 2^-53, and
 * two passes leave (u / part)^2 sqrt(part) of the row, 4e-13 at most; to leave the row out leaves sqrt(part), 3e-7 at most.
 */
const DEPENDENT = 1e-13;
/** With all pivots above this part, one pass leaves a few roundoffs: what it leaves is the roundoff over the pivot. */
const INDEPENDENT = 0.1;

/**
 * rows <- the last rows.length rows of Q, where [fixed; rows] = R^T Q and R has a positive diagonal: orthonormal, orthogonal
 * to every row of `fixed` (to 3e-7 of its length, where it nearly depends on earlier ones), and each on the side of the row
 * it was. {@link reflectOrthonormal} serves where d is small or `rows` are nearly dependent.
 *
 * @param fixed  vectors of length d that stay as they are; any lengths, may be dependent
 * @param rows   vectors of length d, overwritten; fixed.length + rows.length <= d
 * @cost   m^2 d multiply-adds, m = fixed.length + rows.length, where all are random, else twice as many. No scratch of
 *   length d, but fixed.length vectors where `rows` are nearly dependent
 * @source Yamamoto, Nakatsukasa, Yanagisawa, Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm", Electron.
 *   Trans. Numer. Anal. 44 (2015) 306-326
 */
export function orthonormalize(fixed: readonly Reals[], rows: readonly Reals[]): void {
  if (byProducts(fixed, rows)) return;
  reflectOrthonormal(fixed, rows).forEach((diagonal, i) => {
    if (diagonal < 0) jsKernels.combine(rows[i]!, [[-1, rows[i]!]]);
  });
}

/** As above, or false, the rows' span, order and sides being the same, where products are not enough. */
function byProducts(fixed: readonly Reals[], rows: readonly Reals[]): boolean {
  const all = [...fixed, ...rows];
  if (!(rows[0]!.length >= 4 * all.length)) return false;
  for (let pass = 0, least = 0; pass < 2 && least < INDEPENDENT; pass++) {
    const factor = inverseFactor(all, fixed.length);
    if (!factor) return false;
    least = factor.least;
    replace(fixed.length, all, factor.inverse);
  }
  return true;
}

interface InverseFactor {
  /** L^-1, m x m, row-major, where A = V V^T = L L^T; 0 in the rows left out. */
  readonly inverse: Float64Array;
  /** The least pivot, as a part of its row's square. */
  readonly least: number;
}

/** Rows that depend on earlier ones are left out: undefined where that is any but the first `optional`. */
function inverseFactor(all: readonly Reals[], optional: number): InverseFactor | undefined {
  const m = all.length;
  const A = jsKernels.gram(all, all);
  const inverse = new Float64Array(m * m);
  let least = 1;
  for (let i = 0; i < m; i++) {
    // Row i of L is L_ij = sum over k <= j of A_ik (L^-1)_jk; what it leaves of A_ii is the pivot.
    const row = inverse.subarray(i * m, i * m + m);
    const square = A[i * m + i]!;
    let pivot = square;
    row[i] = 1;
    for (let j = 0; j < i; j++) {
      let factor = 0;
      for (let k = 0; k <= j; k++) factor += A[i * m + k]! * inverse[j * m + k]!;
      pivot -= factor * factor;
      for (let k = 0; k <= j; k++) row[k]! -= factor * inverse[j * m + k]!;
    }
    if (pivot > DEPENDENT * square) {
      least = Math.min(least, pivot / square);
      for (let k = 0; k <= i; k++) row[k]! /= Math.sqrt(pivot);
    } else if (i < optional) row.fill(0);
    else return undefined;
  }
  return { inverse, least };
}

/** Vectors from `begin` on <- L^-1 V, the last first, so that each finds the earlier ones as they were. */
function replace(begin: number, all: readonly Reals[], inverse: Float64Array): void {
  const m = all.length;
  for (let i = m - 1; i >= begin; i--) {
    const terms = all.slice(0, i + 1).map((v, j): Term<Reals> => [inverse[i * m + j]!, v]);
    jsKernels.combine(all[i]!, terms);
  }
}
