/** Orthonormal rows by Householder reflections: slow, and orthogonal to working precision however nearly dependent rows were. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";

const { dot, perturb } = jsKernels;

/**
 * rows <- the last rows.length rows of Q, where [fixed; rows] = R^T Q: orthonormal, orthogonal to every row of `fixed`,
 * and with the signs of LAPACK's geqrf (R_kk = -sign(alpha_k) |.|, but R_dd = alpha_d), which the published optimizer
 * inherits.
 *
 * @param fixed  vectors of length d that stay as they are; any lengths, may be dependent
 * @param rows   vectors of length d, overwritten; fixed.length + rows.length <= d
 * @returns R_kk of each of the rows
 * @cost   4 m^2 d multiply-adds, m = fixed.length + rows.length; fixed.length vectors of scratch
 * @source Golub, Van Loan, "Matrix Computations", 4th ed., algorithms 5.1.1 and 5.2.1, section 5.1.6
 */
export function reflectOrthonormal(fixed: readonly Reals[], rows: readonly Reals[]): number[] {
  const vectors = [...fixed.map((row) => row.slice()), ...rows];
  const reflectors: Reflector[] = [];
  for (const v of vectors) {
    for (const earlier of reflectors) reflect(earlier, v);
    reflectors.push(reflector(v, reflectors.length));
  }
  for (let k = vectors.length - 1; k >= fixed.length; k--) {
    const { v, beta } = reflectors[k]!;
    for (let j = k + 1; j < vectors.length; j++) reflect(reflectors[k]!, vectors[j]!);
    const pivot = v[k]!;
    jsKernels.combine(v, [[-beta * pivot, v]]);
    v[k] = v[k]! + 1;
  }
  for (let k = fixed.length - 1; k >= 0; k--) for (const row of rows) reflect(reflectors[k]!, row);
  return reflectors.slice(fixed.length).map(({ diagonal }) => diagonal);
}

/** I - beta v v^T. */
interface Reflector {
  readonly v: Reals;
  readonly beta: number;
  /** What it leaves on axis k. */
  readonly diagonal: number;
}

/** v becomes the reflector that maps it, without its first k entries, onto axis k; the identity where it lies there. */
function reflector(v: Reals, k: number): Reflector {
  v.fill(0, 0, k);
  const pivot = v[k]!;
  if (v.every((entry, i) => i <= k || entry === 0)) return { v, beta: 0, diagonal: pivot };
  const diagonal = (pivot >= 0 ? -1 : 1) * Math.sqrt(dot(v, v));
  v[k] = pivot - diagonal;
  const square = dot(v, v);
  return { v, beta: square > 0 ? 2 / square : 0, diagonal };
}

function reflect({ v, beta }: Reflector, row: Reals): void {
  perturb(row, row, [[-beta * dot(v, row), v]]);
}
