import type { LeastSquares } from "../least-squares.ts";
import { numbered } from "../parts.ts";

/** Nodes of Chebyshev's equal-weight quadrature on [0, 1]; a zero value is possible for n = 1..7 and 9 only. */
export const chebyquad: LeastSquares = {
  title: "Chebyquad",
  source:
    "Fletcher 1965; Moré, Garbow, Hillstrom 1981, problem 35; " +
    "r_i = (1/n) sum_j T_i(2 x_j - 1), plus 1/(i^2 - 1) for even i, T_i Chebyshev's polynomials",
  start: numbered((j, n) => j / (n + 1)),
  residuals(x, r) {
    r.fill(0);
    for (let j = 0; j < x.length; j++) {
      const y = 2 * x[j]! - 1;
      let before = 1;
      let now = y;
      for (let i = 0; i < r.length; i++) {
        r[i]! += now;
        [before, now] = [now, 2 * y * now - before];
      }
    }
    for (let i = 0; i < r.length; i++) {
      r[i]! /= x.length;
      if (i % 2 === 1) r[i]! += 1 / ((i + 1) ** 2 - 1);
    }
  },
  pull(x, r, g) {
    for (let j = 0; j < x.length; j++) {
      const y = 2 * x[j]! - 1;
      let [before, now] = [1, y];
      let [slopeBefore, slope] = [0, 2]; // derivatives by x_j
      let sum = 0;
      for (let i = 0; i < r.length; i++) {
        sum += r[i]! * slope;
        [slopeBefore, slope] = [slope, 4 * now + 2 * y * slope - slopeBefore];
        [before, now] = [now, 2 * y * now - before];
      }
      g[j]! += sum / x.length;
    }
  },
};
