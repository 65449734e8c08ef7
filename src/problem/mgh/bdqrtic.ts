import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** A band plus the last variable everywhere. */
export const bdqrtic: LeastSquares = {
  title: "Bdqrtic",
  source:
    "Conn, Gould, Lescrenier, Toint 1988, problem 61; for i = 1..n-4: r_i = 3 - 4 x_i, " +
    "r_{n-4+i} = x_i^2 + 2 x_{i+1}^2 + 3 x_{i+2}^2 + 4 x_{i+3}^2 + 5 x_n^2",
  start: repeated(1),
  residuals(x, r) {
    const bands = x.length - 4;
    const last = x[x.length - 1]!;
    for (let i = 0; i < bands; i++) {
      r[i] = 3 - 4 * x[i]!;
      let sum = 5 * last * last;
      for (let k = 0; k < 4; k++) sum += (k + 1) * x[i + k]! * x[i + k]!;
      r[bands + i] = sum;
    }
  },
  pull(x, r, g) {
    const bands = x.length - 4;
    for (let i = 0; i < bands; i++) {
      const band = 2 * r[bands + i]!;
      g[i]! -= 4 * r[i]!;
      for (let k = 0; k < 4; k++) g[i + k]! += (k + 1) * x[i + k]! * band;
      g[x.length - 1]! += 5 * x[x.length - 1]! * band;
    }
  },
};
