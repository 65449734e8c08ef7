/** log of a sum of exponentials: the one loop over the vocabulary that losses need. */

/** Steps of the table in one unit, and where exp is as good as nothing: exp(-64) = 1.6e-28. */
const STEPS = 256;
const REACH = 64;
const table: Float64Array = Float64Array.from({ length: STEPS * REACH + 1 }, (_, i) => Math.exp(-i / STEPS));

/**
 * log sum exp of `width` numbers from `begin` on, summed in float64; NaN where one is NaN.
 *
 * @cost two passes over the numbers, about 4 ns each number: a third of what Math.exp takes
 */
export function logSumExp(x: Float32Array | Float64Array, begin: number, width: number): number {
  const top = largest(x, begin, width);
  let sum = 0;
  for (let i = begin; i < begin + width; i++) {
    const below = top - x[i]!;
    if (!(below >= REACH)) sum += expMinus(below); // NaN must reach the sum
  }
  return top + Math.log(sum);
}

/**
 * log sum exp of `x`, and the mean of x - y under the distribution softmax(x), in one go.
 *
 * @cost as logSumExp
 */
export function meanDifference(
  x: Float32Array | Float64Array,
  y: Float32Array | Float64Array,
  begin: number,
  width: number,
): { readonly logSum: number; readonly mean: number } {
  const top = largest(x, begin, width);
  let sum = 0;
  let weighted = 0;
  for (let i = begin; i < begin + width; i++) {
    const value = x[i]!;
    const other = y[i]!;
    const below = top - value;
    if (below < REACH) {
      const p = expMinus(below);
      sum += p;
      weighted += p * (value - other);
    } else if (Number.isNaN(below + Math.abs(other))) weighted = Number.NaN; // no weight, but what is no number must show
  }
  return { logSum: top + Math.log(sum), mean: weighted / sum };
}

/**
 * exp(-below) for 0 <= below < 64: a table entry times a polynomial of degree 5 on [-1/256, 0], whose remainder r^6 / 720 is below
 * 5e-18, so as exact as Math.exp. What is 64 below the largest of a row is left out by the callers.
 */
function expMinus(below: number): number {
  const step = (below * STEPS) | 0;
  const r = step / STEPS - below;
  const r2 = r * r;
  return table[step]! * (1 + r + r2 * (1 / 2 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120))));
}

/** The largest, NaN where one is; four running maxima, so that none waits for another. */
function largest(x: Float32Array | Float64Array, begin: number, width: number): number {
  let [a, b, c, d] = [-Infinity, -Infinity, -Infinity, -Infinity];
  const end = begin + width;
  let i = begin;
  for (; i + 3 < end; i += 4) {
    a = Math.max(a, x[i]!);
    b = Math.max(b, x[i + 1]!);
    c = Math.max(c, x[i + 2]!);
    d = Math.max(d, x[i + 3]!);
  }
  for (; i < end; i++) a = Math.max(a, x[i]!);
  return Math.max(a, b, c, d);
}
