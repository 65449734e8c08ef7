/** An objective for a page and for this process: sums and products alone, whose bits no engine chooses. */
export function objective(x: Float64Array): number {
  return x.reduce((sum, xi, i) => sum + (i + 1) * (xi - 0.3) * (xi - 0.3), 0);
}
