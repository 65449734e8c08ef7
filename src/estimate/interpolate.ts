/** Differences of values -> gradient, by linear interpolation (ReLIZO). */

/** The estimate as a combination of the displacements: g = D^T alpha. */
export interface Interpolation {
  /** alpha, length m; 0 for rows that depend on the others. */
  readonly alpha: Float64Array;
  /** <dx_i, g> = (A alpha)_i, length m. */
  readonly along: Float64Array;
  /** |g|^2 = alpha^T A alpha. */
  readonly square: number;
  /** Rows that the solve could tell apart. */
  readonly rank: number;
  /** Ratio of the largest to the smallest pivot used: a cheap lower bound of the condition number of the scaled A. */
  readonly condition: number;
}

/**
 * The shortest g with <dx_i, g> = df_i: g = D^T alpha, A alpha = df, A = D D^T. With m < d it is the projection of the
 * gradient on the sampled span. Rows are scaled to length 1, then A is factored by Cholesky with diagonal pivoting; it
 * stops where the next pivot is rounding error, so rows that depend on earlier ones are left out.
 *
 * @param gram         A, m x m, row-major [units of x squared]
 * @param differences  df_i = f(x + dx_i) - f(x): length m [units of f]
 * @param roundoff     unit roundoff of the numbers behind A
 * @cost    m^3 / 3 multiply-adds; nothing of length d
 * @source  ReLIZO, NeurIPS 2024, section 3.2, eq. 4-5 (closed form of the QCLP); pivoting: Higham, "Accuracy and Stability",
 *          2nd ed., section 10.3, stopping criterion (10.13)
 * @differs the authors' code solves by least squares on the normalized A, which the pivots replace
 */
export function interpolate(
  gram: Float64Array,
  differences: ArrayLike<number>,
  roundoff: number,
): Interpolation {
  const m = differences.length;
  const scale = Float64Array.from({ length: m }, (_, i) => {
    const length = Math.sqrt(gram[i * m + i]!);
    return length > 0 ? 1 / length : 0;
  });
  const A = gram.map((a, k) => a * scale[Math.floor(k / m)]! * scale[k % m]!);
  const b = Float64Array.from({ length: m }, (_, i) => differences[i]! * scale[i]!);
  const { order, factor, pivots } = pivotedCholesky(A, m, Math.max(m * roundoff, 1e-15));
  const y = substitute(factor, order, b, m);
  for (let pass = 0; pass < 2; pass++) {
    const residual = b.map((target, i) => target - rowDot(A, i, y, m));
    substitute(factor, order, residual, m).forEach((correction, i) => {
      y[i]! += correction;
    });
  }
  const alpha = y.map((a, i) => a * scale[i]!);
  const along = Float64Array.from({ length: m }, (_, i) => rowDot(gram, i, alpha, m));
  const square = alpha.reduce((sum, a, i) => sum + a * along[i]!, 0);
  const condition = (pivots[0] ?? 0) / (pivots.at(-1) ?? 1);
  return { alpha, along, square: Math.max(square, 0), rank: order.length, condition };
}

interface Factor {
  readonly order: readonly number[];
  readonly factor: Float64Array;
  readonly pivots: readonly number[];
}

/** P^T A P = L L^T up to the first pivot not above tolerance: L[row][k], rows by their own index, k in pivot order. */
function pivotedCholesky(A: Float64Array, m: number, tolerance: number): Factor {
  const factor = new Float64Array(m * m);
  const left = Float64Array.from({ length: m }, (_, i) => A[i * m + i]!);
  const order: number[] = [];
  const pivots: number[] = [];
  const open = new Set(left.keys());
  while (open.size > 0) {
    let pivot = -1;
    for (const i of open) if (pivot < 0 || left[i]! > left[pivot]!) pivot = i;
    if (!(left[pivot]! > tolerance)) break;
    const k = order.length;
    const root = Math.sqrt(left[pivot]!);
    open.delete(pivot);
    order.push(pivot);
    pivots.push(left[pivot]!);
    factor[pivot * m + k] = root;
    for (const i of open) {
      let sum = A[i * m + pivot]!;
      for (let j = 0; j < k; j++) sum -= factor[i * m + j]! * factor[pivot * m + j]!;
      factor[i * m + k] = sum / root;
      left[i]! -= (sum / root) ** 2;
    }
  }
  return { order, factor, pivots };
}

/** The basic solution of A y = b on the rows of `order`, 0 elsewhere: L L^T y = b. */
function substitute(
  factor: Float64Array,
  order: readonly number[],
  b: Float64Array,
  m: number,
): Float64Array {
  const z = new Float64Array(order.length);
  order.forEach((row, k) => {
    let sum = b[row]!;
    for (let j = 0; j < k; j++) sum -= factor[row * m + j]! * z[j]!;
    z[k] = sum / factor[row * m + k]!;
  });
  const y = new Float64Array(m);
  for (let k = order.length - 1; k >= 0; k--) {
    const row = order[k]!;
    let sum = z[k]!;
    for (let j = k + 1; j < order.length; j++) sum -= factor[order[j]! * m + k]! * y[order[j]!]!;
    y[row] = sum / factor[row * m + k]!;
  }
  return y;
}

function rowDot(A: Float64Array, i: number, y: Float64Array, m: number): number {
  let sum = 0;
  for (let j = 0; j < m; j++) sum += A[i * m + j]! * y[j]!;
  return sum;
}
