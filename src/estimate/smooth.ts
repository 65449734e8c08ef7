/** Differences of values -> gradient, by Gaussian or sphere smoothing: coefficients of the directions. */

/** Whether a slope can be squared and summed; one that cannot counts as a failed query, like NaN. */
export function usable(slope: number): boolean {
  return Math.abs(slope) < 1e150;
}

/**
 * One-sided smoothing: g = sum of c_i z_i, c_i = (f(x + mu z_i) - f(x)) / (mu q), for directions of mean square length d.
 * E g is the gradient of the smoothed f. Failed queries, whose slope is not {@link usable}, are left out, and q counts the others.
 *
 * @param differences f(x + mu z_i) - f(x), length q [units of f]
 * @param radius      mu [units of x per unit of z]
 * @returns c, length q
 * @source Nesterov, Spokoiny, "Random gradient-free minimization of convex functions", FoCM 17 (2017), eq. 22;
 *   d/q sum of u u^T on the unit sphere (Liu et al., ZO-SGD) is the same sum for |z| = sqrt(d)
 */
export function smooth(differences: readonly number[], radius: number): Float64Array {
  const slopes = differences.map((df) => df / radius);
  const q = slopes.filter(usable).length;
  return Float64Array.from(slopes, (slope) => (usable(slope) ? slope / q : 0));
}
