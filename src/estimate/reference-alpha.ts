/** The published optimizer's solve, for golden traces: `interpolate` is the better one, where A is what it should be. */

/**
 * alpha with A alpha = df, rows scaled to |dx| + 1e-8 as published. The published recursion can leave A indefinite, which
 * a Cholesky factor cannot follow: elimination with complete pivoting can. It stops where a pivot is n ulp of the first, as
 * the published least squares does; 0 for what is left.
 *
 * @param gram         A, m x m, row-major
 * @param squares      <dx_i, dx_i> of the vectors themselves, length m
 * @param differences  df_i, length m; one that is not finite makes alpha so
 * @cost    m^3 / 3 multiply-adds
 * @source  Thinklab-SJTU/ReLIZO, relizo.py, `LIZO.step`; Golub, Van Loan, "Matrix Computations", 4th ed., section 3.4.8
 * @differs the published solve is least squares by LAPACK: the same alpha but for rounding while A is regular
 */
export function referenceAlpha(
  gram: Float64Array,
  squares: readonly number[],
  differences: readonly number[],
): Float64Array {
  const m = differences.length;
  const scale = squares.map((square) => 1 / (Math.sqrt(square) + 1e-8));
  const A = gram.map((a, k) => a * scale[Math.floor(k / m)]! * scale[k % m]!);
  const b = Float64Array.from(differences, (df, i) => df * scale[i]!);
  return eliminate(A, b, m * 2 ** -52).map((y, i) => y * scale[i]!);
}

/** A y = b; A and b are overwritten. */
function eliminate(A: Float64Array, b: Float64Array, tolerance: number): Float64Array {
  const m = b.length;
  const rows = new Set(b.keys());
  const columns = new Set(b.keys());
  const pivots: { readonly row: number; readonly column: number }[] = [];
  let first = 0;
  while (rows.size > 0) {
    let row = -1;
    let column = -1;
    let largest = tolerance * first;
    for (const i of rows)
      for (const j of columns)
        if (Math.abs(A[i * m + j]!) > largest) [row, column, largest] = [i, j, Math.abs(A[i * m + j]!)];
    if (row < 0) break;
    first ||= largest;
    rows.delete(row);
    columns.delete(column);
    pivots.push({ row, column });
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
