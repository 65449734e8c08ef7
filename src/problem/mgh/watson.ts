import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** A polynomial with coefficients x is to solve p' - p^2 = 1, p(0) = 0; badly conditioned as n grows. */
export const watson: LeastSquares = {
  title: "Watson",
  source:
    "Kowalik, Osborne 1968; Moré, Garbow, Hillstrom 1981, problem 20 (there from 0); " +
    "r_k = sum_{j=2..n} (j-1) x_j t^(j-2) - (sum_j x_j t^(j-1))^2 - 1, t = k/29, k = 1..29; r_30 = x1; r_31 = x2 - x1^2 - 1",
  start: repeated(0.5),
  residuals(x, r) {
    for (let k = 1; k <= 29; k++) {
      const p = polynomial(x, k / 29);
      r[k - 1] = slope(x, k / 29) - p * p - 1;
    }
    r[29] = x[0]!;
    r[30] = x[1]! - x[0]! * x[0]! - 1;
  },
  pull(x, r, g) {
    for (let k = 1; k <= 29; k++) {
      const t = k / 29;
      const c = r[k - 1]!;
      const p = polynomial(x, t);
      g[0]! -= 2 * p * c;
      let power = 1; // t^(j-1)
      for (let j = 1; j < x.length; j++) {
        g[j]! += c * (j * power - 2 * p * power * t);
        power *= t;
      }
    }
    g[0]! += r[29]! - 2 * x[0]! * r[30]!;
    g[1]! += r[30]!;
  },
};

function polynomial(x: Float64Array, t: number): number {
  let sum = 0;
  for (let j = x.length - 1; j >= 0; j--) sum = sum * t + x[j]!;
  return sum;
}

function slope(x: Float64Array, t: number): number {
  let sum = 0;
  for (let j = x.length - 1; j >= 1; j--) sum = sum * t + j * x[j]!;
  return sum;
}
