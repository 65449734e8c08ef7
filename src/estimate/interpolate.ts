/** Differences of values -> gradient, by linear interpolation (ReLIZO). */

/**
 * The shortest g with <dx_i, g> = df_i: g = D^T alpha, A alpha = df, A = D D^T. With m < d it is the projection of the
 * gradient on the sampled span. Rows are scaled to length 1, then A is eliminated with complete pivoting, which for a Gram
 * matrix is Cholesky's diagonal pivoting; it stops where the next pivot is rounding error, so that rows that depend on
 * earlier ones are left out.
 *
 * @param gram         A, m x m, row-major [units of x squared]
 * @param differences  df_i = f(x + dx_i) - f(x): length m [units of f]
 * @param roundoff     unit roundoff of the numbers behind A
 * @param noise        added to the scaled A, m x m: the covariances of errors of df_i / |dx_i| over the variance of a gradient's
 *                     entry; left out: none
 * @param lengths      what the rows are scaled by: |dx_i|
 * @returns alpha, length m: g = D^T alpha; 0 for rows that depend on the others
 * @cost    m^3 / 3 multiply-adds; nothing of length d
 * @source  ReLIZO, NeurIPS 2024, section 3.2, eq. 4-5 (closed form of the QCLP); pivoting: Golub, Van Loan, "Matrix
 *          Computations", 4th ed., section 3.4.8; when to stop: twice the limit of LAPACK's xPSTRF, m u max a_ii
 * @differs the authors' code solves by least squares on the normalized A: the same but for rounding while A is regular.
 *          Their recursion can leave A indefinite, which elimination survives and Cholesky would not
 */
export function interpolate(
  gram: Float64Array,
  differences: ArrayLike<number>,
  roundoff: number,
  noise: ArrayLike<number> = [],
  lengths: ArrayLike<number> = Float64Array.from(differences, (_, i) =>
    Math.sqrt(gram[i * (differences.length + 1)]!),
  ),
): Float64Array {
  const m = differences.length;
  const scale = Float64Array.from(lengths, (length) => (length > 0 ? 1 / length : 0));
  const A = gram.map((a, k) => a * scale[Math.floor(k / m)]! * scale[k % m]! + (noise[k] ?? 0));
  const b = Float64Array.from(differences, (df, i) => df * scale[i]!);
  return eliminate(A, b, 2 * m * roundoff).map((a, i) => a * scale[i]!);
}

/** A y = b by Gaussian elimination with complete pivoting, 0 for what is left; A and b are overwritten. */
function eliminate(A: Float64Array, b: Float64Array, tolerance: number): Float64Array {
  const m = b.length;
  const rows = new Set(b.keys());
  const columns = new Set(b.keys());
  const pivots: { readonly row: number; readonly column: number; readonly size: number }[] = [];
  while (rows.size > 0) {
    let pivot = { row: -1, column: -1, size: tolerance * (pivots[0]?.size ?? 0) };
    for (const row of rows)
      for (const column of columns) {
        const size = Math.abs(A[row * m + column]!);
        if (size > pivot.size) pivot = { row, column, size };
      }
    const { row, column } = pivot;
    if (row < 0) break;
    rows.delete(row);
    columns.delete(column);
    pivots.push(pivot);
    for (const i of rows) {
      const factor = A[i * m + column]! / A[row * m + column]!;
      for (const j of columns) A[i * m + j]! -= factor * A[row * m + j]!;
      b[i]! -= factor * b[row]!;
    }
  }
  const y = new Float64Array(m);
  for (const { row, column } of pivots.reverse()) {
    let sum = b[row]!;
    for (let j = 0; j < m; j++) sum -= A[row * m + j]! * y[j]!;
    y[column] = sum / A[row * m + column]!;
  }
  return y;
}
